// SPDX-License-Identifier: BSD-3-Clause
// The Cholesky factor of a symmetric (Hermitian) positive definite matrix, by LAPACK.
//   L = cholesky(K);   logdet = 2 * sum(log(diag(L)));   v = solve_triangular(L, y, {.lower =
//   true})
// Source: Theano's tensor/slinalg.py; the gradient is Murray's, arXiv:1602.07527.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// What becomes of a matrix that is not positive definite: an error, or a factor of NaN.
enum class OnError : std::uint8_t { raise, nan };
using graph::field_text;
KROTON_API std::string field_text(OnError on_error);

class KROTON_API Cholesky : public OpOf<Cholesky> {
 public:
  explicit Cholesky(bool lower = true, OnError on_error = OnError::raise)
      : lower_(lower), on_error_(on_error) {}
  bool lower() const { return lower_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  AliasMap may_lie_over(const Apply&) const override { return {{0, {0}}}; }

 private:
  bool lower_;
  OnError on_error_;

 public:
  static constexpr std::string_view op_name = "Cholesky";
  static constexpr auto fields =
      std::tuple{Field{"lower", &Cholesky::lower_}, Field{"on_error", &Cholesky::on_error_}};
};

// L with L L^T = x, or with LOWER false U with U^T U = x. Only that triangle of x is read; the
// other one of the result is 0. Integers are computed as float64; float16 is a TypeError. The
// gradient is that of the elements that are read; there is none for complex x. ShapeError when x is
// not square, ValueError with the order of the minor when x is not positive definite,
// UnsupportedError where there is no LAPACK.
KROTON_API Variable cholesky(const Operand& x, bool lower = true,
                             OnError on_error = OnError::raise);
}  // namespace kroton::tensor
