// SPDX-License-Identifier: BSD-3-Clause
// float16 and bfloat16 to and from float and double, rounding once to nearest even.
#pragma once
#include <bit>
#include <cstdint>

#include "kroton/ndarray/dtype.h"

namespace kroton::inline ndarray {
namespace detail {
// The float next to d that remembers inexactness in its last bit (round to odd), so that a second,
// narrower rounding gives what one rounding from d would give.
inline float odd_float(double d) {
  const float f = static_cast<float>(d);
  const double back = f;
  if (back == d || d != d) return f;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  if ((back > d) == (d > 0)) --bits;  // one step towards zero
  return std::bit_cast<float>(bits | 1u);
}
}  // namespace detail

inline float to_float(Half h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h.bits & 0x8000u) << 16;
  const std::uint32_t magnitude = h.bits & 0x7fffu;
  if (magnitude >= 0x7c00u) {
    return std::bit_cast<float>(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  }
  if (magnitude >= 0x400u) {
    return std::bit_cast<float>(sign | ((magnitude << 13) + (112u << 23)));
  }
  const float small = static_cast<float>(magnitude) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
}

inline Half to_half(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  const std::uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  std::uint32_t result;
  if (magnitude > 0x7f800000u) {
    result = 0x7e00u | (magnitude >> 13 & 0x3ffu);
  } else if (magnitude >= 0x477ff000u) {  // 65520 and above
    result = 0x7c00u;
  } else if (magnitude >= 0x38800000u) {  // normal
    result = (magnitude + 0xfffu + (magnitude >> 13 & 1u) - (112u << 23)) >> 13;
  } else if (magnitude > 0x33000000u) {  // subnormal: a multiple of 2^-24
    const std::uint32_t shift = 126u - (magnitude >> 23);
    const std::uint32_t digits = (magnitude & 0x7fffffu) | 0x800000u;
    const std::uint32_t rest = digits & ((1u << shift) - 1u), middle = 1u << (shift - 1u);
    result = digits >> shift;
    if (rest > middle || (rest == middle && (result & 1u))) ++result;
  } else {
    result = 0;
  }
  return {static_cast<std::uint16_t>(sign | result)};
}
inline Half to_half(double d) { return to_half(detail::odd_float(d)); }

inline float to_float(BFloat16 b) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(b.bits) << 16);
}
inline BFloat16 to_bfloat16(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return {static_cast<std::uint16_t>(bits >> 16 | 0x40u)};
  }
  return {static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
}
inline BFloat16 to_bfloat16(double d) { return to_bfloat16(detail::odd_float(d)); }
}  // namespace kroton::inline ndarray
