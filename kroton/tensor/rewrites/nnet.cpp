// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/nnet.h"

#include <algorithm>
#include <functional>

#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/nnet/crossentropy.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
namespace op = scalars::op;
using nnet::CrossentropyCategorical1Hot, nnet::LogSoftmax, nnet::LogSumExp, nnet::Pick,
    nnet::Softmax, nnet::SoftmaxGrad, nnet::Spread;

Apply maker(const Variable& x, const scalars::Row& row) {
  const Apply node = x.owner();
  return node && is(node, row) ? node : Apply();
}

// A sum of exponentials: of which x, along which axes, and whether the axes stay with length 1.
struct ExponentialSum {
  Variable x;
  std::vector<int> axes;
  bool keeps_axes;
};
std::optional<ExponentialSum> exponential_sum(const Variable& total) {
  Apply node = total.owner();
  const auto* shuffle = node ? as<DimShuffle>(node) : nullptr;
  if (shuffle) node = node.inputs()[0].owner();
  const auto* reduce = node ? as<CAReduce>(node) : nullptr;
  if (!reduce || reduce->fold() != Fold::sum || reduce->axes().empty()) return std::nullopt;
  const Apply exponential = maker(node.inputs()[0], op::exp);
  if (!exponential || is_complex(exponential.outputs()[0].dtype()) ||
      reduce->dtype() != exponential.outputs()[0].dtype()) {
    return std::nullopt;
  }
  if (shuffle && expand_axes(node.outputs()[0], reduce->axes()).owner().op() != *shuffle)
    return std::nullopt;
  const Variable& x = exponential.inputs()[0];
  if (x.dtype() != exponential.outputs()[0].dtype()) return std::nullopt;
  return ExponentialSum{x, reduce->axes(), shuffle != nullptr};
}

// Whether a maximum was subtracted from X already: y - max(y), however the maximum is treated.
bool is_shifted(const Variable& x) {
  const Apply node = x.owner();
  if (!node || !is(node, op::sub)) return false;
  Variables pending{node.inputs()[1]};
  for (int steps = 0; !pending.empty() && steps < 10; ++steps) {
    const Apply at = pending.back().owner();
    pending.pop_back();
    const auto* fold = at ? as<CAReduce>(at) : nullptr;
    if (fold && fold->fold() == Fold::max) return true;
    if (at && (as<DimShuffle>(at) || as<Elemwise>(at)))
      pending.insert(pending.end(), at.inputs().begin(), at.inputs().end());
  }
  return false;
}

void collect_factors(const Variable& x, Variables& factors) {
  if (const Apply product = maker(x, op::mul)) {
    for (const Variable& factor : product.inputs()) collect_factors(factor, factors);
  } else {
    factors.push_back(x);
  }
}
// The factors with one exp(x) replaced by softmax(x), or nothing.
std::optional<Variable> with_softmax(Variables factors, const ExponentialSum& total) {
  for (Variable& factor : factors) {
    const Apply exponential = maker(factor, op::exp);
    if (!exponential || exponential.inputs()[0] != total.x) continue;
    factor = Softmax(total.axes).make_node({total.x}).outputs()[0];
    Variable product = factors[0];
    for (std::size_t i = 1; i < factors.size(); ++i) product = product * factors[i];
    return product;
  }
  return std::nullopt;
}

bool is_zero(const Variable& x) {
  const auto value = constant_value(x);
  return value && !is_complex(value->dtype()) && value->astype(float64).item<double>() == 0;
}

bool is_filled_with_zeros(const Variable& x) {
  const Apply node = x.owner();
  if (!node) return is_zero(x);
  if (is(node, op::second)) return is_zero(node.inputs()[1]);
  return as<Alloc>(node) ? is_zero(node.inputs()[0]) : is_zero(x);
}

// A variable that divisions by go away, and how to tell it: what was picked from it may stand in
// the graph in several copies.
struct Divisor {
  Variable p;
  std::function<bool(const Variable&)> is_it;
};
Divisor divisor(const Variable& p) {
  return {p, [p](const Variable& x) { return x == p; }};
}
// OP of P and further INPUTS.
Divisor divisor(const Op& op, const Variables& inputs) {
  return {op.make_node(inputs).outputs()[0], [&op, inputs](const Variable& x) {
            const Apply node = x.owner();
            return node && node.op() == op && node.inputs() == inputs;
          }};
}

