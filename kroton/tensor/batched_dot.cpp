// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/batched_dot.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/matrix_product.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/product.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

Apply BatchedDot::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2);
  for (const Variable& x : inputs) {
    if (!x.type().is_array() || x.ndim() != 3) {
      throw TypeError(
          fmt::format("batched_dot: {} is {}; BatchedDot takes arrays of three axes, the function "
                      "batched_dot() others",
                      x.text(), x.type().text()));
    }
  }
  const auto [x, y] = promoted_pair(inputs[0], inputs[1]);
  check_known_lengths("batched_dot", x, 0, y, 0);
  check_known_lengths("batched_dot", x, 2, y, 1);
  const std::vector<bool> of_x = x.broadcastable(), of_y = y.broadcastable();
  return Apply(*this, {x, y},
               {Variable(*x.type().with(x.dtype(), {of_x[0] || of_y[0], of_x[1], of_y[2]}))});
}

Shapes BatchedDot::infer_shape(const Apply& node, Shapes in) const {
  if (!in[0] || !in[1]) return {std::nullopt};
  const bool counted_by_y = node.inputs()[1].broadcastable()[0];
  const ShapeExpr count = counted_by_y ? (*in[1])[0] : (*in[0])[0];
  return {{{count, (*in[0])[1], (*in[1])[2]}}};
}

Variables BatchedDot::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &g = gz[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x), zero_gradient(y)};
  const std::vector<int> turned{0, 2, 1};
  return {with_flags(batched_dot(g, shuffled(conjugate(y), turned)), x.broadcastable()),
          with_flags(batched_dot(shuffled(conjugate(x), turned), g), y.broadcastable())};
}

Variables BatchedDot::r_op(const Apply& node, Variables eval_points) const {
  return product_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> BatchedDot::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &z = node.outputs()[0];
  if (multiplies(x.dtype())) return std::nullopt;
  Builder b("batched_dot");
  const int left = add_input(b, "x", x), right = add_input(b, "y", y), to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(3);
  if (!z.broadcastable()[0]) sources[0] = {{left, 0}, {right, 0}, {to, 0}};
  if (!z.broadcastable()[1]) sources[1] = {{left, 1}, {to, 1}};
  if (!z.broadcastable()[2]) sources[2] = {{right, 2}, {to, 2}};
  const Domain domain = outer_domain(b, sources);
  b.stage();
  const Affine k = Affine::axis(b.reduce(Affine::extent(b.extent("k", {{left, 2}, {right, 1}}))));
  b.store(to, domain,
          sum_of_products(b, b.load(left, {domain[0], domain[1], k}),
                          b.load(right, {domain[0], k, domain[2]})));
  return b.finish();
}

void BatchedDot::perform(const Apply& node, std::span<const Value> inputs,
                         std::span<Value> output_storage) const {
  const NDArray &x = inputs[0].as<NDArray>(), &y = inputs[1].as<NDArray>();
  if (!multiplies(x.dtype())) not_defined("perform");
  check_equal(node, "batched_dot", inputs, {0, 0}, {1, 0});
  check_equal(node, "batched_dot", inputs, {0, 2}, {1, 1});
  const std::int64_t shape[] = {x.shape_data()[0], x.shape_data()[1], y.shape_data()[2]};
  batched_gemm(x, y, output_array(output_storage[0], 3, shape, x.dtype()));
}

Variable batched_dot(const Operand& first, const Operand& second) {
  const CreationLine line(first.line());
  Variable x = array_operand(first, "batched_dot"), y = array_operand(second, "batched_dot");
  for (const Variable& factor : {x, y}) {
    if (factor.ndim() == 0) {
      throw TypeError(fmt::format(
          "batched_dot: {} is {}; at least one axis is needed, which counts the products",
          factor.text(), factor.type().text()));
    }
  }
  const auto stretched = [](const Variable& one, std::size_t ndim) {
    std::vector<int> order{0};
    order.resize(ndim, DimShuffle::new_axis);
    return shuffled(one, order);
  };
  if (x.ndim() == 1) return stretched(x, std::max(x.ndim(), y.ndim())) * y;
  if (y.ndim() == 1) return x * stretched(y, x.ndim());
  if (x.ndim() > 3 || y.ndim() > 3) {
    return batched_tensordot(x, y, {static_cast<int>(x.ndim()) - 1},
                             {std::max(1, static_cast<int>(y.ndim()) - 2)});
  }
  const bool row = x.ndim() == 2, column = y.ndim() == 2;
  if (row) x = x.dimshuffle({0, "x", 1});
  if (column) y = y.dimshuffle({0, 1, "x"});
  const Variable z = BatchedDot().make_node({x, y}).outputs()[0];
  std::vector<int> kept{0};
  if (!row) kept.push_back(1);
  if (!column) kept.push_back(2);
  return shuffled(z, kept);
}
}  // namespace kroton::tensor
