// SPDX-License-Identifier: BSD-3-Clause
// Where steps along an axis are put together: joins of parts of length 1, and chains of
// set_subtensor.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "kroton/base/at.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/detail/steps.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/join.h"

namespace kroton::tensor {
namespace {
bool is_read_once(const FunctionGraph& fgraph, const Variable& x) {
  return fgraph.clients(x).size() == 1 && fgraph.clients(x)[0].node;
}

// The part without the axis that was inserted into it, or nothing.
Variable without_axis(const Variable& part, int axis) {
  const Apply node = part.owner();
  const auto* shuffle = as<DimShuffle>(node);
  if (!shuffle) return {};
  std::vector<int> order;
  for (int d = 0; d < static_cast<int>(part.ndim()); ++d)
    order.push_back(d < axis ? d : d == axis ? DimShuffle::new_axis : d - 1);
  return shuffle->order() == order ? node.inputs()[0] : Variable();
}

// Parts of joins in joins along one axis: many parts are joined in groups.
bool collect_parts(const FunctionGraph& fgraph, const Apply& node, Sink& sink) {
  for (const Variable& x : node.inputs()) {
    const Apply owner = x.owner();
    const auto* inner = as<Join>(owner);
    if (inner && inner->axis() == sink.axis && is_read_once(fgraph, x)) {
      if (!collect_parts(fgraph, owner, sink)) return false;
      continue;
    }
    if (!x.type().broadcastable()[at(sink.axis)] || x.dtype() != sink.z.dtype()) return false;
    const Variable part = without_axis(x, sink.axis);
    sink.parts.push_back(part ? part : x);
    sink.lacks_axis.push_back(bool(part));
    if (part) sink.nodes.push_back(x.owner());
  }
  sink.nodes.push_back(node);
  return true;
}

std::optional<Sink> joined_sink(const FunctionGraph& fgraph, const Apply& node) {
  const auto* join = as<Join>(node);
  if (!join) return std::nullopt;
  const Variable& z = node.outputs()[0];
  if (is_read_once(fgraph, z)) {
    const Apply reader = fgraph.clients(z)[0].node;
    const auto* outer = as<Join>(reader);
    if (outer && outer->axis() == join->axis()) return std::nullopt;
  }
  Sink sink{.z = z, .base = {}, .axis = join->axis(), .parts = {}, .lacks_axis = {}, .nodes = {}};
  if (!collect_parts(fgraph, node, sink)) return std::nullopt;
  return sink;
}

// The axis and number where a node sets x[.., number, ..] and nothing else is cut.
std::optional<std::pair<int, std::int64_t>> written_element(const Apply& node) {
  const auto* inc = as<IncSubtensor>(node);
  if (!inc || !inc->set() || inc->inplace() || node.inputs().size() != 2) return std::nullopt;
  std::optional<std::pair<int, std::int64_t>> found;
  for (std::size_t d = 0; d < inc->items().size(); ++d) {
    const IndexItem& item = inc->items()[d];
    if (item.is_full()) continue;
    if (item.is_slice || found || !item.start.is_number()) return std::nullopt;
    found = {static_cast<int>(d), item.start.number};
  }
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &z = node.outputs()[0];
  if (!found || !(x.type() == z.type()) || y.dtype() != z.dtype()) return std::nullopt;
  return y.type().broadcastable() == indexed_flags(x.type().broadcastable(), inc->items())
             ? found
             : std::nullopt;
}

// NODE is the last of a chain of them.
std::optional<Sink> written_sink(const FunctionGraph& fgraph, const Apply& node) {
  const auto last = written_element(node);
  if (!last) return std::nullopt;
  const Variable& z = node.outputs()[0];
  const auto goes_on = [&](const Variable& x) {
    if (!x.owner() || !is_read_once(fgraph, x)) return false;
    const auto element = written_element(x.owner());
    return element && element->first == last->first && (element->second < 0) == (last->second < 0);
  };
  if (is_read_once(fgraph, z) && fgraph.clients(z)[0].index == 0) {
    const auto next = written_element(fgraph.clients(z)[0].node);
    if (next && next->first == last->first && (next->second < 0) == (last->second < 0))
      return std::nullopt;
  }
  std::map<std::int64_t, Variable> parts;
  Sink sink{.z = z, .base = {}, .axis = last->first, .parts = {}, .lacks_axis = {}, .nodes = {}};
  for (Apply write = node;; write = sink.base.owner()) {
    // Of two writes to one place the later one counts.
    parts.emplace(written_element(write)->second, write.inputs()[1]);
    sink.nodes.push_back(write);
    sink.base = write.inputs()[0];
    if (!goes_on(sink.base)) break;
  }
  std::reverse(sink.nodes.begin(), sink.nodes.end());
  sink.start = parts.begin()->first;
  for (const auto& [number, part] : parts) {
    if (number != sink.start + static_cast<std::int64_t>(sink.parts.size())) return std::nullopt;
    sink.parts.push_back(part);
    sink.lacks_axis.push_back(true);
  }
  return sink;
}
}  // namespace

std::vector<Sink> find_sinks(const FunctionGraph& fgraph, const std::vector<Apply>& order) {
  std::vector<Sink> sinks;
  for (const Apply& node : order) {
    auto sink = joined_sink(fgraph, node);
    if (!sink) sink = written_sink(fgraph, node);
    if (sink && sink->parts.size() >= least_steps) sinks.push_back(std::move(*sink));
  }
  return sinks;
}
}  // namespace kroton::tensor
