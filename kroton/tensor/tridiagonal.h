// SPDX-License-Identifier: BSD-3-Clause
// Systems with three diagonals, one for each point of all other axes: implicit steps of diffusion,
// vertical mixing, splines.
//   x = solve_tridiagonal(lower, diagonal, upper, rhs);      // along the last axis
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
class KROTON_API SolveTridiagonal : public OpOf<SolveTridiagonal> {
 public:
  explicit SolveTridiagonal(int axis) : axis_(axis) {}
  int axis() const { return axis_; }

  // Inputs: lower, diagonal, upper and right-hand side, of one dtype and number of axes. Outputs:
  // the solution, and the upper diagonal after elimination.
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;

 private:
  int axis_;

 public:
  static constexpr std::string_view op_name = "SolveTridiagonal";
  static constexpr auto fields = std::tuple{Field{"axis", &SolveTridiagonal::axis_}};
};

// x with lower[k] x[k - 1] + diagonal[k] x[k] + upper[k] x[k + 1] = rhs[k] along AXIS, for each
// point of the other axes. The first element of LOWER and the last of UPPER are not used.
//
// Shapes: broadcast together by broadcastable axes; rhs is not broadcastable along AXIS.
// Dtypes: promoted together; integers become floatX.
// Gradient: in all four; one more solve, with the transposed system.
// Elimination without exchange of rows (Thomas): accurate where the diagonal outweighs the other
// two, |diagonal| >= |lower| + |upper|, or the system is positive definite; a zero pivot gives
// infinities or NaN. Source: Conte and de Boor, Elementary Numerical Analysis, 1980.
KROTON_API Variable solve_tridiagonal(const Operand& lower, const Operand& diagonal,
                                      const Operand& upper, const Operand& rhs, int axis = -1);
}  // namespace kroton::tensor
