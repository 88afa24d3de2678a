// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/determinant.h"

#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <limits>

#include "kroton/base/errors.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/lapack.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/product.h"
#include "kroton/tensor/detail/square.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
namespace {
DType real_dtype(DType d) { return d == complex64 ? float32 : d == complex128 ? float64 : d; }

Variable real_part(const Variable& x) {
  return is_complex(x.dtype()) ? elementwise(scalars::op::real, {x}) : x;
}

Variable inverse_adjoint(const Variable& x) {
  return transpose(conjugate(MatrixInverse().make_node({x}).outputs()[0]));
}

// The sum of x^-1 dx's diagonal: the change of log det x.
Variable change_of_log(const Variable& x, const Variable& dx) {
  return sum(transpose(MatrixInverse().make_node({x}).outputs()[0]) * dx);
}

// The diagonal of the factor U, as numbers of one type, with the sign of the exchanges first.
std::vector<std::complex<double>> factors_of_det(const Apply& node, const char* who,
                                                 std::span<const Value> inputs) {
  check_square(node, who, inputs);
  const NDArray a = inputs[0].as<NDArray>().copy();
  const std::int64_t n = a.shape_data()[0];
  lapack::Pivots pivots;
  if (n > 0) lapack::lu(who, a, pivots);
  std::vector<std::complex<double>> factors{1.0};
  for (std::int64_t i = 0; i < n; ++i) {
    if (pivots[static_cast<std::size_t>(i)] != i + 1) factors[0] = -factors[0];
  }
  if (n == 0) return factors;
  const std::int64_t step = a.strides_data()[0] + a.strides_data()[1];
  const NDArray diagonal = a.view(1, &n, &step).astype(complex128);
  const auto values = diagonal.span<std::complex<double>>();
  factors.insert(factors.end(), values.begin(), values.end());
  return factors;
}

void put(Value& storage, DType dtype, std::complex<double> value) {
  const NDArray out = output_array(storage, 0, nullptr, dtype);
  const NDArray number = array<std::complex<double>>({value}, {});
  if (is_complex(dtype)) return assign(out, number);
  assign(out, NDArray::full({}, value.real(), float64));
}
}  // namespace

// ---------------------------------------------------------------- MatrixInverse
Apply MatrixInverse::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  check_matrix(inputs[0], "matrix_inverse");
  const std::vector<bool> flags = inputs[0].broadcastable();
  return Apply(*this, inputs,
               {Variable(*inputs[0].type().with(inputs[0].dtype(), {flags[1], flags[0]}))});
}
Shapes MatrixInverse::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Variables MatrixInverse::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  const Variable adjoint = transpose(conjugate(node.outputs()[0]));
  return {with_flags(-dot(dot(adjoint, gz[0]), adjoint), x.broadcastable())};
}
Variables MatrixInverse::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  const Variable& z = node.outputs()[0];
  return {with_flags(-dot(dot(z, eval_points[0]), z), z.broadcastable())};
}
void MatrixInverse::perform(const Apply& node, std::span<const Value> inputs,
                            std::span<Value> output_storage) const {
  check_square(node, "matrix_inverse", inputs);
  const NDArray& x = inputs[0].as<NDArray>();
  const NDArray z = output_from(output_storage[0], x);
  if (z.size() == 0) return;
  lapack::Pivots pivots;
  if (const int zero = lapack::lu("matrix_inverse", z, pivots)) {
    wrong_matrix(node, "matrix_inverse", inputs, 0,
                 fmt::format("is singular: pivot {} of its factorization is 0; it has no inverse",
                             zero - 1));
  }
  lapack::invert_lu("matrix_inverse", z, pivots);
}

// ---------------------------------------------------------------- Det
Apply Det::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  check_matrix(inputs[0], "det");
  return Apply(*this, inputs, {Variable(*inputs[0].type().with(inputs[0].dtype(), {}))});
}
Shapes Det::infer_shape(const Apply&, Shapes) const { return {std::vector<ShapeExpr>{}}; }
Variables Det::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  return {with_flags(gz[0] * conjugate(node.outputs()[0]) * inverse_adjoint(x), x.broadcastable())};
}
Variables Det::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  return {node.outputs()[0] * change_of_log(node.inputs()[0], eval_points[0])};
}
void Det::perform(const Apply& node, std::span<const Value> inputs,
                  std::span<Value> output_storage) const {
  std::complex<double> product = 1;
  for (const std::complex<double>& factor : factors_of_det(node, "det", inputs)) product *= factor;
  put(output_storage[0], node.outputs()[0].dtype(), product);
}

// ---------------------------------------------------------------- Slogdet
Apply Slogdet::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  check_matrix(inputs[0], "slogdet");
  const DType d = inputs[0].dtype();
  return Apply(*this, inputs,
               {Variable(*inputs[0].type().with(d, {})),
                Variable(*inputs[0].type().with(real_dtype(d), {}))});
}
Shapes Slogdet::infer_shape(const Apply&, Shapes) const {
  return {std::vector<ShapeExpr>{}, std::vector<ShapeExpr>{}};
}
Variables Slogdet::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (!gz[1].type().is_array()) return {zero_gradient(x)};
  return {with_flags(gz[1] * inverse_adjoint(x), x.broadcastable())};
}
Variables Slogdet::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable(), Variable()};
  return {Variable(), real_part(change_of_log(node.inputs()[0], eval_points[0]))};
}
void Slogdet::perform(const Apply& node, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  std::complex<double> sign = 1;
  double logarithm = 0;
  for (const std::complex<double>& factor : factors_of_det(node, "slogdet", inputs)) {
    const double size = std::abs(factor);
    sign *= size == 0 ? 0 : factor / size;
    logarithm += std::log(size);
  }
  put(output_storage[0], node.outputs()[0].dtype(), sign);
  put(output_storage[1], node.outputs()[1].dtype(), logarithm);
}

Variable matrix_inverse(const Operand& x) {
  const CreationLine line(x.line());
  return MatrixInverse().make_node({lapack_operand(x, "matrix_inverse")}).outputs()[0];
}
Variable det(const Operand& x) {
  const CreationLine line(x.line());
  return Det().make_node({lapack_operand(x, "det")}).outputs()[0];
}
std::pair<Variable, Variable> slogdet(const Operand& x) {
  const CreationLine line(x.line());
  const Apply node = Slogdet().make_node({lapack_operand(x, "slogdet")});
  return {node.outputs()[0], node.outputs()[1]};
}
}  // namespace kroton::tensor
