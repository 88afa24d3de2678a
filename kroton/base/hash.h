// SPDX-License-Identifier: BSD-3-Clause
// Content hashes that are the same in every process and on every machine of one byte order, so they
// may be written to disk: SipHash-2-4 (Aumasson, Bernstein 2012) with a fixed key.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::base {
struct Hash128 {
  std::uint64_t low = 0, high = 0;
  auto operator<=>(const Hash128&) const = default;
};

KROTON_API std::uint64_t hash64(const void* bytes, std::size_t count);
KROTON_API Hash128 hash128(const void* bytes, std::size_t count);
inline std::uint64_t hash64(std::string_view text) { return hash64(text.data(), text.size()); }
inline Hash128 hash128(std::string_view text) { return hash128(text.data(), text.size()); }
// 32 hex digits: fit for a file name.
KROTON_API std::string to_hex(const Hash128& hash);

// Mixes one more hash into a seed; the order matters.
constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t hash) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15u + hash;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  return x ^ (x >> 32);
}

// SipHash-2-4 with the caller's key (two little-endian words), as the paper defines it.
KROTON_API std::uint64_t siphash64(const void* bytes, std::size_t count, std::uint64_t key_low,
                                   std::uint64_t key_high);
KROTON_API Hash128 siphash128(const void* bytes, std::size_t count, std::uint64_t key_low,
                              std::uint64_t key_high);
}  // namespace kroton::base