constexpr int depth_limit = 12;
std::optional<Variable> cancelled(const Variable& g, const Divisor& p, int depth = 0);

// Elements that are set among zeros, divided by those of p at the same places.
std::optional<Variable> cancelled_in_places(const Apply& node, const Divisor& p, int depth) {
  const Variables& in = node.inputs();
  if (as<Spread>(node)) {
    const Pick pick;
    const auto values = cancelled(in[0], divisor(pick, {p.p, in[1]}), depth);
    if (!values) return std::nullopt;
    return Spread().make_node({*values, in[1], in[2]}).outputs()[0];
  }
  const auto* inc = as<AdvancedIncSubtensor>(node);
  if (!inc || inc->set() || inc->inplace() || !is_filled_with_zeros(in[0])) return std::nullopt;
  Variables taken{p.p};
  taken.insert(taken.end(), in.begin() + 2, in.end());
  const AdvancedSubtensor part(inc->axes(), inc->place(), inc->origin());
  const auto values = cancelled(in[1], divisor(part, taken), depth);
  if (!values) return std::nullopt;
  Variables inputs = in;
  inputs[1] = *values;
  return inc->make_node(inputs).outputs()[0];
}

// G times P where a division by P in G goes away, or nothing. P may be 0, where g is infinite and
// the product has a limit.
std::optional<Variable> cancelled(const Variable& g, const Divisor& p, int depth) {
  const Apply node = g.owner();
  if (!node || depth > depth_limit) return std::nullopt;
  const auto next = [&](const Variable& x) { return cancelled(x, p, depth + 1); };
  const auto* row = row_of(node);
  if (!row) return cancelled_in_places(node, p, depth + 1);
  const Variables& in = node.inputs();
  if (row == &op::true_div) {
    if (p.is_it(in[1])) return in[0];
    const auto above = next(in[0]);
    return above ? std::optional(*above / in[1]) : std::nullopt;
  }
  if (row == &op::inv && p.is_it(in[0])) return constant(1, p.p.dtype());
  if (row == &op::neg) {
    const auto inner = next(in[0]);
    return inner ? std::optional(-*inner) : std::nullopt;
  }
  if (row == &op::mul) {
    if (const auto first = next(in[0])) return *first * in[1];
    const auto second = next(in[1]);
    return second ? std::optional(in[0] * *second) : std::nullopt;
  }
  if (row == &op::add || row == &op::sub) {
    const auto first = next(in[0]), second = next(in[1]);
    if (!first && !second) return std::nullopt;
    const Variable x = first ? *first : in[0] * p.p, y = second ? *second : in[1] * p.p;
    return row == &op::add ? x + y : x - y;
  }
  if (row == &op::switch_ && (is_zero(in[1]) || is_zero(in[2]))) {
    const auto taken = next(is_zero(in[1]) ? in[2] : in[1]);
    if (!taken) return std::nullopt;
    return is_zero(in[1]) ? where(in[0], in[1], *taken) : where(in[0], *taken, in[2]);
  }
  return std::nullopt;
}

std::optional<Variables> typed_like(const Apply& node, const Variable& value) {
  return Variables{cast(value, node.outputs()[0].dtype())};
}
bool is_last_axis(const std::vector<int>& axes, const Variable& x) {
  return axes.size() == 1 && axes[0] + 1 == static_cast<int>(x.ndim());
}
}  // namespace

std::optional<Variables> local_softmax_quotient(const FunctionGraph&, const Apply& node) {
  const auto* row = row_of(node);
  if (row != &op::true_div && row != &op::mul) return std::nullopt;
  Variables factors;
  if (row == &op::true_div) {
    const auto total = exponential_sum(node.inputs()[1]);
    if (!total || !total->keeps_axes) return std::nullopt;
    collect_factors(node.inputs()[0], factors);
    const auto product = with_softmax(factors, *total);
    return product ? typed_like(node, *product) : std::nullopt;
  }
  // exp(x) * g / sum(exp(x)), the quotient being taken before it is stretched.
  collect_factors(node.outputs()[0], factors);
  for (Variable& factor : factors) {
    // Stretched to the shape that exp(x) has anyway.
    const Apply filled = maker(factor, op::second);
    const Variable bare = filled ? filled.inputs()[1] : factor;
    const Apply shuffle = bare.owner();
    const bool stretched = shuffle && as<DimShuffle>(shuffle);
    const Apply quotient = maker(stretched ? shuffle.inputs()[0] : bare, op::true_div);
    const auto total = quotient ? exponential_sum(quotient.inputs()[1]) : std::nullopt;
    if (!total || total->keeps_axes == stretched) continue;
    if (stretched &&
        !(expand_axes(quotient.outputs()[0], total->axes).owner().op() == shuffle.op())) {
      continue;
    }
    const Variable above = quotient.inputs()[0];
    factor = stretched ? expand_axes(above, total->axes) : above;
    const auto product = with_softmax(factors, *total);
    if (!product || product->broadcastable() != node.outputs()[0].broadcastable())
      return std::nullopt;
    return typed_like(node, *product);
  }
  return std::nullopt;
}

