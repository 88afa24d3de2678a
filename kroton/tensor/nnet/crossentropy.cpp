// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/crossentropy.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/kernel/builtin.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/argmax.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/float_operand.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor::nnet {
using kernel::Affine;
using kernel::Builder;
using kernel::ExprId;

namespace {
// X and its labels, as inputs of OP; the output has the dtype of x and the axes of both.
Apply picking_node(const Op& op, Inputs inputs, const char* who) {
  KROTON_CHECK(inputs.size() == 2);
  const Variable &x = inputs[0], &labels = inputs[1];
  if (!is_integer(labels.dtype()) || labels.ndim() + 1 != x.ndim()) {
    throw TypeError(fmt::format(
        "{}: x is {} and labels are {}; labels must be integers with one axis less than x", who,
        x.type().text(), labels.type().text()));
  }
  std::vector<bool> flags;
  for (std::size_t d = 0; d < labels.ndim(); ++d)
    flags.push_back(x.broadcastable()[d] && labels.broadcastable()[d]);
  return Apply(op, inputs, {Variable(*x.type().with(x.dtype(), flags))});
}
Shapes picked_shape(const Apply& node, const Shapes& in) {
  std::vector<ShapeExpr> shape;
  for (std::size_t d = 0; d < node.outputs()[0].ndim(); ++d) {
    const std::size_t from = node.inputs()[1].broadcastable()[d] ? 0 : 1;
    if (!in[from]) return {std::nullopt};
    shape.push_back((*in[from])[d]);
  }
  return {shape};
}
// VALUE of the picked element is stored.
template <class Value>
kernel::Kernel picking_kernel(const char* name, const Apply& node, const Value& value) {
  const Variable &x = node.inputs()[0], &labels = node.inputs()[1], &z = node.outputs()[0];
  Builder b(name);
  const int from = add_input(b, "x", x), at = add_input(b, "labels", labels);
  const int to = add_output(b, "z", z), last = static_cast<int>(z.ndim());
  std::vector<std::vector<kernel::Dimension>> sources;
  for (int d = 0; d < last; ++d) {
    const auto axis = static_cast<std::size_t>(d);
    sources.emplace_back();
    if (z.broadcastable()[axis]) continue;
    if (!x.broadcastable()[axis]) sources.back().push_back({from, d});
    if (!labels.broadcastable()[axis]) sources.back().push_back({at, d});
    sources.back().push_back({to, d});
  }
  const Domain domain = outer_domain(b, sources);
  b.extent("m", {{from, last}});
  std::vector<Affine> x_index = domain, label_index = domain;
  for (std::size_t d = 0; d < domain.size(); ++d) {
    if (x.broadcastable()[d]) x_index[d] = Affine(0);
    if (labels.broadcastable()[d]) label_index[d] = Affine(0);
  }
  b.stage();
  const ExprId label = b.cast(int64, b.load(at, label_index));
  x_index.push_back(Affine::value(label));
  b.store(to, domain, value(b, b.load(kernel::Access{from, x_index, {}, true})));
  return b.finish();
}
// A floating X for labels; both are arrays.
struct Labelled {
  Variable x, labels;
};
Labelled labelled(const Operand& x, const Operand& labels, const char* who) {
  return {float_operand(x, who), array_operand(labels, who)};
}
}  // namespace

Apply Pick::make_node(Inputs inputs) const { return picking_node(*this, on_host(inputs), "pick"); }
Shapes Pick::infer_shape(const Apply& node, Shapes in) const { return picked_shape(node, in); }
Connections Pick::connection_pattern(const Apply& node) const { return first_connected(node, 1); }
Variables Pick::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &labels = node.inputs()[1];
  const Variable n = length_of(x, static_cast<int>(labels.ndim()));
  return {sum_to(spread(gz[0], labels, n), x), disconnected()};
}
Variables Pick::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
std::optional<kernel::Kernel> Pick::kernel(const Apply& node) const {
  return picking_kernel("pick", node, [](Builder&, ExprId picked) { return picked; });
}

Apply Spread::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 3);
  const Variable &g = inputs[0], &labels = inputs[1];
  if (!is_integer(labels.dtype()) || labels.ndim() != g.ndim()) {
    throw TypeError(
        fmt::format("spread: g is {} and labels are {}; labels must be integers with the axes of g",
                    g.type().text(), labels.type().text()));
  }
  std::vector<bool> flags;
  for (std::size_t d = 0; d < g.ndim(); ++d)
    flags.push_back(g.broadcastable()[d] && labels.broadcastable()[d]);
  flags.push_back(false);
  return Apply(*this, inputs, {Variable(*g.type().with(g.dtype(), flags))});
}
Shapes Spread::infer_shape(const Apply& node, Shapes in) const {
  std::vector<ShapeExpr> shape;
  for (std::size_t d = 0; d < node.inputs()[0].ndim(); ++d) {
    const std::size_t from = node.inputs()[0].broadcastable()[d] ? 1 : 0;
    if (!in[from]) return {std::nullopt};
    shape.push_back((*in[from])[d]);
  }
  shape.push_back(as_length(node.inputs()[2]));
  return {shape};
}
Connections Spread::connection_pattern(const Apply& node) const { return first_connected(node, 1); }
Variables Spread::grad(const Apply& node, Variables gz) const {
  const Variable &g = node.inputs()[0], &labels = node.inputs()[1];
  return {sum_to(Pick().make_node({gz[0], labels}).outputs()[0], g), disconnected(),
          disconnected()};
}
Variables Spread::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
std::optional<kernel::Kernel> Spread::kernel(const Apply& node) const {
  const Variable &g = node.inputs()[0], &labels = node.inputs()[1], &z = node.outputs()[0];
  Builder b("spread");
  const int value = add_input(b, "g", g), at = add_input(b, "labels", labels);
  add_input(b, "n", node.inputs()[2]);
  const int to = add_output(b, "z", z), last = static_cast<int>(g.ndim());
  std::vector<std::vector<kernel::Dimension>> sources;
  for (int d = 0; d < last; ++d) {
    sources.emplace_back();
    if (!g.broadcastable()[static_cast<std::size_t>(d)]) sources.back().push_back({value, d});
    if (!labels.broadcastable()[static_cast<std::size_t>(d)]) sources.back().push_back({at, d});
    if (!sources.back().empty()) sources.back().push_back({to, d});
  }
  sources.push_back({{to, last}});
  const Domain domain = outer_domain(b, sources);
  std::vector<Affine> g_index, label_index;
  for (std::size_t d = 0; d < g.ndim(); ++d) {
    g_index.push_back(g.broadcastable()[d] ? Affine(0) : domain[d]);
    label_index.push_back(labels.broadcastable()[d] ? Affine(0) : domain[d]);
  }
  b.stage();
  const ExprId label = b.cast(int64, b.load(at, label_index)), given = b.load(value, g_index);
  const ExprId here = b.apply(kernel::builtin::eq, {b.index(domain.back()), label});
  b.store(to, domain, b.select(here, given, b.constant(b.dtype(given), 0.0)));
  return b.finish();
}

