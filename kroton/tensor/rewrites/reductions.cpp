// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/reductions.h"

#include <algorithm>

#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/patterns.h"

namespace kroton::tensor {
namespace {
namespace op = scalars::op;

Variable reduced(const CAReduce& like, std::vector<int> axes, const Variable& x) {
  return CAReduce(like.fold(), std::move(axes), like.dtype(), like.acc_dtype())
      .make_node({x})
      .outputs()[0];
}
using patterns::in_dtype;

// X, broadcastable along AXES, without them.
Variable without_axes(const Variable& x, const std::vector<int>& axes) {
  std::vector<int> order;
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order.push_back(axis);
  }
  return shuffled(x, order);
}

bool is_constant_along(const Variable& x, const std::vector<int>& axes) {
  const std::vector<bool>& flags = x.type().broadcastable();
  return std::all_of(axes.begin(), axes.end(),
                     [&](int axis) { return flags[static_cast<std::size_t>(axis)]; });
}

// The elementwise node of one of ROWS that computes X for one reader in its dtype; empty if none.
Apply lone_producer(const FunctionGraph& fgraph, const Variable& x) {
  const Apply node = x.owner();
  const auto* elemwise = as<Elemwise>(node);
  return elemwise && elemwise->inplace().empty() && fgraph.clients(x).size() == 1 ? node : Apply();
}

// The number of elements of X along AXES, as an array of DTYPE.
Variable points_along(const Variable& x, const std::vector<int>& axes, DType dtype) {
  Variable count;
  for (int axis : axes) {
    const Variable length = length_of(x, axis);
    count = count ? elementwise(op::mul, {count, length}) : length;
  }
  return in_dtype(count, dtype);
}
}  // namespace

std::optional<Variables> local_useless_reduce(const FunctionGraph&, const Apply& node) {
  const auto* fold = as<CAReduce>(node);
  if (!fold || !fold->axes().empty()) return std::nullopt;
  return Variables{in_dtype(node.inputs()[0], fold->dtype())};
}

std::optional<Variables> local_reduce_broadcastable(const FunctionGraph&, const Apply& node) {
  const auto* fold = as<CAReduce>(node);
  if (!fold) return std::nullopt;
  const Variable& x = node.inputs()[0];
  std::vector<int> dropped, kept;
  int removed = 0;
  for (int axis : fold->axes()) {
    if (x.type().broadcastable()[static_cast<std::size_t>(axis)]) {
      dropped.push_back(axis);
      ++removed;
    } else {
      kept.push_back(axis - removed);
    }
  }
  if (dropped.empty()) return std::nullopt;
  const Variable narrow = without_axes(x, dropped);
  return Variables{kept.empty() ? in_dtype(narrow, fold->dtype()) : reduced(*fold, kept, narrow)};
}

std::optional<Variables> local_op_of_op(const FunctionGraph& fgraph, const Apply& node) {
  const auto* outer = as<CAReduce>(node);
  const Apply producer = outer ? node.inputs()[0].owner() : Apply();
  const auto* inner = as<CAReduce>(producer);
  if (!inner || inner->fold() != outer->fold() || inner->dtype() != outer->dtype() ||
      inner->acc_dtype() != outer->acc_dtype() || fgraph.clients(node.inputs()[0]).size() != 1) {
    return std::nullopt;
  }
  const Variable& x = producer.inputs()[0];
  std::vector<int> left;
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    if (std::find(inner->axes().begin(), inner->axes().end(), axis) == inner->axes().end())
      left.push_back(axis);
  }
  std::vector<int> axes = inner->axes();
  for (int axis : outer->axes()) axes.push_back(left[static_cast<std::size_t>(axis)]);
  std::sort(axes.begin(), axes.end());
  return Variables{reduced(*inner, axes, x)};
}

