// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/recurrences.h"

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/graph/needs.h"
#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"
#include "kroton/rewrite/rewriter.h"
#include "kroton/tensor/detail/steps.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
// What lies before the first and behind the last step is part of the kernel while it is little.
constexpr std::size_t most_outside_steps = 2000, few_outside_steps = 24;
constexpr std::size_t most_arrays = 32;

// What the kernel computes: the nodes behind the sinks' parts, down to what all steps read, to
// elements of arrays, and to nodes that are no part of any kernel.
class Inside {
 public:
  Inside(Steps& found, KernelBook& book) : found_(found), book_(book) {}

  bool run() {
    for (const Role& role : found_.roles) {
      if (role.kind != Role::Kind::computed) continue;
      const Variables& inputs = found_.typical(role).owner().inputs();
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (role.inputs[i].role < 0) fixed_.insert(inputs[i].key());
      }
    }
    if (!collect()) return false;
    if (leave_out_) return true;
    std::size_t apart = 0;
    for (const Apply& node : nodes_) apart += !of_role(node) && !depends(node);
    leave_out_ = apart > few_outside_steps;
    return !leave_out_ || collect();
  }
  std::vector<Apply> nodes() && { return std::move(nodes_); }

 private:
  bool collect() {
    nodes_.clear();
    found_.inside.clear();
    std::vector<Variable> open;
    std::size_t outside_steps = 0;
    for (const Sink& sink : found_.sinks)
      open.insert(open.end(), sink.parts.begin(), sink.parts.end());
    while (!open.empty()) {
      const Variable x = open.back();
      open.pop_back();
      const Apply node = x.owner();
      if (!node || fixed_.contains(x.key()) || found_.is_inside(node)) continue;
      const bool is_read = is_element_read(node);
      const KernelFacts* facts = is_read ? nullptr : book_.facts(node);
      if (!is_read && (!facts || !facts->pointwise)) continue;
      if (!is_read && !of_role(node)) {
        if (leave_out_ && !depends_.contains(node.key())) continue;
        if (++outside_steps > most_outside_steps) return false;
      }
      found_.inside.insert(node.key());
      nodes_.push_back(node);
      if (!is_read) open.insert(open.end(), node.inputs().begin(), node.inputs().end());
    }
    for (const Sink& sink : found_.sinks) {
      for (const Apply& node : sink.nodes) {
        if (found_.inside.insert(node.key()).second) nodes_.push_back(node);
      }
    }
    return true;
  }
  bool of_role(const Apply& node) const {
    return std::any_of(node.outputs().begin(), node.outputs().end(), [&](const Variable& x) {
      const auto known = found_.place.find(x);
      if (known == found_.place.end()) return false;
      const Role& role = at(found_.roles, known->second.first);
      return known->second.second >= role.low && known->second.second < role.high;
    });
  }
  // Whether the node, which is no role's, reads what stages compute.
  bool depends(const Apply& node) {
    if (is_element_read(node)) return true;  // next to nothing, and checked by the kernel
    const bool found =
        std::any_of(node.outputs().begin(), node.outputs().end(),
                    [&](const Variable& x) { return available_after(found_, x) > 0; });
    if (found) depends_.insert(node.key());
    return found;
  }

  Steps& found_;
  KernelBook& book_;
  std::unordered_set<const void*> fixed_, depends_;
  std::vector<Apply> nodes_;
  bool leave_out_ = false;
};

class Roller {
 public:
  Roller(FunctionGraph& fgraph, rewrite::Trace& trace) : fgraph_(fgraph), trace_(trace) {}

  void run() {
    std::unordered_set<const void*> tried;
    // What was rolled up is another graph: sinks are looked for anew.
    for (bool rolled = true; rolled;) {
      rolled = false;
      const std::vector<Apply> order = fgraph_.toposort();
      const std::vector<Sink> sinks = find_sinks(fgraph_, order);
      if (sinks.empty()) return;
      needs_ = needs(fgraph_.outputs(), order);
      position_.clear();
      acts_ = false;
      for (const Apply& node : order) {
        position_.emplace(node.key(), position_.size());
        acts_ |= node.op().effect() == Effect::acts;
      }
      for (std::size_t s = 0; s < sinks.size() && !rolled; ++s) {
        if (!tried.insert(sinks[s].z.key()).second) continue;
        auto found = find_steps(sinks[s], book_);
        if (!found) continue;
        for (std::size_t other = s + 1; other < sinks.size(); ++other)
          add_sink(*found, sinks[other], book_);
        rolled = roll(*found);
      }
    }
  }

