// SPDX-License-Identifier: BSD-3-Clause
// Shapes, and the indices of an array on the host: a.slice({2, slice(1, {}), newaxis, ellipsis}).
// Lengths, strides (in bytes) and indices are int64 everywhere.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::inline ndarray {
using Shape = std::vector<std::int64_t>;  // Shape{} is 0-d
inline constexpr std::size_t max_ndim = 64;

struct NewAxis {};
struct Ellipsis {};
inline constexpr NewAxis newaxis{};
inline constexpr Ellipsis ellipsis{};

struct Slice {
  std::optional<std::int64_t> start = {}, stop = {}, step = {};
  friend bool operator==(const Slice&, const Slice&) = default;
};
inline Slice slice(std::optional<std::int64_t> start = std::nullopt,
                   std::optional<std::int64_t> stop = std::nullopt,
                   std::optional<std::int64_t> step = std::nullopt) {
  return {start, stop, step};
}

// One index of an array on the host.
struct HostIndex {
  template <std::integral I>
  HostIndex(I index) : value(static_cast<std::int64_t>(index)) {}
  HostIndex(Slice s) : value(s) {}
  HostIndex(NewAxis n) : value(n) {}
  HostIndex(Ellipsis e) : value(e) {}
  std::variant<std::int64_t, Slice, NewAxis, Ellipsis> value;
};

// The elements that a slice takes from an axis: start, start + step, ... (`length` of them).
struct SliceRange {
  std::int64_t start = 0, step = 1, length = 0;
};
// As Python's slice.indices(length); ValueError for step 0.
KROTON_API SliceRange canonical_slice(const Slice&, std::int64_t length);

// "(3, 4)", "(5,)", "()"
KROTON_API std::string shape_text(const std::int64_t* shape, std::size_t ndim);
inline std::string shape_text(const Shape& shape) { return shape_text(shape.data(), shape.size()); }

// The number of elements. ValueError, beginning with `who`, for a negative length, too many axes,
// or a size in bytes beyond int64 (as NumPy, lengths of 0 do not excuse the other axes).
KROTON_API std::int64_t element_count(const std::int64_t* shape, std::size_t ndim,
                                      std::size_t itemsize, std::string_view who);
// Strides in bytes of a C-contiguous array.
KROTON_API Shape c_strides(const Shape& shape, std::size_t itemsize);
KROTON_API Shape f_strides(const Shape& shape, std::size_t itemsize);

// The shape with its one -1 replaced so that it holds `size` elements; ValueError, beginning with
// `who`, when that is impossible.
KROTON_API Shape resolve_reshape(const Shape& wanted, const std::int64_t* shape, std::size_t ndim,
                                 std::int64_t size, std::string_view who);
}  // namespace kroton::inline ndarray