Apply CrossentropyCategorical1Hot::make_node(Inputs inputs) const {
  return picking_node(*this, on_host(inputs), "categorical_crossentropy");
}
Shapes CrossentropyCategorical1Hot::infer_shape(const Apply& node, Shapes in) const {
  return picked_shape(node, in);
}
Connections CrossentropyCategorical1Hot::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}
Variables CrossentropyCategorical1Hot::grad(const Apply& node, Variables gz) const {
  const Variable &p = node.inputs()[0], &labels = node.inputs()[1];
  const Variable n = length_of(p, static_cast<int>(labels.ndim()));
  return {sum_to(spread(-gz[0], labels, n) / p, p), disconnected()};
}
Variables CrossentropyCategorical1Hot::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  const Variable &p = node.inputs()[0], &labels = node.inputs()[1];
  return {-(pick(eval_points[0], labels) / pick(p, labels))};
}
std::optional<kernel::Kernel> CrossentropyCategorical1Hot::kernel(const Apply& node) const {
  return picking_kernel("crossentropy", node, [](Builder& b, ExprId picked) {
    const auto call = [&](const scalars::Row& row, ExprId x) {
      return b.apply(scalars::ref(row), {x});
    };
    return call(scalars::op::neg, call(scalars::op::log, picked));
  });
}

Variable pick(const Operand& x, const Operand& labels) {
  const CreationLine line(x.line());
  return Pick().make_node({array_operand(x, "pick"), array_operand(labels, "pick")}).outputs()[0];
}
Variable spread(const Operand& g, const Operand& labels, const Operand& n) {
  const CreationLine line(g.line());
  const Variable values = array_operand(g, "spread"), at = array_operand(labels, "spread");
  return Spread().make_node({values, at, lengths_of_operands({n}, "spread")[0]}).outputs()[0];
}
Variable spread_graph(const Variable& g, const Variable& labels, const Variable& n) {
  const std::vector<int> last{static_cast<int>(labels.ndim())};
  const Variable here = eq(arange(n), expand_axes(labels, last));
  return where(here, expand_axes(g, last), constant(0, g.dtype()));
}

Variable categorical_crossentropy(const Operand& coding, const Operand& truth) {
  const CreationLine line(coding.line());
  const auto [p, labels] = labelled(coding, truth, "categorical_crossentropy");
  if (labels.ndim() == p.ndim() && p.ndim() > 0) return -sum(labels * log(p), -1);
  if (labels.ndim() + 1 != p.ndim() || !is_integer(labels.dtype())) {
    throw TypeError(fmt::format(
        "categorical_crossentropy: coding is {} and truth is {}; truth must have as many axes, or "
        "be integers with one axis less",
        p.type().text(), labels.type().text()));
  }
  return CrossentropyCategorical1Hot().make_node({p, labels}).outputs()[0];
}
Variable binary_crossentropy(const Operand& output, const Operand& target) {
  const CreationLine line(output.line());
  const auto [p, t] = labelled(output, target, "binary_crossentropy");
  const Variable one = constant(1, p.dtype());
  return -(t * log(p) + (one - t) * log1p(-p));
}
Variable sigmoid_binary_crossentropy(const Operand& operand, const Operand& target) {
  const CreationLine line(operand.line());
  const auto [x, t] = labelled(operand, target, "sigmoid_binary_crossentropy");
  // 1 where x is positive, 0 where it is negative: the difference to the target has no rounding
  // error, and is the gradient but for one small term.
  const Variable half = constant(0.5, x.dtype()), step = half + half * sgn(x);
  return x * (step - t) + softplus(-abs(x));
}

SoftmaxCrossentropy crossentropy_softmax_argmax_1hot(const Operand& operand, const Operand& truth) {
  const CreationLine line(operand.line());
  const auto [x, labels] = labelled(operand, truth, "crossentropy_softmax_argmax_1hot");
  return {-pick(logsoftmax(x), labels), softmax(x), tensor::argmax(x, -1)};
}
SoftmaxCrossentropy crossentropy_softmax_argmax_1hot_with_bias(const Operand& operand,
                                                               const Operand& bias,
                                                               const Operand& labels) {
  const CreationLine line(operand.line());
  return crossentropy_softmax_argmax_1hot(add(operand, bias), labels);
}
}  // namespace kroton::tensor::nnet
