// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/lift.h"

#include <algorithm>

#include "kroton/tensor/constant.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/ifelse.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
// The Elemwise that computes X for one reader alone, or nothing.
Apply lone_elemwise(const FunctionGraph& fgraph, const Variable& x) {
  const Apply producer = x.owner();
  const auto* elemwise = producer ? as<Elemwise>(producer) : nullptr;
  return elemwise && elemwise->inplace().empty() && fgraph.clients(x).size() == 1 ? producer
                                                                                  : Apply();
}

// Whether every value of FROM is one of TO, so that a cast there and on is a cast on.
bool holds_all(DType from, DType to) { return scalars::promote(from, to) == to; }

// ITEMS for an input of an Elemwise over the same axes: where only the input stretches, its single
// element is taken whatever the slice. False for an axis that cannot be treated so.
struct InputIndex {
  IndexItems items;
  Variables bounds;
};
InputIndex index_of_input(const Variable& input, const Variable& output, const IndexItems& items,
                          const Variables& bounds) {
  InputIndex made;
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < items.size(); ++axis) {
    IndexItem item = items[axis];
    const bool stretches = input.broadcastable()[axis] && !output.broadcastable()[axis];
    Variables own;
    for (const IndexBound* bound : {&item.start, &item.stop, &item.step}) {
      if (bound->is_input()) own.push_back(bounds[next++]);
    }
    if (stretches) {
      const bool is_slice = item.is_slice;
      item = IndexItem();
      item.is_slice = is_slice;
      if (!is_slice) item.start = {IndexBound::Kind::number, 0};
    } else {
      made.bounds.insert(made.bounds.end(), own.begin(), own.end());
    }
    made.items.push_back(item);
  }
  return made;
}
}  // namespace

std::optional<Variables> local_useless_dimshuffle(const FunctionGraph&, const Apply& node) {
  const auto* shuffle = as<DimShuffle>(node);
  if (!shuffle) return std::nullopt;
  const Variable same = shuffled(node.inputs()[0], shuffle->order());
  return same == node.inputs()[0] ? std::optional(Variables{same}) : std::nullopt;
}

std::optional<Variables> local_dimshuffle_merge(const FunctionGraph&, const Apply& node) {
  const auto* outer = as<DimShuffle>(node);
  const Apply producer = outer ? node.inputs()[0].owner() : Apply();
  const auto* inner = producer ? as<DimShuffle>(producer) : nullptr;
  if (!inner) return std::nullopt;
  std::vector<int> order;
  for (int axis : outer->order()) {
    order.push_back(axis == DimShuffle::new_axis ? axis
                                                 : inner->order()[static_cast<std::size_t>(axis)]);
  }
  return Variables{shuffled(producer.inputs()[0], order)};
}

std::optional<Variables> local_dimshuffle_lift(const FunctionGraph& fgraph, const Apply& node) {
  const auto* shuffle = as<DimShuffle>(node);
  const Apply producer = shuffle ? lone_elemwise(fgraph, node.inputs()[0]) : Apply();
  if (!producer) return std::nullopt;
  Variables inputs;
  for (const Variable& input : producer.inputs())
    inputs.push_back(shuffled(input, shuffle->order()));
  return producer.op().make_node(inputs).outputs();
}

std::optional<Variables> local_useless_subtensor(const FunctionGraph&, const Apply& node) {
  const auto* index = as<Subtensor>(node);
  if (!index) return std::nullopt;
  const bool whole =
      std::all_of(index->items().begin(), index->items().end(), [](const IndexItem& item) {
        const bool from_start =
            item.start.is_absent() || (item.start.is_number() && item.start.number == 0);
        const bool by_one =
            item.step.is_absent() || (item.step.is_number() && item.step.number == 1);
        return item.is_slice && from_start && item.stop.is_absent() && by_one;
      });
  return whole ? std::optional(Variables{node.inputs()[0]}) : std::nullopt;
}

std::optional<Variables> local_subtensor_lift(const FunctionGraph& fgraph, const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply producer = index ? lone_elemwise(fgraph, node.inputs()[0]) : Apply();
  if (!producer) return std::nullopt;
  const Variables bounds(node.inputs().begin() + 1, node.inputs().end());
  Variables inputs;
  for (const Variable& input : producer.inputs()) {
    const InputIndex own = index_of_input(input, producer.outputs()[0], index->items(), bounds);
    Variables given{input};
    given.insert(given.end(), own.bounds.begin(), own.bounds.end());
    inputs.push_back(Subtensor(own.items).make_node(given).outputs()[0]);
  }
  const Apply lifted = producer.op().make_node(inputs);
  if (!(lifted.outputs()[0].type() == node.outputs()[0].type())) return std::nullopt;
  return lifted.outputs();
}

// What is computed of a join that nothing else reads is computed of its parts: then they are
// written to their places by one nest. The other operands must stretch along the axis.
std::optional<Variables> local_elemwise_of_join(const FunctionGraph& fgraph, const Apply& node) {
  constexpr std::size_t most_parts = 8;
  const auto* elemwise = as<Elemwise>(node);
  if (!elemwise || !elemwise->inplace().empty() || node.outputs().size() != 1) return std::nullopt;
  const auto found = std::find_if(node.inputs().begin(), node.inputs().end(),
                                  [](const Variable& x) { return as<Join>(x.owner()); });
  if (found == node.inputs().end()) return std::nullopt;
  const Variable whole = *found;
  const Apply join = whole.owner();
  const auto axis = static_cast<std::size_t>(as<Join>(join)->axis());
  const auto& clients = fgraph.clients(whole);
  const bool is_lone = std::all_of(clients.begin(), clients.end(),
                                   [&](const Client& client) { return client.node == node; });
  const bool others_stretch =
      std::all_of(node.inputs().begin(), node.inputs().end(),
                  [&](const Variable& x) { return x == whole || x.broadcastable()[axis]; });
  const bool alike =
      std::all_of(join.inputs().begin(), join.inputs().end(), [&](const Variable& part) {
        std::vector<bool> flags = part.broadcastable();
        flags[axis] = whole.broadcastable()[axis];
        return flags == whole.broadcastable();
      });
  if (!is_lone || !others_stretch || !alike || join.inputs().size() > most_parts)
    return std::nullopt;
  Variables parts;
  for (const Variable& part : join.inputs()) {
    Variables inputs = node.inputs();
    std::replace(inputs.begin(), inputs.end(), whole, part);
    parts.push_back(elemwise->make_node(inputs).outputs()[0]);
  }
  const Apply joined = join.op().make_node(parts);
  if (!(joined.outputs()[0].type() == node.outputs()[0].type())) return std::nullopt;
  return joined.outputs();
}