std::optional<Variables> local_softmax_shift(const FunctionGraph&, const Apply& node) {
  const auto* softmax = as<Softmax>(node);
  const Apply difference = softmax ? maker(node.inputs()[0], op::sub) : Apply();
  if (!difference) return std::nullopt;
  const Variable &x = difference.inputs()[0], &shift = difference.inputs()[1];
  const auto constant_along = [&](int axis) {
    const auto d = static_cast<std::size_t>(axis);
    return static_cast<bool>(shift.broadcastable()[d]);
  };
  if (x.type() != node.inputs()[0].type() ||
      !std::all_of(softmax->axes().begin(), softmax->axes().end(), constant_along)) {
    return std::nullopt;
  }
  return Softmax(softmax->axes()).make_node({x}).outputs();
}

std::optional<Variables> local_log_sum_exp(const FunctionGraph&, const Apply& node) {
  if (!is(node, op::log)) return std::nullopt;
  const auto total = exponential_sum(node.inputs()[0]);
  if (!total || is_shifted(total->x)) return std::nullopt;
  const Variable z = LogSumExp(total->axes).make_node({total->x}).outputs()[0];
  return typed_like(node, total->keeps_axes ? expand_axes(z, total->axes) : z);
}

std::optional<Variables> local_log_softmax(const FunctionGraph&, const Apply& node) {
  Apply producer = is(node, op::log) ? node.inputs()[0].owner() : Apply();
  // The logarithm of a part is the part of the logarithms.
  const bool is_part = producer && (as<Pick>(producer) || as<AdvancedSubtensor>(producer) ||
                                    as<Subtensor>(producer));
  const Apply part = is_part ? producer : Apply();
  if (part) producer = part.inputs()[0].owner();
  const auto* softmax = producer ? as<Softmax>(producer) : nullptr;
  if (!softmax) return std::nullopt;
  const Variable logs = LogSoftmax(softmax->axes()).make_node(producer.inputs()).outputs()[0];
  if (!part) return Variables{logs};
  Variables inputs = part.inputs();
  inputs[0] = logs;
  return part.op().make_node(inputs).outputs();
}

std::optional<Variables> local_logsoftmax_difference(const FunctionGraph&, const Apply& node) {
  const Apply shuffle = is(node, op::sub) ? node.inputs()[1].owner() : Apply();
  const Apply total = shuffle && as<DimShuffle>(shuffle) ? shuffle.inputs()[0].owner() : Apply();
  const auto* whole = total ? as<LogSumExp>(total) : nullptr;
  if (!whole || total.inputs()[0] != node.inputs()[0] ||
      !(expand_axes(total.outputs()[0], whole->axes()).owner().op() == shuffle.op())) {
    return std::nullopt;
  }
  return LogSoftmax(whole->axes()).make_node(total.inputs()).outputs();
}

std::optional<Variables> local_crossentropy_of_softmax(const FunctionGraph&, const Apply& node) {
  const Apply producer = as<CrossentropyCategorical1Hot>(node) ? node.inputs()[0].owner() : Apply();
  const auto* softmax = producer ? as<Softmax>(producer) : nullptr;
  if (!softmax || !is_last_axis(softmax->axes(), producer.inputs()[0])) return std::nullopt;
  const Variable logs = LogSoftmax(softmax->axes()).make_node(producer.inputs()).outputs()[0];
  return Variables{-Pick().make_node({logs, node.inputs()[1]}).outputs()[0]};
}

std::optional<Variables> local_softmax_grad_quotient(const FunctionGraph&, const Apply& node) {
  const auto* gradient = as<SoftmaxGrad>(node);
  if (!gradient) return std::nullopt;
  const Variable &g = node.inputs()[0], &z = node.inputs()[1];
  const auto product = cancelled(g, divisor(z));
  if (!product) return std::nullopt;
  const Variable total =
      sum(*product, Axes(gradient->axes()), {.keepdims = true, .dtype = z.dtype()});
  return typed_like(node, *product - z * total);
}

