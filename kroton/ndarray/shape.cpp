// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "kroton/base/errors.h"

namespace kroton::inline ndarray {
SliceRange canonical_slice(const Slice& s, std::int64_t length) {
  const std::int64_t step = s.step.value_or(1);
  if (step == 0) throw ValueError("slice: the step is 0; use a step other than 0");
  // The first and last position that a bound may name, in the direction of the step.
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
  const auto bound = [&](std::optional<std::int64_t> given, std::int64_t fallback) {
    if (!given) return fallback;
    // Two steps, so that bounds near the ends of int64 do not overflow.
    const std::int64_t at = *given < 0 ? (*given < -length ? low : *given + length) : *given;
    return std::clamp(at, low, high);
  };
  const std::int64_t start = bound(s.start, step > 0 ? low : high);
  const std::int64_t stop = bound(s.stop, step > 0 ? high : low);
  SliceRange range{start, step, 0};
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step)
                                        : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  const std::int64_t distance = step > 0 ? stop - start : start - stop;
  if (distance > 0) {
    range.length =
        static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride + 1);
  }
  return range;
}

std::string shape_text(const std::int64_t* shape, std::size_t ndim) {
  return fmt::format("({}{})", fmt::join(shape, shape + ndim, ", "), ndim == 1 ? "," : "");
}

std::int64_t element_count(const std::int64_t* shape, std::size_t ndim, std::size_t itemsize,
                           std::string_view who) {
  if (ndim > max_ndim) [[unlikely]] {
    throw ValueError(
        fmt::format("{}: {} dimensions; an array has at most {}", who, ndim, max_ndim));
  }
  std::int64_t count = 1, bytes = 0;
  bool overflow = false, zero = false;
  for (std::size_t axis = 0; axis < ndim; ++axis) {
    if (shape[axis] < 0) [[unlikely]] {
      throw ValueError(fmt::format("{}: shape {} has a negative length; use lengths >= 0", who,
                                   shape_text(shape, ndim)));
    }
    if (shape[axis] == 0) {
      zero = true;
    } else {
      overflow |= __builtin_mul_overflow(count, shape[axis], &count);
    }
  }
  overflow |= __builtin_mul_overflow(count, static_cast<std::int64_t>(itemsize), &bytes);
  if (overflow) [[unlikely]] {
    throw ValueError(
        fmt::format("{}: shape {} of {}-byte elements is more than 2**63 bytes; use "
                    "smaller lengths",
                    who, shape_text(shape, ndim), itemsize));
  }
  return zero ? 0 : count;
}

Shape c_strides(const Shape& shape, std::size_t itemsize) {
  Shape strides(shape.size());
  std::int64_t stride = static_cast<std::int64_t>(itemsize);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

Shape f_strides(const Shape& shape, std::size_t itemsize) {
  Shape strides(shape.size());
  std::int64_t stride = static_cast<std::int64_t>(itemsize);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

Shape resolve_reshape(const Shape& wanted, const std::int64_t* shape, std::size_t ndim,
                      std::int64_t size, std::string_view who) {
  const auto unknowns = std::count(wanted.begin(), wanted.end(), -1);
  if (unknowns > 1) {
    throw ValueError(fmt::format("{}: shape {} has {} unknown lengths; give at most one -1", who,
                                 shape_text(wanted), unknowns));
  }
  if (std::any_of(wanted.begin(), wanted.end(), [](std::int64_t n) { return n < -1; })) {
    throw ValueError(fmt::format("{}: shape {} has a negative length; use lengths >= 0, or -1 once",
                                 who, shape_text(wanted)));
  }
  std::int64_t known = 1;
  bool overflow = false, zero = false;
  for (std::int64_t n : wanted) {
    zero |= n == 0;
    if (n > 0) overflow |= __builtin_mul_overflow(known, n, &known);
  }
  if (zero) known = 0;
  Shape result = wanted;
  bool fits = zero ? size == 0 && !unknowns : !overflow && known == size;
  if (unknowns && !zero && !overflow && size % known == 0) {
    *std::find(result.begin(), result.end(), -1) = size / known;
    fits = true;
  }
  if (!fits) {
    throw ValueError(
        fmt::format("{}: shape {} holds {} elements and cannot become shape {}; the "
                    "lengths must multiply to {}",
                    who, shape_text(shape, ndim), size, shape_text(wanted), size));
  }
  return result;
}
}  // namespace kroton::inline ndarray
