// SPDX-License-Identifier: BSD-3-Clause
// Inverse and determinant of a square matrix, by LAPACK's LU factorization.
//   matrix_inverse(A)   det(A)   auto [sign, logabs] = slogdet(A)
// To solve equations use solve(), which is faster and more accurate. dtypes and errors as there.
// Source: Theano's tensor/nlinalg.py, NumPy's linalg.slogdet.
#pragma once
#include <string>
#include <utility>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
class KROTON_API MatrixInverse : public OpOf<MatrixInverse> {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  AliasMap may_lie_over(const Apply&) const override { return {{0, {0}}}; }
  static constexpr std::string_view op_name = "MatrixInverse";
};

class KROTON_API Det : public OpOf<Det> {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  static constexpr std::string_view op_name = "Det";
};

// Outputs: the sign (of modulus 1 where x is complex, 0 where it is singular), and the logarithm of
// the absolute value (-inf where it is singular).
class KROTON_API Slogdet : public OpOf<Slogdet> {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  static constexpr std::string_view op_name = "Slogdet";
};

// ValueError for a singular x.
KROTON_API Variable matrix_inverse(const Operand& x);
// 0-d; the gradient needs the inverse.
KROTON_API Variable det(const Operand& x);
// (sign, log of |det|), 0-d: for determinants that overflow. The gradient is that of the logarithm;
// the sign counts as constant.
KROTON_API std::pair<Variable, Variable> slogdet(const Operand& x);
}  // namespace kroton::tensor