 private:
  // A variable that is read outside, and the array and number that hold its value.
  struct Seen {
    Variable x;
    const Sink* sink;
    int role, step;
  };

  bool roll(Steps& found) {
    if (!plan_stages(found)) return false;
    Inside inside(found, book_);
    std::vector<Seen> seen;
    if (!inside.run()) return false;
    std::vector<Apply> nodes = std::move(inside).nodes();
    if (!find_seen(found, nodes, seen) || !may_run_together(found, seen) || !plan_memory(found))
      return false;
    std::sort(nodes.begin(), nodes.end(), [&](const Apply& a, const Apply& b) {
      return position_.at(a.key()) < position_.at(b.key());
    });
    Variables outputs;
    for (const Sink& sink : found.sinks) outputs.push_back(sink.z);
    const std::vector<int> stored = add_arrays(found, nodes, outputs);
    std::vector<GroupNode> group;
    for (const Apply& node : nodes) {
      const KernelFacts* facts = book_.facts(node);
      if (!facts) return false;
      group.push_back({node, &facts->kernel});
    }
    auto kernel = rolled_kernel(found, group, outputs, stored);
    if (!kernel || kernel->kernel.params.size() > most_arrays ||
        comes_back(found, seen, kernel->inputs))
      return false;
    const Apply fused = fused_node(std::move(*kernel), nodes, outputs);
    std::vector<std::pair<Variable, Variable>> pairs;
    for (std::size_t s = 0; s < found.sinks.size(); ++s)
      pairs.emplace_back(found.sinks[s].z, fused.outputs()[s]);
    for (const Seen& one : seen) {
      const Variable element = element_of(found, one, fused, stored);
      if (!(element.type() == one.x.type())) return false;
      pairs.emplace_back(one.x, element);
    }
    return rewrite::replace_variables(fgraph_, pairs, "fusion_recurrences", trace_);
  }

  // What others read of the steps. False when no array holds it.
  bool find_seen(Steps& found, const std::vector<Apply>& nodes, std::vector<Seen>& seen) const {
    for (const Apply& node : nodes) {
      for (const Variable& x : node.outputs()) {
        const auto& clients = fgraph_.clients(x);
        const bool is_sink = std::any_of(found.sinks.begin(), found.sinks.end(),
                                         [&](const Sink& sink) { return sink.z == x; });
        if (is_sink || std::all_of(clients.begin(), clients.end(), [&](const Client& client) {
              return client.node && found.is_inside(client.node);
            }))
          continue;
        if (available_after(found, x) == 0) continue;  // computed there, too
        if (!find_place(found, x, seen)) return false;
      }
    }
    return true;
  }
  // Not what some runs skip with what they need, nor what a message waits for with what it does
  // not.
  bool may_run_together(const Steps& found, const std::vector<Seen>& seen) const {
    const auto need = [&](const Variable& x) { return needs_[position_.at(x.owner().key())]; };
    const int first = need(found.sinks[0].z);
    return (!acts_ || (seen.empty() && found.sinks.size() == 1)) &&
           std::all_of(found.sinks.begin(), found.sinks.end(),
                       [&](const Sink& sink) { return need(sink.z) == first; }) &&
           std::all_of(seen.begin(), seen.end(),
                       [&](const Seen& one) { return need(one.x) == first; });
  }

