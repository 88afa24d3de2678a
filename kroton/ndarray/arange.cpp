// SPDX-License-Identifier: BSD-3-Clause
// NDArray::arange. The values are start + i * (second - first), computed as NumPy does: in the
// element type, float16 and bfloat16 in float.
#include <fmt/format.h>

#include <cmath>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
namespace {
template <class T, class Start>
void fill_range(T* out, std::int64_t length, Start start, Start step) {
  const T first = convert_element<T>(start),
          second = convert_element<T>(static_cast<Start>(start + step));
  if constexpr (detail::is_short_float<T>) {
    const float base = to_float(first), delta = to_float(second) - base;
    for (std::int64_t i = 0; i < length; ++i) {
      out[i] = convert_element<T>(base + static_cast<float>(i) * delta);
    }
  } else if constexpr (std::is_integral_v<T>) {
    // Unsigned, so that it wraps.
    const auto base = static_cast<std::uint64_t>(first);
    const auto delta = static_cast<std::uint64_t>(second) - base;
    for (std::int64_t i = 0; i < length; ++i) {
      out[i] = static_cast<T>(base + static_cast<std::uint64_t>(i) * delta);
    }
  } else {
    const T delta = second - first;
    for (std::int64_t i = 0; i < length; ++i) out[i] = first + convert_element<T>(i) * delta;
  }
  if (length > 1) out[1] = second;
}

template <class Start>
NDArray make_range(std::int64_t length, Start start, Start step, DType dtype) {
  if (is_bool(dtype) && length > 2) {
    throw TypeError(
        fmt::format("arange: {} values of dtype bool; there are only two, use int8", length));
  }
  NDArray a = NDArray::empty(1, &length, dtype);
  with_element_type(dtype, [&]<class T>(std::type_identity<T>) {
    fill_range(static_cast<T*>(a.raw()), length, start, step);
  });
  return a;
}
}  // namespace

NDArray NDArray::arange(std::int64_t stop, DType dtype) {
  return make_range<std::int64_t>(std::max<std::int64_t>(stop, 0), 0, 1, dtype);
}

NDArray NDArray::arange(double start, double stop, double step, DType dtype) {
  const double length = std::ceil((stop - start) / step);
  if (!(length < 0x1p62)) {
    throw ValueError(fmt::format(
        "arange: start {}, stop {} and step {} give no number of values; "
        "use finite numbers and a step other than 0",
        base::format_number(start), base::format_number(stop), base::format_number(step)));
  }
  return make_range<double>(length > 0 ? static_cast<std::int64_t>(length) : 0, start, step, dtype);
}
}  // namespace kroton::inline ndarray
