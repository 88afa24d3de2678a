// SPDX-License-Identifier: BSD-3-Clause
// x with A x = b, by LAPACK and BLAS.
//   solve(A, b)   solve(K, y, Assume::positive_definite)   solve_triangular(L, y, {.lower = true})
// Source: Theano's tensor/slinalg.py.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// What is known of A. Of a triangular one the other triangle is not read, of a positive definite
// one the upper triangle is not.
enum class Assume : std::uint8_t { general, positive_definite, lower_triangular, upper_triangular };
using graph::field_text;
KROTON_API std::string field_text(Assume assume);

// Inputs: A (n, n) and b (n,) or (n, m), of one dtype.
class KROTON_API Solve : public OpOf<Solve> {
 public:
  // UNIT_DIAGONAL: the diagonal of a triangular A counts as ones and is not read.
  explicit Solve(Assume assume, bool unit_diagonal = false)
      : assume_(assume), unit_diagonal_(unit_diagonal) {}
  Assume assume() const { return assume_; }
  bool unit_diagonal() const { return unit_diagonal_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  bool fills_storage(const Apply&) const override { return true; }
  AliasMap may_lie_over(const Apply&) const override { return {{0, {1}}}; }

 private:
  bool is_triangular() const;
  Assume assume_;
  bool unit_diagonal_;

 public:
  static constexpr std::string_view op_name = "Solve";
  static constexpr auto fields =
      std::tuple{Field{"assume", &Solve::assume_}, Field{"unit_diagonal", &Solve::unit_diagonal_}};
};

// b: a vector, or a matrix of one right side per column. Dtypes are promoted, integers computed as
// float64; float16 is a TypeError.
// The gradient for A is that of the elements that are read; there is none for a complex A that is
// assumed positive definite.
// ShapeError when A is not square or b has another number of rows, ValueError when A is singular or
// not what is assumed, UnsupportedError where there is no LAPACK.
KROTON_API Variable solve(const Operand& a, const Operand& b, Assume assume = Assume::general);

struct TriangularOptions {
  bool lower = false;
  bool unit_diagonal = false;
};
// As solve(), for the upper (lower) triangle of A.
KROTON_API Variable solve_triangular(const Operand& a, const Operand& b,
                                     TriangularOptions options = {});
KROTON_API Variable solve_lower_triangular(const Operand& a, const Operand& b);
KROTON_API Variable solve_upper_triangular(const Operand& a, const Operand& b);
}  // namespace kroton::tensor
