// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/shape.h"

#include <algorithm>

#include "kroton/compile/view.h"
#include "kroton/gradient/stop.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/rewrites/patterns.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/shape_book.h"

namespace kroton::tensor {
namespace {
using patterns::is_used_once;

// The value that fills an array, when that is all X is, and the lengths that X has by it.
struct Filled {
  Variable value;
  std::vector<ShapeExpr> lengths;
};
std::optional<Filled> filled(ShapeBook& book, const Variable& x) {
  const Apply node = x.owner();
  if (!node) return std::nullopt;
  if (as<Alloc>(node)) return Filled{node.inputs()[0], book.lengths(x)};
  if (is(node, scalars::op::second)) return Filled{node.inputs()[1], book.lengths(x)};
  return std::nullopt;
}

// The inputs of an Elemwise node with filled arrays replaced by their values, where another input,
// which is kept, has the lengths; empty when there are none.
Variables without_fills(ShapeBook& book, const Apply& node) {
  Variables inputs = node.inputs();
  bool changed = false;
  for (Variable& input : inputs) {
    const auto fill = filled(book, input);
    if (!fill) continue;
    const bool covered = std::any_of(inputs.begin(), inputs.end(), [&](const Variable& other) {
      if (other == input || other.broadcastable() != input.broadcastable()) return false;
      const std::vector<ShapeExpr>& lengths = book.lengths(other);
      return std::equal(lengths.begin(), lengths.end(), fill->lengths.begin(),
                        [](const ShapeExpr& a, const ShapeExpr& b) { return a.same_as(b); });
    });
    if (!covered) continue;
    input = pad_left(fill->value, input.ndim());
    changed = true;
  }
  return changed ? inputs : Variables();
}

// What NODE is equal to without its assertion or its filling; an empty variable when it is needed.
Variable simpler(ShapeBook& book, const Apply& node) {
  if (as<Elemwise>(node)) {
    const auto* elemwise = as<Elemwise>(node);
    if (!elemwise->inplace().empty()) return {};
    const Variables inputs = without_fills(book, node);
    return inputs.empty() ? Variable() : elemwise->make_node(inputs).outputs()[0];
  }
  const bool asserts = as<Reshape>(node) || as<SpecifyShape>(node) || as<Alloc>(node);
  const Variable* x = asserts ? &node.inputs()[0] : nullptr;
  if (!x || !(x->type() == node.outputs()[0].type())) return {};
  return book.same_shape(*x, node.outputs()[0]) ? *x : Variable();
}
}  // namespace

void shape_graphs(FunctionGraph& fgraph, rewrite::Trace& trace) {
  ShapeBook book;
  for (const Apply& node : fgraph.toposort()) {
    const auto* axis = as<Shape_i>(node);
    if ((!axis && !as<ShapeOf>(node)) || !fgraph.contains(node) || !node.inputs()[0].owner())
      continue;
    const std::vector<ShapeExpr>& lengths = book.lengths(node.inputs()[0]);
    const CreationLine scope(node.line());
    Variable with;
    if (axis) {
      with = lengths[static_cast<std::size_t>(axis->axis())];
    } else {
      with = vector_of_lengths(Variables(lengths.begin(), lengths.end()));
    }
    // The query itself, when nothing is known.
    const Apply made = with.owner();
    if (made && made.op() == node.op() && made.inputs() == node.inputs()) continue;
    rewrite::replace_outputs(fgraph, node, {with}, "shape_graphs", trace);
  }
}

void useless_shapes(FunctionGraph& fgraph, rewrite::Trace& trace) {
  ShapeBook book;
  for (const Apply& node : fgraph.toposort()) {
    if (!fgraph.contains(node)) continue;
    const CreationLine scope(node.line());
    if (const Variable with = simpler(book, node)) {
      rewrite::replace_outputs(fgraph, node, {with}, "useless_shapes", trace);
    }
  }
}

// second(x, v): x is read for its shape alone.
std::optional<Variables> local_fill_to_alloc(const FunctionGraph&, const Apply& node) {
  if (!is(node, scalars::op::second) || !node.op().destroy_map().empty()) return std::nullopt;
  const Variable &x = node.inputs()[0], &value = node.inputs()[1], &z = node.outputs()[0];
  if (value.broadcastable() == z.broadcastable() &&
      value.broadcastable() == std::vector<bool>(z.ndim(), true)) {
    return Variables{value};
  }
  Variables inputs{value};
  for (std::size_t axis = 0; axis < z.ndim(); ++axis) {
    const Variable& from = x.broadcastable()[axis] ? value : x;
    inputs.push_back(length_of(from, static_cast<int>(axis)));
  }
  return Variables{Alloc().make_node(inputs).outputs()[0]};
}

// The shape that is lent is that of one element, as the value's.
std::optional<Variables> local_useless_fill(const FunctionGraph&, const Apply& node) {
  const bool fills = is(node, scalars::op::second) && node.op().destroy_map().empty() &&
                     node.outputs()[0].ndim() == 0;
  return fills ? std::optional(Variables{node.inputs()[1]}) : std::nullopt;
}

std::optional<Variables> local_useless_rebroadcast(const FunctionGraph&, const Apply& node) {
  if (!as<Rebroadcast>(node) || !(node.inputs()[0].type() == node.outputs()[0].type()))
    return std::nullopt;
  return Variables{node.inputs()[0]};
}

// A view between two elementwise nodes keeps them apart: it moves to where the first one reads.
std::optional<Variables> local_rebroadcast_lift(const FunctionGraph& fgraph, const Apply& node) {
  const auto* rebroadcast = as<Rebroadcast>(node);
  const Apply producer = rebroadcast ? node.inputs()[0].owner() : Apply();
  const auto* elemwise = as<Elemwise>(producer);
  if (!elemwise || !elemwise->inplace().empty() || !is_used_once(fgraph, node.inputs()[0]))
    return std::nullopt;
  const std::vector<bool> wanted = node.outputs()[0].broadcastable();
  Variables inputs = producer.inputs();
  for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
    if (wanted[axis] == producer.outputs()[0].broadcastable()[axis]) continue;
    for (Variable& input : inputs) {
      std::vector<bool> flags = input.broadcastable();
      if (flags[axis] == wanted[axis]) continue;
      flags[axis] = wanted[axis];
      input = with_flags(input, flags);
      if (!wanted[axis]) break;  // one input without the flag is enough
    }
  }
  return elemwise->make_node(inputs).outputs();
}

