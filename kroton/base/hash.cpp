// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/hash.h"

#include <bit>
#include <cstring>

namespace kroton::base {
namespace {
// The state and rounds of the SipHash paper, section 2.
struct Sip {
  std::uint64_t v0, v1, v2, v3;

  Sip(std::uint64_t k0, std::uint64_t k1)
      : v0(k0 ^ 0x736f6d6570736575u),
        v1(k1 ^ 0x646f72616e646f6du),
        v2(k0 ^ 0x6c7967656e657261u),
        v3(k1 ^ 0x7465646279746573u) {}

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void word(std::uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }

  void all(const void* bytes, std::size_t count) {
    static_assert(std::endian::native == std::endian::little, "words are read as they lie");
    auto p = static_cast<const unsigned char*>(bytes);
    std::size_t whole = count / 8;
    for (std::size_t i = 0; i < whole; ++i, p += 8) {
      std::uint64_t m;
      std::memcpy(&m, p, 8);
      word(m);
    }
    std::uint64_t last = static_cast<std::uint64_t>(count) << 56;
    for (std::size_t i = 0; i < count % 8; ++i) last |= static_cast<std::uint64_t>(p[i]) << (8 * i);
    word(last);
  }

  std::uint64_t finish() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// The digits of pi's fraction: a key without a meaning.
constexpr std::uint64_t own_key_low = 0x243f6a8885a308d3u, own_key_high = 0x13198a2e03707344u;
}  // namespace

std::uint64_t siphash64(const void* bytes, std::size_t count, std::uint64_t key_low,
                        std::uint64_t key_high) {
  Sip sip(key_low, key_high);
  sip.all(bytes, count);
  sip.v2 ^= 0xff;
  return sip.finish();
}

Hash128 siphash128(const void* bytes, std::size_t count, std::uint64_t key_low,
                   std::uint64_t key_high) {
  Sip sip(key_low, key_high);
  sip.v1 ^= 0xee;
  sip.all(bytes, count);
  sip.v2 ^= 0xee;
  std::uint64_t low = sip.finish();
  sip.v1 ^= 0xdd;
  return {low, sip.finish()};
}

std::uint64_t hash64(const void* bytes, std::size_t count) {
  return siphash64(bytes, count, own_key_low, own_key_high);
}

Hash128 hash128(const void* bytes, std::size_t count) {
  return siphash128(bytes, count, own_key_low, own_key_high);
}

std::string to_hex(const Hash128& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::uint64_t half : {hash.high, hash.low})
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(half >> shift) & 15];
  return text;
}
}  // namespace kroton::base
