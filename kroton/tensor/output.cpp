// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/graph/input_name.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/nest.h"

namespace kroton::tensor {
std::string input_name(const Apply& node, int i) {
  const auto index = static_cast<std::size_t>(i);
  return graph::input_name(node, index, operand_name(index, node.inputs().size()));
}

NDArray output_array(Value& storage, std::size_t ndim, const std::int64_t* shape, DType dtype) {
  if (storage.is_array()) {
    const NDArray& old = storage.as<NDArray>();
    if (old.dtype() == dtype && old.ndim() == ndim && old.is_c_contiguous() &&
        std::equal(shape, shape + ndim, old.shape_data()))
      return old;
  }
  NDArray fresh = NDArray::empty(ndim, shape, dtype);
  storage = fresh;
  return fresh;
}
NDArray output_array(Value& storage, const Shape& shape, DType dtype) {
  return output_array(storage, shape.size(), shape.data(), dtype);
}
NDArray output_from(Value& storage, const NDArray& x) {
  const NDArray z = output_array(storage, x.ndim(), x.shape_data(), x.dtype());
  if (z.raw() != x.raw() || z.strides() != x.strides()) assign(z, x);
  return z;
}

void check_equal(const Apply& node, std::string_view who, std::span<const Value> inputs,
                 InputLength a, InputLength b) {
  const NDArray& x = inputs[static_cast<std::size_t>(a.input)].as<NDArray>();
  const NDArray& y = inputs[static_cast<std::size_t>(b.input)].as<NDArray>();
  const std::int64_t n = x.shape_data()[a.axis], m = y.shape_data()[b.axis];
  if (n == m) [[likely]]
    return;
  const std::string of_x = input_name(node, a.input), of_y = input_name(node, b.input);
  throw ShapeError(fmt::format(
      "{}: {} has shape {} and {} has shape {}; {}.shape[{}] ({}) must equal {}.shape[{}] ({})",
      who, of_x, shape_text(x.shape()), of_y, shape_text(y.shape()), of_x, a.axis, n, of_y, b.axis,
      m));
}
}  // namespace kroton::tensor