std::optional<Variables> local_reshape_chain(const FunctionGraph&, const Apply& node) {
  if (!as<Reshape>(node)) return std::nullopt;
  const Apply inner = node.inputs()[0].owner();
  if (!inner || !as<Reshape>(inner)) return std::nullopt;
  // One length of -1 is told by the others, so the intermediate shape does not matter.
  return node.op().make_node({inner.inputs()[0], node.inputs()[1]}).outputs();
}

// reshape(f(x)) -> f(reshape(x)) where all other inputs of f are single elements.
std::optional<Variables> local_reshape_lift(const FunctionGraph& fgraph, const Apply& node) {
  const auto* reshape = as<Reshape>(node);
  const Apply producer = reshape ? node.inputs()[0].owner() : Apply();
  const auto* elemwise = as<Elemwise>(producer);
  if (!elemwise || !elemwise->inplace().empty() || !is_used_once(fgraph, node.inputs()[0]))
    return std::nullopt;
  Variables inputs;
  int arrays = 0;
  for (const Variable& input : producer.inputs()) {
    const std::vector<bool> flags = input.broadcastable();
    if (std::all_of(flags.begin(), flags.end(), [](bool flag) { return flag; })) {
      inputs.push_back(pad_left(shuffled(input, {}), static_cast<std::size_t>(reshape->ndim())));
    } else if (input.broadcastable() == producer.outputs()[0].broadcastable()) {
      ++arrays;
      inputs.push_back(reshape->make_node({input, node.inputs()[1]}).outputs()[0]);
    } else {
      return std::nullopt;
    }
  }
  return arrays == 1 ? std::optional(elemwise->make_node(inputs).outputs()) : std::nullopt;
}

// What grad alone looks at, and views of a variable's own.
std::optional<Variables> local_view_op(const FunctionGraph&, const Apply& node) {
  if (!as<ViewOp>(node) && !as<GradientMarker>(node)) return std::nullopt;
  return Variables{node.inputs()[0]};
}

void install_shape(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags tags{"canonicalize", "specialize", "fast_run", "fast_compile"};
  db.add("shape_graphs", shape_graphs, 0.1, {"fast_run", "fast_compile", "shape"});
  db.add("local_view_op", local_view_op, {"useless", "canonicalize", "fast_run", "fast_compile"});
  db.add("local_useless_fill", local_useless_fill, tags, tracks<Elemwise>());
  db.add("local_useless_rebroadcast", local_useless_rebroadcast, tags, tracks<Rebroadcast>());
  db.add("local_rebroadcast_lift", local_rebroadcast_lift, {"canonicalize", "fast_run"},
         tracks<Rebroadcast>());
  db.add("local_reshape_chain", local_reshape_chain, {"canonicalize", "fast_run"},
         tracks<Reshape>());
  db.add("local_reshape_lift", local_reshape_lift, {"canonicalize", "fast_run"}, tracks<Reshape>());
  db.add("useless_shapes", useless_shapes, 1.52, {"fast_run", "useless"});
  db.add("local_fill_to_alloc", local_fill_to_alloc, {"specialize", "fast_run"},
         tracks<Elemwise>());
  db.add("shape_graphs_again", shape_graphs, 2.5, {"fast_run", "shape"});
}
}  // namespace kroton::tensor
