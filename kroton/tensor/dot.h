// SPDX-License-Identifier: BSD-3-Clause
// Products over a common axis: dot, outer, tensordot.
//   dot(W, x)   x.dot(y)   outer(u, v)   tensordot(a, b, 2)   tensordot(a, b, {1, 0}, {0, 2})
// Matrices and vectors of floats and complex numbers are multiplied by BLAS (blas.h), where a
// transposed or sliced view needs no copy; float16 and bfloat16 are summed in float32. Everything
// else, and everything where there is no BLAS, is a kernel: integers wrap at their width, bool is
// any of ands. Inputs of different dtypes are promoted. Source: Theano's tensor/basic.py.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Of vectors and matrices: sums over the last axis of x and the first of y. ShapeError when their
// lengths differ, TypeError when that is known before.
class KROTON_API Dot : public OpOf<Dot> {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  // Of two vectors, and of what BLAS does not multiply.
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  PreparedBody prepare(const Apply& node, std::span<const ArrayLayout> inputs,
                       std::span<const ArrayLayout> outputs) const override;
  Notation notation(const Apply& node, int output) const override;
  bool fills_storage(const Apply&) const override { return true; }
  static constexpr std::string_view op_name = "Dot";
};

// x times y when one of them has no axes; Dot up to matrices; else the sum over the last axis of x
// and the last but one of y, as NumPy has it.
KROTON_API Variable dot(const Operand& x, const Operand& y);
// x[i] * y[j]; what has other than one axis is flattened.
KROTON_API Variable outer(const Operand& x, const Operand& y);
// The sum over the last AXES axes of x and the first AXES of y.
KROTON_API Variable tensordot(const Operand& x, const Operand& y, int axes = 2);
// The sum over pairs of axes, X_AXES[i] of x with Y_AXES[i] of y; the other axes of x come first,
// then those of y.
KROTON_API Variable tensordot(const Operand& x, const Operand& y, const std::vector<int>& x_axes,
                              const std::vector<int>& y_axes);
}  // namespace kroton::tensor
