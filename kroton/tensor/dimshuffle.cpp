// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/dimshuffle.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/operand.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

Apply DimShuffle::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  const Variable& x = inputs[0];
  const std::vector<bool>& flags = x.type().broadcastable();
  std::vector<bool> used(flags.size(), false), result;
  for (const int axis : order_) {
    if (axis == new_axis) {
      result.push_back(true);
      continue;
    }
    if (axis < 0 || axis >= static_cast<int>(flags.size())) {
      throw ValueError(fmt::format("dimshuffle: axis {} is out of range; {} is {}", axis, x.text(),
                                   x.type().text()));
    }
    const auto position = static_cast<std::size_t>(axis);
    if (used[position])
      throw ValueError(
          fmt::format("dimshuffle: axis {} is given twice; each axis may stand once", axis));
    used[position] = true;
    result.push_back(flags[position]);
  }
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (!used[i] && !flags[i]) {
      throw ValueError(fmt::format(
          "dimshuffle: axis {} of {}, which is {}, is left out; only broadcastable axes may be", i,
          x.text(), x.type().text()));
    }
  }
  return Apply(*this, {x}, {Variable(*x.type().with(x.dtype(), result))});
}

Shapes DimShuffle::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  std::vector<ShapeExpr> shape;
  for (const int axis : order_) {
    shape.push_back(axis == new_axis ? ShapeExpr(1) : (*in[0])[static_cast<std::size_t>(axis)]);
  }
  return {shape};
}

Variables DimShuffle::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x)};
  std::vector<int> back(x.ndim(), new_axis);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    if (order_[i] != new_axis) back[static_cast<std::size_t>(order_[i])] = static_cast<int>(i);
  }
  return {shuffled(with_flags(gz[0], node.outputs()[0].broadcastable()), back)};
}

Variables DimShuffle::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> DimShuffle::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Builder b("dimshuffle");
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(z.ndim());
  for (std::size_t d = 0; d < z.ndim(); ++d) {
    if (!z.type().broadcastable()[d]) sources[d] = {{from, order_[d]}, {to, static_cast<int>(d)}};
  }
  const Domain domain = outer_domain(b, sources);
  std::vector<Affine> read(x.ndim(), Affine(0));
  for (std::size_t d = 0; d < z.ndim(); ++d) {
    if (order_[d] != new_axis) read[static_cast<std::size_t>(order_[d])] = domain[d];
  }
  b.stage();
  b.store(to, domain, b.load(from, read));
  return b.finish();
}

void DimShuffle::perform(const Apply&, std::span<const Value> inputs,
                         std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  Shape shape, strides;
  for (const int axis : order_) {
    shape.push_back(axis == new_axis ? 1 : x.shape_data()[axis]);
    strides.push_back(axis == new_axis ? 0 : x.strides_data()[axis]);
  }
  output_storage[0] = x.view(shape.size(), shape.data(), strides.data());
}

std::string DimShuffle::text() const {
  std::vector<std::string> items;
  for (const int axis : order_) items.push_back(axis == new_axis ? "x" : std::to_string(axis));
  return "DimShuffle{order: " + tuple_text(items) + "}";
}

Variable shuffled(const Variable& x, std::vector<int> order) {
  bool same = order.size() == x.ndim();
  for (std::size_t i = 0; same && i < order.size(); ++i) same = order[i] == static_cast<int>(i);
  return same ? x : DimShuffle(std::move(order)).make_node({x}).outputs()[0];
}

Variable dimshuffle(const Variable& x, const std::vector<ShuffleAxis>& order) {
  std::vector<int> axes;
  for (const ShuffleAxis& item : order) {
    axes.push_back(item.axis ? normalized_axis(*item.axis, x.ndim(), "dimshuffle")
                             : DimShuffle::new_axis);
  }
  return shuffled(x, std::move(axes));
}

Variable transpose(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "transpose");
  std::vector<int> order;
  for (int axis = static_cast<int>(x.ndim()); axis-- > 0;) order.push_back(axis);
  return shuffled(x, std::move(order));
}

Variable pad_left(const Variable& x, std::size_t ndim) {
  if (x.ndim() >= ndim) return x;
  std::vector<int> order(ndim - x.ndim(), DimShuffle::new_axis);
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) order.push_back(axis);
  return shuffled(x, std::move(order));
}

Variable expand_axes(const Variable& x, const std::vector<int>& axes) {
  std::vector<int> order;
  int next = 0;
  for (std::size_t i = 0; i < x.ndim() + axes.size(); ++i) {
    const bool is_new = std::find(axes.begin(), axes.end(), static_cast<int>(i)) != axes.end();
    order.push_back(is_new ? DimShuffle::new_axis : next++);
  }
  return shuffled(x, std::move(order));
}
}  // namespace kroton::tensor