std::optional<Variables> local_sum_prod_mul_by_scalar(const FunctionGraph& fgraph,
                                                      const Apply& node) {
  const auto* fold = as<CAReduce>(node);
  if (!fold || fold->fold() != Fold::sum || fold->axes().empty()) return std::nullopt;
  const Variable& z = node.inputs()[0];
  const Apply producer = lone_producer(fgraph, z);
  if (!producer || z.dtype() != fold->dtype()) return std::nullopt;
  const scalars::Row* row = row_of(producer);
  const Variable& x = producer.inputs()[0];
  if (row == &op::neg) {
    return Variables{elementwise(op::neg, {reduced(*fold, fold->axes(), x)})};
  }
  if ((row != &op::mul && row != &op::true_div) || is_bool(z.dtype())) return std::nullopt;
  const Variable& y = producer.inputs()[1];
  const bool x_varies = !is_constant_along(x, fold->axes());
  const bool y_varies = !is_constant_along(y, fold->axes());
  if (x_varies == y_varies || (row == &op::true_div && y_varies)) return std::nullopt;
  const Variable &inside = x_varies ? x : y, &outside = x_varies ? y : x;
  // What is summed has every axis that it is summed along, and is summed as the product was.
  for (int axis : fold->axes()) {
    if (inside.type().broadcastable()[static_cast<std::size_t>(axis)]) return std::nullopt;
  }
  const Variable total = reduced(*fold, fold->axes(), in_dtype(inside, z.dtype()));
  const Variable factor = in_dtype(without_axes(outside, fold->axes()), z.dtype());
  const Variable with = elementwise(*row, {total, factor});
  return with.type() == node.outputs()[0].type() ? std::optional(Variables{with}) : std::nullopt;
}

std::optional<Variables> local_opt_alloc(const FunctionGraph&, const Apply& node) {
  const auto* fold = as<CAReduce>(node);
  if (!fold || fold->axes().empty() || (fold->fold() != Fold::sum && fold->fold() != Fold::prod))
    return std::nullopt;
  const Variable& z = node.inputs()[0];
  const Apply producer = z.owner();
  if (!as<Alloc>(producer)) return std::nullopt;
  const Variable value = pad_left(producer.inputs()[0], z.ndim());
  if (!is_constant_along(value, fold->axes()) || is_bool(fold->dtype())) return std::nullopt;
  const DType dtype = fold->dtype();
  const Variable count = points_along(z, fold->axes(), dtype);
  const Variable one = in_dtype(without_axes(value, fold->axes()), dtype);
  const Variable all = elementwise(fold->fold() == Fold::sum ? op::mul : op::pow, {one, count});
  Variables inputs{all};
  for (int axis = 0; axis < static_cast<int>(z.ndim()); ++axis) {
    const auto& axes = fold->axes();
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      inputs.push_back(producer.inputs()[static_cast<std::size_t>(axis) + 1]);
  }
  if (inputs.size() == 1) return Variables{all};
  return Alloc().make_node(inputs).outputs();
}

std::optional<Variables> local_max_to_min(const FunctionGraph& fgraph, const Apply& node) {
  if (!is(node, op::neg) || !node.op().destroy_map().empty()) return std::nullopt;
  const Apply folded = node.inputs()[0].owner();
  const auto* fold = as<CAReduce>(folded);
  const bool is_max = fold && fold->fold() == Fold::max;
  if (!fold || !(is_max || fold->fold() == Fold::min)) return std::nullopt;
  const Apply inner = folded.inputs()[0].owner();
  // The smallest integer is its own negative.
  if (!is(inner, op::neg) || !is_floating(fold->dtype())) return std::nullopt;
  if (fgraph.clients(node.inputs()[0]).size() != 1) return std::nullopt;
  const CAReduce other(is_max ? Fold::min : Fold::max, fold->axes(), fold->dtype(),
                       fold->acc_dtype());
  return other.make_node({inner.inputs()[0]}).outputs();
}

void install_reductions(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags useless{"canonicalize", "specialize", "fast_run", "fast_compile"};
  const rewrite::Database::Tags tags{"canonicalize", "specialize", "fast_run"};
  db.add("local_useless_reduce", local_useless_reduce, useless, tracks<CAReduce>(),
         "A reduction over no axes is its input.");
  db.add("local_reduce_broadcastable", local_reduce_broadcastable, useless, tracks<CAReduce>(),
         "Axes of length 1 are dropped instead of reduced.");
  db.add("local_op_of_op", local_op_of_op, tags, tracks<CAReduce>(),
         "A sum of a sum, a maximum of a maximum and so on is one over all axes.");
  db.add("local_sum_prod_mul_by_scalar", local_sum_prod_mul_by_scalar, tags, tracks<CAReduce>(),
         "Signs, and factors and divisors that do not vary along a sum, are applied behind it.");
  db.add("local_opt_alloc", local_opt_alloc, tags, tracks<CAReduce>(),
         "The sum of a filled array is the value times its length, the product a power of it.");
  db.add("local_max_to_min", local_max_to_min, {"uncanonicalize", "specialize", "fast_run"},
         tracks_rows({&op::neg}), "-max(-x) is min(x), -min(-x) is max(x).");
}
}  // namespace kroton::tensor
