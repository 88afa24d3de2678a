// SPDX-License-Identifier: BSD-3-Clause
// What ops with perform() have in common: memory for outputs, and lengths of inputs that must be
// equal.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "kroton/graph/op.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/value.h"

namespace kroton::tensor {
// The array that lies in STORAGE when it fits and its rows are neighbours, else a new one, which is
// put there.
NDArray output_array(Value& storage, std::size_t ndim, const std::int64_t* shape, DType dtype);
NDArray output_array(Value& storage, const Shape& shape, DType dtype);
// The same for an output that begins as a copy of X; where STORAGE lies over x, nothing is copied.
NDArray output_from(Value& storage, const NDArray& x);

// What errors call input number I of a node, as those of kernels do.
std::string input_name(const Apply& node, int i);
// Input number INPUT of a node along AXIS.
struct InputLength {
  int input, axis;
};
// ShapeError, beginning with WHO, in the words of kernels, unless the two lengths are equal.
void check_equal(const Apply& node, std::string_view who, std::span<const Value> inputs,
                 InputLength a, InputLength b);
}  // namespace kroton::tensor