  static bool find_place(Steps& found, const Variable& x, std::vector<Seen>& seen) {
    for (const Sink& sink : found.sinks) {
      const auto part = std::find(sink.parts.begin(), sink.parts.end(), x);
      if (part == sink.parts.end()) continue;
      if (!sink.lacks_axis[static_cast<std::size_t>(part - sink.parts.begin())]) return false;
      seen.push_back({x, &sink, -1, sink.offset + static_cast<int>(part - sink.parts.begin())});
      return true;
    }
    const auto known = found.place.find(x);
    if (known == found.place.end()) return false;
    const auto [r, step] = known->second;
    if (!at(found.roles, r).recurrent) return false;
    at(found.roles, r).needed.insert(step);
    at(found.roles, r).seen = true;
    seen.push_back({x, nullptr, r, step});
    return true;
  }
  static Variable element_of(const Steps& found, const Seen& one, const Apply& fused,
                             const std::vector<int>& stored) {
    const Sink* sink = one.sink;
    for (const Sink& other : found.sinks) {
      if (!sink && other.role == one.role) sink = &other;
    }
    IndexItem item;
    item.is_slice = false;
    item.start.kind = IndexBound::Kind::number;
    if (sink) {
      item.start.number = sink->start + one.step - sink->offset;
      IndexItems items(at(sink->axis));
      items.push_back(item);
      return subtensor(fused.outputs()[static_cast<std::size_t>(sink - found.sinks.data())], items,
                       {});
    }
    item.start.number = one.step - first_stored(found, at(found.roles, one.role));
    const auto number = std::find(stored.begin(), stored.end(), one.role) - stored.begin();
    return subtensor(fused.outputs()[found.sinks.size() + static_cast<std::size_t>(number)], {item},
                     {});
  }

  // An array for each role that goes through memory and has no sink: further outputs.
  static std::vector<int> add_arrays(const Steps& found, std::vector<Apply>& nodes,
                                     Variables& outputs) {
    std::vector<int> stored;
    for (int r = 0; r < static_cast<int>(found.roles.size()); ++r) {
      const Role& role = at(found.roles, r);
      const bool has_sink = std::any_of(found.sinks.begin(), found.sinks.end(),
                                        [&](const Sink& sink) { return sink.role == r; });
      if (role.needed.empty() || has_sink || role.host >= 0) continue;
      const int first = first_stored(found, role);
      const int last = std::max(*role.needed.rbegin(), at(found.stages, role.stage).high - 1);
      const Variables values(role.at.begin() + first, role.at.begin() + last + 1);
      const Variable array = stack(values, 0, found.sinks[0].z.owner().line());
      const std::vector<Apply> made = toposort_between(values, {array});
      nodes.insert(nodes.begin(), made.begin(), made.end());
      stored.push_back(r);
      outputs.push_back(array);
    }
    return stored;
  }

  // Whether what the kernel reads is computed from what it makes.
  bool comes_back(const Steps& found, const std::vector<Seen>& seen,
                  const Variables& inputs) const {
    std::unordered_set<const void*> made, known;
    std::size_t first = position_.size();
    const auto add = [&](const Variable& x) {
      made.insert(x.key());
      first = std::min(first, position_.at(x.owner().key()));
    };
    for (const Sink& sink : found.sinks) add(sink.z);
    for (const Seen& one : seen) add(one.x);
    std::vector<Variable> open(inputs.begin(), inputs.end());
    while (!open.empty()) {
      const Variable x = open.back();
      open.pop_back();
      if (made.contains(x.key())) return true;
      const Apply node = x.owner();
      if (!node || !known.insert(node.key()).second) continue;
      const auto place = position_.find(node.key());
      // What an earlier recurrence became stands anywhere.
      if (place != position_.end() && place->second < first) continue;
      open.insert(open.end(), node.inputs().begin(), node.inputs().end());
    }
    return false;
  }

  FunctionGraph& fgraph_;
  rewrite::Trace& trace_;
  KernelBook book_;
  std::unordered_map<const void*, std::size_t> position_;
  std::vector<int> needs_;  // by position
  bool acts_ = false;       // messages are among the nodes
};
}  // namespace

void fuse_recurrences(FunctionGraph& fgraph, rewrite::Trace& trace) { Roller(fgraph, trace).run(); }
}  // namespace kroton::tensor