std::optional<Variables> local_sum_of_spread(const FunctionGraph&, const Apply& node) {
  const auto* reduce = as<CAReduce>(node);
  const Apply spread = reduce && reduce->fold() == Fold::sum ? node.inputs()[0].owner() : Apply();
  if (!spread || !as<Spread>(spread) || reduce->axes().empty() ||
      reduce->axes().back() + 1 != static_cast<int>(node.inputs()[0].ndim()) ||
      spread.inputs()[0].broadcastable() != spread.inputs()[1].broadcastable()) {
    return std::nullopt;
  }
  const Variable& g = spread.inputs()[0];
  const std::vector<int> others(reduce->axes().begin(), reduce->axes().end() - 1);
  if (others.empty()) return typed_like(node, g);
  return CAReduce(Fold::sum, others, reduce->dtype(), reduce->acc_dtype()).make_node({g}).outputs();
}

std::optional<Variables> local_nnet_graph(const FunctionGraph&, const Apply& node) {
  const Variables& in = node.inputs();
  if (const auto* softmax = as<Softmax>(node)) {
    return Variables{nnet::softmax_graph(in[0], softmax->axes())};
  }
  if (const auto* logs = as<LogSoftmax>(node))
    return Variables{nnet::logsoftmax_graph(in[0], logs->axes())};
  if (const auto* total = as<LogSumExp>(node))
    return Variables{nnet::logsumexp_graph(in[0], total->axes())};
  if (const auto* gradient = as<SoftmaxGrad>(node))
    return Variables{nnet::softmax_grad_graph(in[0], in[1], gradient->axes())};
  if (as<Spread>(node)) return Variables{nnet::spread_graph(in[0], in[1], in[2])};
  const Apply logs = as<Pick>(node) ? in[0].owner() : Apply();
  const auto* softmax = logs ? as<LogSoftmax>(logs) : nullptr;
  if (!softmax || !is_last_axis(softmax->axes(), in[0])) return std::nullopt;
  return Variables{nnet::picked_logsoftmax_graph(logs.inputs()[0], in[1])};
}

void install_nnet(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags stable{"stabilize", "fast_run", "fast_compile"};
  db.add("local_softmax_quotient", local_softmax_quotient, stable, tracks<Elemwise>(),
         "exp(x) / sum(exp(x)) is softmax(x), also with further factors: the gradient of "
         "log(sum(exp(x))).");
  db.add("local_softmax_shift", local_softmax_shift, stable, tracks<Softmax>(),
         "softmax(x - c) is softmax(x) where c is constant along its axes.");
  db.add(
      "local_log_sum_exp", local_log_sum_exp, stable, tracks<Elemwise>(),
      "log(sum(exp(x), axes)) is logsumexp(x), which subtracts the largest x first; rows of -inf "
      "stay -inf.");
  db.add("local_log_softmax", local_log_softmax, stable, tracks<Elemwise>(),
         "log(softmax(x)), or of a part of it, is logsoftmax(x), which does not round to log(0).");
  db.add("local_logsoftmax_difference", local_logsoftmax_difference, stable, tracks<Elemwise>(),
         "x - logsumexp(x) is logsoftmax(x), which does not cancel.");
  db.add("local_crossentropy_of_softmax", local_crossentropy_of_softmax, stable,
         tracks<CrossentropyCategorical1Hot>(),
         "The cross-entropy of a softmax and labels is picked from logsoftmax(x).");
  db.add("local_softmax_grad_quotient", local_softmax_grad_quotient, stable, tracks<SoftmaxGrad>(),
         "A gradient that comes back to a softmax divided by it is not multiplied by it again: "
         "softmax(x) - one_hot(labels).");
  db.add("local_sum_of_spread", local_sum_of_spread, {"stabilize", "specialize", "fast_run"},
         tracks<CAReduce>(), "The sum of rows in which one element was set is that element.");
  // Outputs first: a Pick still sees the LogSoftmax that it reads.
  db.add(rewrite::make_walk("nnet_graphs", {{"local_nnet_graph", local_nnet_graph, {}}},
                            rewrite::Direction::out_to_in),
         48.5, {"fast_run", "fusion"});
}
}  // namespace kroton::tensor
