// SPDX-License-Identifier: BSD-3-Clause
// Many products at once: axis 0 of both counts them.
//   batched_dot(a, b)       (l, m, k) and (l, k, n) give (l, m, n); (l, k) stands for one vector
//   each batched_tensordot(a, b, {2}, {1})
// dtypes as for dot. Source: Theano's tensor/blas.py, tensor/basic.py.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Of arrays of three axes.
class KROTON_API BatchedDot : public OpOf<BatchedDot> {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  // Of what BLAS does not multiply.
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  bool fills_storage(const Apply&) const override { return true; }
  static constexpr std::string_view op_name = "BatchedDot";
};

// dot(x[i], y[i]) for every i. TypeError for a factor without axes, ShapeError when the numbers of
// products or the lengths that are summed over differ.
KROTON_API Variable batched_dot(const Operand& x, const Operand& y);
// tensordot(x[i], y[i]) for every i; axes count from the whole arrays'.
KROTON_API Variable batched_tensordot(const Operand& x, const Operand& y, int axes = 2);
KROTON_API Variable batched_tensordot(const Operand& x, const Operand& y,
                                      const std::vector<int>& x_axes,
                                      const std::vector<int>& y_axes);
}  // namespace kroton::tensor
