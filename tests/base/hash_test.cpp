// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/hash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <vector>

namespace kroton::base {
namespace {
constexpr std::uint64_t key_low = 0x0706050403020100u, key_high = 0x0f0e0d0c0b0a0908u;

std::vector<unsigned char> counting(std::size_t n) {
  std::vector<unsigned char> bytes(n);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  return bytes;
}

// Bytes of a MAC in the order that `openssl mac` prints them.
std::string printed(std::uint64_t word) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02X", static_cast<unsigned>((word >> (8 * i)) & 0xff));
    text += pair;
  }
  return text;
}

TEST(Hash, agrees_with_the_example_of_the_siphash_paper) {
  auto bytes = counting(15);
  EXPECT_EQ(siphash64(bytes.data(), 15, key_low, key_high), 0xa129ca6149be45e5u);
}

// Reference: openssl mac -macopt hexkey:000102...0f -macopt size:{8,16} SIPHASH over the bytes 0 1
// 2 ...
TEST(Hash, agrees_with_openssl) {
  struct Row {
    std::size_t n;
    const char *mac8, *mac16;
  };
  const Row rows[] = {
      {0, "310E0EDD47DB6F72", "A3817F04BA25A8E66DF67214C7550293"},
      {1, "FD67DC93C539F874", "DA87C1D86B99AF44347659119B22FC45"},
      {7, "37D1018BF50002AB", "A1F1EBBED8DBC153C0B84AA61FF08239"},
      {8, "6224939A79F5F593", "3B62A9BA6258F5610F83E264F31497B4"},
      {9, "B0E4A90BDF82009E", "264499060AD9BAABC47F8B02BB6D71ED"},
      {15, "E545BE4961CA29A1", "5493E99933B0A8117E08EC0F97CFC3D9"},
      {16, "DB9BC2577FCC2A3F", "6EE2A4CA67B054BBFD3315BF85230577"},
      {63, "724506EB4C328A95", "5150D1772F50834A503E069A973FBD7C"},
      {200, "51165912E59F8410", "7C5853F4ED12FF9D836A79BC4047022D"},
  };
  for (const Row& row : rows) {
    auto bytes = counting(row.n);
    EXPECT_EQ(printed(siphash64(bytes.data(), row.n, key_low, key_high)), row.mac8) << row.n;
    Hash128 h = siphash128(bytes.data(), row.n, key_low, key_high);
    EXPECT_EQ(printed(h.low) + printed(h.high), row.mac16) << row.n;
  }
}

TEST(Hash, every_bit_and_the_length_count) {
  std::set<std::uint64_t> seen;
  std::set<Hash128> seen128;
  std::string text(40, '\0');
  for (std::size_t n = 0; n <= text.size(); ++n) {
    seen.insert(hash64(text.data(), n));
    seen128.insert(hash128(text.data(), n));
  }
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(1 << (bit % 8));
    seen.insert(hash64(other));
    seen128.insert(hash128(other));
  }
  EXPECT_EQ(seen.size(), 41 + 320u);
  EXPECT_EQ(seen128.size(), 41 + 320u);
}

TEST(Hash, does_not_change_between_versions_since_it_names_files) {
  EXPECT_EQ(to_hex({0x0123456789abcdefu, 0xfedcba9876543210u}), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(to_hex(hash128("kroton")), "405c8e1ab1ef13acdce37717875c3ffb");
}

TEST(Hash, combine_depends_on_the_order) {
  EXPECT_NE(hash_combine(hash_combine(0, 1), 2), hash_combine(hash_combine(0, 2), 1));
  EXPECT_NE(hash_combine(0, 0), 0u);
}
}  // namespace
}  // namespace kroton::base
