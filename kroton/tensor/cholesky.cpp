// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/cholesky.h"

#include <fmt/format.h>

#include <limits>

#include "kroton/base/errors.h"
#include "kroton/gradient/stop.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/lapack.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/square.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/solve.h"
#include "kroton/tensor/transfer.h"

namespace kroton::tensor {
std::string field_text(OnError on_error) { return on_error == OnError::raise ? "raise" : "nan"; }

Apply Cholesky::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  check_matrix(inputs[0], "cholesky");
  return Apply(*this, inputs, {Variable(*inputs[0].shared_type())});
}

Shapes Cholesky::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }

Variables Cholesky::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  if (is_complex(x.dtype()))
    return {grad_not_implemented(*this, 0, x, "the factor of a complex matrix")};
  const Variable factor = lower_ ? z : transpose(z), g = lower_ ? gz[0] : transpose(gz[0]);
  const Variable upper = transpose(factor), p = triangle_of(dot(upper, g), true, 0.5);
  // L^-T p L^-1
  const Variable half = transpose(solve_triangular(upper, transpose(p), {.lower = false}));
  const Variable s = solve_triangular(upper, half, {.lower = false});
  return {with_flags(symmetric_gradient(s, lower_), x.broadcastable())};
}

// L^-1 dx L^-T is what L^-1 dL and its transpose add up to.
Variables Cholesky::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  const Variable& z = node.outputs()[0];
  if (is_complex(z.dtype())) not_defined("r_op");
  const Variable factor = lower_ ? z : transpose(z);
  const Variable left =
      solve_triangular(factor, symmetric_from(eval_points[0], lower_), {.lower = true});
  const Variable both = solve_triangular(factor, transpose(left), {.lower = true});
  const Variable change = dot(factor, triangle_of(both, true, 0.5));
  return {with_flags(lower_ ? change : transpose(change), z.broadcastable())};
}

void Cholesky::perform(const Apply& node, std::span<const Value> inputs,
                       std::span<Value> output_storage) const {
  check_square(node, "cholesky", inputs);
  const NDArray& x = inputs[0].as<NDArray>();
  const NDArray z = output_from(output_storage[0], x);
  if (const int minor = lapack::cholesky("cholesky", z, lower_)) {
    if (on_error_ == OnError::raise) {
      wrong_matrix(node, "cholesky", inputs, 0,
                   fmt::format("is not positive definite: its leading minor of order {} is not "
                               "positive; add a small multiple of eye(n), or pass on_error = "
                               "OnError::nan",
                               minor));
    }
    assign(z, NDArray::full({1, 1}, std::numeric_limits<double>::quiet_NaN(), x.dtype())
                  .view(2, x.shape_data(), Shape{0, 0}.data()));
  }
  clear_other_triangle(z, lower_);
}

Variable cholesky(const Operand& operand, bool lower, OnError on_error) {
  const CreationLine line(operand.line());
  return Cholesky(lower, on_error).make_node({lapack_operand(operand, "cholesky")}).outputs()[0];
}
}  // namespace kroton::tensor