// The index goes below the shuffle when that brings it next to an Elemwise that only the shuffle
// reads.
std::optional<Variables> local_subtensor_of_dimshuffle(const FunctionGraph& fgraph,
                                                       const Apply& node) {
  const auto* index = as<Subtensor>(node);
  const Apply producer = index ? node.inputs()[0].owner() : Apply();
  const auto* shuffle = producer ? as<DimShuffle>(producer) : nullptr;
  if (!shuffle || node.inputs().size() != 1 || fgraph.clients(node.inputs()[0]).size() != 1)
    return std::nullopt;
  const Variable& x = producer.inputs()[0];
  if (!lone_elemwise(fgraph, x)) return std::nullopt;
  IndexItems items(x.ndim());
  std::vector<bool> kept(x.ndim(), true);
  for (std::size_t axis = 0; axis < index->items().size(); ++axis) {
    const int from = shuffle->order()[axis];
    const IndexItem& item = index->items()[axis];
    if (from == DimShuffle::new_axis) {
      if (!item.is_full()) return std::nullopt;
      continue;
    }
    items[static_cast<std::size_t>(from)] = item;
    kept[static_cast<std::size_t>(from)] = item.is_slice;
  }
  std::vector<int> place(x.ndim(), -1), order;
  int next = 0;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    if (kept[axis]) place[axis] = next++;
  }
  for (std::size_t axis = 0; axis < shuffle->order().size(); ++axis) {
    const int from = shuffle->order()[axis];
    if (from == DimShuffle::new_axis) {
      order.push_back(from);
    } else if (kept[static_cast<std::size_t>(from)]) {
      order.push_back(place[static_cast<std::size_t>(from)]);
    }
  }
  return Variables{shuffled(subtensor(x, items, {}), order)};
}

std::optional<Variables> local_cast_cast(const FunctionGraph&, const Apply& node) {
  const auto* row = row_of(node);
  const Apply producer = row && row->target ? node.inputs()[0].owner() : Apply();
  const auto* inner = producer ? row_of(producer) : nullptr;
  if (!inner || !inner->target || !producer.op().destroy_map().empty() ||
      !node.op().destroy_map().empty()) {
    return std::nullopt;
  }
  const Variable& x = producer.inputs()[0];
  if (!holds_all(x.dtype(), *inner->target)) return std::nullopt;
  if (x.dtype() == *row->target) return Variables{x};
  return Variables{elementwise(scalars::op::cast(*row->target), {x})};
}

std::optional<Variables> local_useless_cast(const FunctionGraph&, const Apply& node) {
  const auto* row = row_of(node);
  if (!row || !row->target || node.inputs()[0].dtype() != *row->target ||
      !node.op().destroy_map().empty()) {
    return std::nullopt;
  }
  return Variables{node.inputs()[0]};
}

std::optional<Variables> local_useless_ifelse(const FunctionGraph&, const Apply& node) {
  if (!as<IfElse>(node)) return std::nullopt;
  const Variables& in = node.inputs();
  const std::size_t n = node.outputs().size();
  const auto values = [&](std::size_t first) {
    const auto begin = in.begin() + static_cast<std::ptrdiff_t>(first);
    return Variables(begin, begin + static_cast<std::ptrdiff_t>(n));
  };
  if (const auto condition = constant_value(in[0]))
    return values(condition->astype(bool_).item<bool>() ? 1 : 1 + n);
  if (values(1) == values(1 + n)) return values(1);
  return std::nullopt;
}

void install_lift(rewrite::Database& db) {
  using rewrite::tracks;
  const rewrite::Database::Tags useless{"canonicalize", "specialize", "fast_run", "fast_compile"};
  const rewrite::Database::Tags lifts{"canonicalize", "fast_run"};
  db.add("local_useless_dimshuffle", local_useless_dimshuffle, useless, tracks<DimShuffle>());
  db.add("local_dimshuffle_merge", local_dimshuffle_merge, useless, tracks<DimShuffle>());
  db.add("local_dimshuffle_lift", local_dimshuffle_lift, lifts, tracks<DimShuffle>());
  db.add("local_useless_subtensor", local_useless_subtensor, useless, tracks<Subtensor>());
  db.add("local_subtensor_lift", local_subtensor_lift, lifts, tracks<Subtensor>());
  db.add("local_subtensor_of_dimshuffle", local_subtensor_of_dimshuffle, lifts,
         tracks<Subtensor>());
  db.add("local_elemwise_of_join", local_elemwise_of_join, lifts, tracks<Elemwise>());
  db.add("local_useless_ifelse", local_useless_ifelse, useless, tracks<IfElse>());
  db.add("local_useless_cast", local_useless_cast, useless, tracks<Elemwise>());
  db.add("local_cast_cast", local_cast_cast, useless, tracks<Elemwise>());
}
}  // namespace kroton::tensor
