// SPDX-License-Identifier: BSD-3-Clause
// Views of an array: slice, transpose, reshape.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "kroton/base/errors.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
namespace {
// Builds the shape, the strides and the offset of a view, index by index.
class Slicer {
 public:
  explicit Slicer(const NDArray& a) : a_(a) {}

  void apply(const HostIndex& index, std::size_t unnamed_axes) {
    if (const auto* at = std::get_if<std::int64_t>(&index.value)) {
      take(*at);
    } else if (const auto* range = std::get_if<Slice>(&index.value)) {
      cut(*range);
    } else if (std::holds_alternative<NewAxis>(index.value)) {
      push(1, 0);
    } else {
      keep(unnamed_axes);
    }
  }
  void keep(std::size_t axes) {
    for (; axes > 0; --axes, ++axis_) push(a_.shape_data()[axis_], a_.strides_data()[axis_]);
  }
  NDArray view() const { return a_.view(shape_.size(), shape_.data(), strides_.data(), offset_); }

 private:
  void push(std::int64_t length, std::int64_t stride) {
    shape_.push_back(length);
    strides_.push_back(stride);
  }
  void take(std::int64_t at) {
    const std::int64_t length = a_.shape_data()[axis_];
    const std::int64_t i = at < 0 ? at + length : at;
    if (i < 0 || i >= length) {
      throw ValueError(
          fmt::format("slice: index {} is out of bounds for axis {} of shape {}; the "
                      "axis has length {}",
                      at, axis_, shape_text(a_.shape()), length));
    }
    offset_ += i * a_.strides_data()[axis_++];
  }
  void cut(const Slice& s) {
    const SliceRange range = canonical_slice(s, a_.shape_data()[axis_]);
    const std::int64_t stride = a_.strides_data()[axis_++];
    // An empty range may start outside of the memory; a step beyond the axis may overflow.
    if (range.length > 0) offset_ += range.start * stride;
    push(range.length, range.length > 1 ? stride * range.step : stride);
  }

  const NDArray& a_;
  std::size_t axis_ = 0;
  std::int64_t offset_ = 0;
  Shape shape_, strides_;
};

// The strides that make `shape` a view of the array's elements in C order, if there are any.
std::optional<Shape> reshaped_strides(const NDArray& a, const Shape& shape) {
  Shape old_shape, old_strides;
  for (std::size_t axis = 0; axis < a.ndim(); ++axis) {
    if (a.shape_data()[axis] == 1) continue;
    old_shape.push_back(a.shape_data()[axis]);
    old_strides.push_back(a.strides_data()[axis]);
  }
  Shape strides(shape.size());
  std::size_t from = 0, to = 0;
  while (from < old_shape.size() && to < shape.size()) {
    // The smallest groups of axes on both sides with equal products.
    std::size_t from_end = from + 1, to_end = to + 1;
    std::int64_t old_product = old_shape[from], product = shape[to];
    while (old_product != product) {
      if (product < old_product) {
        product *= shape[to_end++];
      } else {
        old_product *= old_shape[from_end++];
      }
    }
    for (std::size_t axis = from; axis + 1 < from_end; ++axis) {
      if (old_strides[axis] != old_shape[axis + 1] * old_strides[axis + 1]) return std::nullopt;
    }
    std::int64_t stride = old_strides[from_end - 1];
    for (std::size_t axis = to_end; axis-- > to;) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    from = from_end;
    to = to_end;
  }
  const std::int64_t last = to > 0 ? strides[to - 1] : static_cast<std::int64_t>(a.itemsize());
  std::fill(strides.begin() + static_cast<std::ptrdiff_t>(to), strides.end(), last);
  return strides;
}
}  // namespace

NDArray NDArray::slice(std::initializer_list<HostIndex> indices) const {
  return slice(std::span<const HostIndex>(indices.begin(), indices.size()));
}

NDArray NDArray::slice(std::span<const HostIndex> indices) const {
  std::size_t named = 0, ellipses = 0;
  for (const HostIndex& index : indices) {
    if (std::holds_alternative<Ellipsis>(index.value)) {
      ++ellipses;
    } else if (!std::holds_alternative<NewAxis>(index.value)) {
      ++named;
    }
  }
  if (ellipses > 1) {
    throw ValueError(fmt::format("slice: the index has {} ellipses; give at most one", ellipses));
  }
  if (named > ndim()) {
    throw ValueError(
        fmt::format("slice: {} indices for an array of shape {}; give at most one per "
                    "axis",
                    named, shape_text(shape())));
  }
  Slicer slicer(*this);
  for (const HostIndex& index : indices) slicer.apply(index, ndim() - named);
  if (!ellipses) slicer.keep(ndim() - named);
  return slicer.view();
}

NDArray NDArray::transpose() const {
  Shape dims = shape(), steps = strides();
  std::reverse(dims.begin(), dims.end());
  std::reverse(steps.begin(), steps.end());
  return view(dims.size(), dims.data(), steps.data());
}

NDArray NDArray::transpose(const std::vector<int>& axes) const {
  const int rank = static_cast<int>(ndim());
  Shape dims, steps;
  std::vector<bool> seen(ndim(), false);
  for (int axis : axes) {
    const int i = axis < 0 ? axis + rank : axis;
    if (i < 0 || i >= rank || seen[static_cast<std::size_t>(i)]) break;
    seen[static_cast<std::size_t>(i)] = true;
    dims.push_back(shape_data()[i]);
    steps.push_back(strides_data()[i]);
  }
  if (dims.size() != ndim() || axes.size() != ndim()) {
    throw ValueError(
        fmt::format("transpose: axes ({}) for an array of shape {}; name each axis once",
                    fmt::join(axes, ", "), shape_text(shape())));
  }
  return view(dims.size(), dims.data(), steps.data());
}

NDArray NDArray::reshape(Shape wanted) const {
  const Shape dims =
      resolve_reshape(wanted, shape_data(), ndim(), static_cast<std::int64_t>(size()), "reshape");
  element_count(dims.data(), dims.size(), itemsize(), "reshape");
  if (is_c_contiguous()) {
    return view(dims.size(), dims.data(), c_strides(dims, itemsize()).data());
  }
  if (const auto steps = reshaped_strides(*this, dims)) {
    return view(dims.size(), dims.data(), steps->data());
  }
  return copy().reshape(dims);
}
}  // namespace kroton::inline ndarray
