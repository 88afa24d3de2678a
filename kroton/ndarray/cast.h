// SPDX-License-Identifier: BSD-3-Clause
// One element type to another, by NumPy's rules: floats are truncated to integers, integers wrap,
// anything but zero is true. What NumPy leaves to the processor is fixed here as x86 has it: NaN
// and what is out of range become the lowest integer of the target (of int32 for the smaller ones).
#pragma once
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/ndarray/half.h"

namespace kroton::inline ndarray {
namespace detail {
template <class T>
inline constexpr bool is_complex_element = false;
template <class T>
inline constexpr bool is_complex_element<std::complex<T>> = true;
template <class T>
inline constexpr bool is_short_float = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class To, class Float>
To integer_from_float(Float x) {
  if constexpr (std::is_same_v<To, std::uint64_t>) {
    constexpr Float middle = static_cast<Float>(0x1p63);
    if (x >= middle) {
      return x < 2 * middle ? static_cast<To>(x) : To{1} << 63;
    }
    return static_cast<To>(integer_from_float<std::int64_t>(x));
  } else {
    // uint32 takes the way over int64, the smaller ones that over int32, as compilers do.
    using Wide = std::conditional_t<(sizeof(To) == 8 || std::is_same_v<To, std::uint32_t>),
                                    std::int64_t, std::int32_t>;
    constexpr Float end =
        sizeof(Wide) == 8 ? static_cast<Float>(0x1p63) : static_cast<Float>(0x1p31);
    if constexpr (sizeof(Wide) == 4 && std::is_same_v<Float, float>) {
      return integer_from_float<To>(static_cast<double>(x));
    } else {
      const bool fits = (sizeof(Wide) == 8 ? x >= -end : x > -end - 1) && x < end;
      return static_cast<To>(fits ? static_cast<Wide>(x) : std::numeric_limits<Wide>::min());
    }
  }
}
// 64-bit integers into a double that still rounds once when narrowed to bfloat16 or float16.
template <class From>
double odd_double(From x) {
  const auto wide = static_cast<std::uint64_t>(x);
  const bool negative = std::is_signed_v<From> && wide >> 63 != 0;
  const std::uint64_t magnitude = negative ? std::uint64_t{0} - wide : wide;
  if (magnitude >> 52 == 0) return static_cast<double>(x);
  const double value = static_cast<double>(magnitude >> 12 | ((magnitude & 0xfff) != 0)) * 4096.0;
  return negative ? -value : value;
}
}  // namespace detail

// Complex to real takes the real part; cast_elements and astype refuse it.
template <class To, class From>
inline To convert_element(From x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (detail::is_short_float<From>) {
    return convert_element<To>(to_float(x));
  } else if constexpr (detail::is_complex_element<From>) {
    if constexpr (detail::is_complex_element<To>) {
      return To(static_cast<typename To::value_type>(x.real()),
                static_cast<typename To::value_type>(x.imag()));
    } else if constexpr (std::is_same_v<To, bool>) {
      return x.real() != 0 || x.imag() != 0;
    } else {
      return convert_element<To>(x.real());
    }
  } else if constexpr (detail::is_complex_element<To>) {
    return To(convert_element<typename To::value_type>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_same_v<To, Half>) {
    if constexpr (std::is_same_v<From, float>)
      return to_half(x);
    else if constexpr (std::is_integral_v<From>)
      return to_half(detail::odd_double(x));
    else
      return to_half(static_cast<double>(x));
  } else if constexpr (std::is_same_v<To, BFloat16>) {
    if constexpr (std::is_same_v<From, float>)
      return to_bfloat16(x);
    else if constexpr (std::is_integral_v<From>)
      return to_bfloat16(detail::odd_double(x));
    else
      return to_bfloat16(static_cast<double>(x));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return detail::integer_from_float<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

// Whether x has an equal in To, written to `out`. NaN equals NaN; a sign of zero may go.
template <class To, class From>
bool convert_exactly(From x, To& out) {
  if constexpr (detail::is_complex_element<From> && !detail::is_complex_element<To>) {
    return x.imag() == 0 && convert_exactly(x.real(), out);
  } else if constexpr (detail::is_complex_element<From>) {
    typename To::value_type re{}, im{};
    const bool fits = convert_exactly(x.real(), re) && convert_exactly(x.imag(), im);
    out = To(re, im);
    return fits;
  } else if constexpr (detail::is_complex_element<To>) {
    typename To::value_type re{};
    const bool fits = convert_exactly(x, re);
    out = To(re);
    return fits;
  } else if constexpr (detail::is_short_float<From>) {
    return convert_exactly(to_float(x), out);
  } else {
    out = convert_element<To>(x);
    if constexpr (std::is_same_v<To, From>) {
      return true;
    } else if constexpr (detail::is_short_float<To>) {
      const double back = to_float(out);
      if constexpr (std::is_floating_point_v<From>) {
        return back == static_cast<double>(x) || x != x;
      } else {
        From integer{};
        return convert_exactly(back, integer) && integer == x;
      }
    } else if constexpr (std::is_same_v<From, bool>) {
      return true;
    } else if constexpr (std::is_same_v<To, bool>) {
      return x == From{0} || x == From{1};
    } else if constexpr (std::is_integral_v<From> && std::is_integral_v<To>) {
      return std::in_range<To>(x);
    } else if constexpr (std::is_integral_v<From>) {
      From back{};
      return convert_exactly(out, back) && back == x;
    } else if constexpr (std::is_integral_v<To>) {
      // All bounds are powers of two, so exact in either float.
      constexpr From low = static_cast<From>(std::numeric_limits<To>::min());
      const From high = std::ldexp(From{1}, std::numeric_limits<To>::digits);
      return x >= low && x < high && std::trunc(x) == x;
    } else {
      return static_cast<double>(out) == static_cast<double>(x) || x != x;
    }
  }
}

// Converts `count` elements, strides in bytes; the memory need not be aligned, source and target do
// not overlap. Complex to real (but for bool) is the caller's TypeError.
KROTON_API void cast_elements(DType from, const void* source, std::int64_t source_stride, DType to,
                              void* target, std::int64_t target_stride, std::int64_t count);
// The loop itself, for callers that run it often.
using CastLoop = void (*)(const std::byte* source, std::int64_t source_stride, std::byte* target,
                          std::int64_t target_stride, std::int64_t count);
KROTON_API CastLoop cast_loop(DType from, DType to);
// TypeError, beginning with `who`, when values of `from` would lose their imaginary part.
KROTON_API void check_cast(DType from, DType to, const char* who);
}  // namespace kroton::inline ndarray
