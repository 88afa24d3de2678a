// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/product.h"

#include <fmt/format.h>

#include <optional>

#include "kroton/base/errors.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/elemwise.h"

namespace kroton::tensor {
namespace {
std::optional<std::int64_t> known_length(const Variable& x, int axis) {
  if (x.broadcastable()[static_cast<std::size_t>(axis)]) return 1;
  const auto constant = as<Constant>(x);
  if (!constant || !constant->data().is_array()) return std::nullopt;
  return constant->data().as<NDArray>().shape_data()[axis];
}

// "float64 (3, ?)"
std::string known_shape(const Variable& x) {
  std::string text = name(x.dtype()) + " (";
  for (std::size_t d = 0; d < x.ndim(); ++d) {
    const auto n = known_length(x, static_cast<int>(d));
    text += (d == 0 ? "" : ", ") + (n ? std::to_string(*n) : "?");
  }
  return text + (x.ndim() == 1 ? ",)" : ")");
}
}  // namespace

std::pair<Variable, Variable> promoted_pair(const Variable& x, const Variable& y) {
  const DType dtype = scalars::promote(x.dtype(), y.dtype());
  return {cast(x, dtype), cast(y, dtype)};
}

void check_known_lengths(std::string_view who, const Variable& x, int x_axis, const Variable& y,
                         int y_axis) {
  const auto n = known_length(x, x_axis), m = known_length(y, y_axis);
  if (!n || !m || *n == *m) return;
  throw TypeError(
      fmt::format("{}: x is {} and y is {}; x.shape[{}] ({}) must equal y.shape[{}] ({})", who,
                  known_shape(x), known_shape(y), x_axis, *n, y_axis, *m));
}

Variable conjugate(const Variable& x) {
  return is_complex(x.dtype()) ? elementwise(scalars::op::conj, {x}) : x;
}

Variables product_r_op(const Op& op, const Apply& node, const Variables& eval_points) {
  Variable change;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!eval_points[i]) continue;
    Variables inputs = node.inputs();
    inputs[i] = eval_points[i];
    const Variable part = op.make_node(inputs).outputs()[0];
    change = change ? change + part : part;
  }
  return {change};
}

kernel::ExprId sum_of_products(kernel::Builder& b, kernel::ExprId x, kernel::ExprId y) {
  const DType dtype = b.dtype(x);
  const bool logical = is_bool(dtype);
  const kernel::ExprId product =
      b.apply(logical ? kernel::builtin::logical_and : kernel::builtin::mul, {x, y});
  const int sum = logical ? kernel::any_accumulator(b) : kernel::sum_accumulator(b, dtype);
  b.accumulate(sum, {product});
  b.stage();
  return b.result(sum);
}
}  // namespace kroton::tensor
