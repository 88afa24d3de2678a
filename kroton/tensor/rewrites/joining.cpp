// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/joining.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "kroton/compile/shared.h"
#include "kroton/graph/needs.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/overlay.h"
#include "kroton/rewrite/rewriter.h"
#include "kroton/tensor/detail/fused_kernel.h"
#include "kroton/tensor/detail/kernel_facts.h"
#include "kroton/tensor/detail/lengths.h"

namespace kroton::tensor {
namespace {
// Arrays and operations of one kernel: about what the registers of a vector unit and its
// prefetchers can follow.
constexpr std::size_t max_joined_arrays = 32;
constexpr std::size_t max_exprs = 600;
// How many kernels that wait over one domain are looked at for each that is built.
constexpr std::size_t window = 64;

// Kernels are built one by one in an order in which they could run: a node joins the open one when
// all that it reads is computed by then, so that no cycle can come up.
class Joiner {
 public:
  explicit Joiner(FunctionGraph& fgraph) : fgraph_(fgraph) {
    const std::vector<Apply> nodes = fgraph.toposort();
    const std::vector<int> needed = needs(fgraph.outputs(), nodes);
    for (const Apply& node : nodes) {
      const int need = needed[units_.size()];
      position_.emplace(node.key(), units_.size());
      units_.push_back({.node = node, .facts = kernel_facts(node), .need = need});
    }
    find_domains();
    find_order();
    mark_ancestors_of_actions();
    number_what_is_behind_actions();
    run();
  }
  const std::vector<std::vector<std::size_t>>& kernels() const { return kernels_; }
  GroupNode group_node(std::size_t u) const { return {units_[u].node, &units_[u].facts->kernel}; }

  // The outputs that something outside the kernel reads.
  Variables visible_outputs(const std::vector<std::size_t>& kernel) const {
    const std::set<std::size_t> inside(kernel.begin(), kernel.end());
    Variables visible;
    for (std::size_t u : kernel) {
      for (const Variable& output : units_[u].node.outputs()) {
        const auto& clients = fgraph_.clients(output);
        if (std::any_of(clients.begin(), clients.end(), [&](const Client& client) {
              const auto reader = client.node ? position_.find(client.node.key()) : position_.end();
              return reader == position_.end() || !inside.contains(reader->second);
            })) {
          visible.push_back(output);
        }
      }
    }
    return visible;
  }

  // The nodes that are JOINED into a kernel of these OUTPUTS, without those that could have changed
  // a box of an array where it lies and that cannot any more, since others read it in this kernel:
  // that is worth as much as loads that are shared.
  std::vector<std::size_t> without_displaced(const std::vector<std::size_t>& units,
                                             const Apply& joined, const Variables& outputs) const {
    if (std::none_of(units.begin(), units.end(),
                     [&](std::size_t u) { return units_[u].facts->box.has_value(); }))
      return units;
    // Nothing in the kernel reads what a box belongs to, so that any of them can be left out.
    const auto kernel = joined.op().kernel(joined);
    std::vector<std::size_t> kept;
    for (const std::size_t u : units) {
      if (!is_displaced(units_[u], *kernel, joined.inputs(), outputs)) kept.push_back(u);
    }
    return kept;
  }

 private:
  struct Unit {
    Apply node;
    std::optional<KernelFacts> facts = {};
    std::optional<std::vector<int>> domain = {};  // of nodes that may join: the lengths of its axes
    std::vector<std::size_t> followers = {};
    std::size_t waiting = 0;
    bool before_action = false;
    int need = 0;             // what some runs skip must not run with what they need
    int behind = 0;           // the set of actions that it waits for, by number
    bool reads_rows = false;  // what is reduced along rows: it may become a stage behind that
  };
  // What is given by the user, or to the user, is never overwritten.
  bool may_be_overwritten(const Variable& x) const {
    if (!x.owner()) return SharedVariable::recover(x).has_value();
    const auto& clients = fgraph_.clients(x);
    return std::all_of(clients.begin(), clients.end(),
                       [](const Client& client) { return static_cast<bool>(client.node); });
  }
  bool is_displaced(const Unit& unit, const kernel::Kernel& kernel, const Variables& inputs,
                    const Variables& outputs) const {
    if (!unit.facts->box) return false;
    const auto place = [](const Variables& all, const Variable& x) {
      return static_cast<int>(std::find(all.begin(), all.end(), x) - all.begin());
    };
    const int output = place(outputs, unit.node.outputs()[0]);
    const int own = static_cast<int>(unit.node.inputs().size());
    for (int i = 0; i < own; ++i) {
      const Variable& x = unit.node.inputs()[static_cast<std::size_t>(i)];
      if (!may_be_overwritten(x)) continue;
      const int input = place(inputs, x);
      if (input < static_cast<int>(inputs.size()) &&
          kernel::may_overlay(unit.facts->kernel, i, own) &&
          !kernel::may_overlay(kernel, input, static_cast<int>(inputs.size()) + output))
        return true;
    }
    return false;
  }

  using Domain = std::tuple<bool, int, int, std::vector<int>>;
  Domain domain_of(std::size_t u) const {
    const Unit& unit = units_[u];
    return {unit.before_action, unit.need, unit.behind, *unit.domain};
  }

  void find_domains() {
    std::vector<GroupNode> all;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (units_[u].facts) all.push_back(group_node(u));
    }
    Lengths lengths(all);
    for (std::size_t u = 0; u < units_.size(); ++u) {
      Unit& unit = units_[u];
      if (!unit.facts || unit.facts->is_view || !(unit.facts->pointwise || unit.facts->box))
        continue;
      std::vector<int> domain;
      const std::vector<int>& axes = point_axes(*unit.facts);
      for (int axis : axes) {
        const auto length = lengths.class_of_axis(group_node(u), axis);
        if (!length) break;
        domain.push_back(*length);
      }
      if (!domain.empty() && domain.size() == axes.size()) unit.domain = std::move(domain);
    }
  }
  void find_order() {
    const auto edge = [&](const Apply& first, std::size_t then) {
      const auto found = position_.find(first.key());
      if (found == position_.end()) return;
      units_[found->second].followers.push_back(then);
      ++units_[then].waiting;
    };
    for (std::size_t u = 0; u < units_.size(); ++u) {
      for (const Variable& input : units_[u].node.inputs()) {
        const Apply owner = input.owner();
        if (!owner) continue;
        edge(owner, u);
        const auto found = position_.find(owner.key());
        if (found == position_.end() || !units_[found->second].facts) continue;
        const kernel::Kernel& made = units_[found->second].facts->kernel;
        units_[u].reads_rows |= !made.outer.empty() && !made.accumulators.empty();
      }
    }
    for (const auto& [first, then] : fgraph_.orderings()) edge(first, position_.at(then.key()));
  }
  // What a message waits for must not wait for what it does not need.
  void mark_ancestors_of_actions() {
    for (std::size_t u = units_.size(); u-- > 0;) {
      Unit& unit = units_[u];
      unit.before_action = unit.node.op().effect() == Effect::acts ||
                           std::any_of(unit.followers.begin(), unit.followers.end(),
                                       [&](std::size_t f) { return units_[f].before_action; });
    }
  }
  // Nor must anything wait for a message that it does not need: only what waits for the same ones
  // is joined, so that what can be computed while they are under way is.
  void number_what_is_behind_actions() {
    std::vector<std::set<std::size_t>> actions(units_.size());
    std::map<std::set<std::size_t>, int> numbers{{{}, 0}};
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const bool acts = units_[u].node.op().effect() == Effect::acts;
      if (actions[u].empty() && !acts) continue;
      units_[u].behind =
          numbers.try_emplace(actions[u], static_cast<int>(numbers.size())).first->second;
      for (const std::size_t f : units_[u].followers) {
        actions[f].insert(actions[u].begin(), actions[u].end());
        if (acts) actions[f].insert(u);
      }
    }
  }

  void run() {
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (units_[u].waiting == 0) make_ready(u);
    }
    for (;;) {
      while (!others_.empty()) {
        const std::size_t u = others_.front();
        others_.pop_front();
        done(u);
      }
      const auto first = std::min_element(
          ready_.begin(), ready_.end(),
          [](const auto& a, const auto& b) { return *a.second.begin() < *b.second.begin(); });
      if (first == ready_.end()) break;
      build(first->first);
    }
  }
  void make_ready(std::size_t u) {
    if (units_[u].domain) {
      ready_[domain_of(u)].insert(u);
    } else {
      others_.push_back(u);
    }
  }
  void done(std::size_t u) {
    for (std::size_t f : units_[u].followers) {
      if (--units_[f].waiting == 0) make_ready(f);
    }
  }

  struct Open {
    std::vector<std::size_t> units;
    std::set<const void*> arrays, others;  // read at the points; only copied around boxes
    std::set<const void*> made, changed;   // computed at the points; changed in a box of them
    std::size_t exprs = 0;
    bool reads_rows = false;
    std::size_t params() const {
      return arrays.size() + others.size() + made.size() + changed.size();
    }
  };
  // How a node reads an input at its points.
  static const InputUse& use_of(const Unit& unit, std::size_t input) {
    return unit.facts->box ? unit.facts->box->inside[input] : unit.facts->inputs[input];
  }
  // Whether the node may join: reads something that the kernel reads or makes, at its own point
  // where it is made there.
  bool joins(const Open& open, std::size_t u) const {
    const Unit& unit = units_[u];
    if (unit.facts->box ? open.reads_rows : unit.reads_rows && !open.changed.empty()) return false;
    bool shares = open.units.empty();
    std::size_t fresh = unit.node.outputs().size();
    for (std::size_t i = 0; i < unit.node.inputs().size(); ++i) {
      const Variable& input = unit.node.inputs()[i];
      const InputUse& use = use_of(unit, i);
      const auto& box = unit.facts->box;
      if (open.changed.contains(input.key())) return false;
      if (open.made.contains(input.key())) {
        if (!use.plain || !use.aligned || (box && box->around[i])) return false;
        shares = true;
      } else if (open.arrays.contains(input.key())) {
        shares = shares || (!use.expanding && (!box || use.reads > 0));
      } else if (!is_baked(input) && !open.others.contains(input.key())) {
        ++fresh;
      }
    }
    return shares && open.params() + fresh <= max_joined_arrays &&
           open.exprs + unit.facts->kernel.exprs.size() <= max_exprs;
  }
  void take(Open& open, std::size_t u) {
    const Unit& unit = units_[u];
    const bool is_box = unit.facts->box.has_value();
    open.units.push_back(u);
    open.exprs += unit.facts->kernel.exprs.size();
    open.reads_rows |= unit.reads_rows && !is_box;
    for (std::size_t i = 0; i < unit.node.inputs().size(); ++i) {
      const Variable& input = unit.node.inputs()[i];
      if (is_baked(input) || open.made.contains(input.key())) continue;
      if (is_box && use_of(unit, i).reads == 0) {
        if (!open.arrays.contains(input.key())) open.others.insert(input.key());
      } else {
        open.others.erase(input.key());
        open.arrays.insert(input.key());
      }
    }
    for (const Variable& output : unit.node.outputs())
      (is_box ? open.changed : open.made).insert(output.key());
    done(u);
  }
  void build(const Domain domain) {
    Open open;
    std::set<std::size_t>& waiting = ready_[domain];
    for (bool grows = true; grows;) {
      grows = false;
      std::size_t looked_at = 0;
      for (auto u = waiting.begin(); u != waiting.end() && looked_at < window; ++looked_at) {
        const std::size_t candidate = *u;
        if (!open.units.empty() && !joins(open, candidate)) {
          ++u;
          continue;
        }
        u = waiting.erase(u);
        take(open, candidate);
        grows = true;
      }
    }
    if (waiting.empty()) ready_.erase(domain);
    kernels_.push_back(std::move(open.units));
  }

  FunctionGraph& fgraph_;
  std::vector<Unit> units_;
  std::unordered_map<const void*, std::size_t> position_;
  std::map<Domain, std::set<std::size_t>> ready_;
  std::deque<std::size_t> others_;
  std::vector<std::vector<std::size_t>> kernels_;
};
}  // namespace

void join_kernels(FunctionGraph& fgraph, rewrite::Trace& trace) {
  const Joiner joiner(fgraph);
  // From the graph's end: what a kernel reads is still there, and follows when it is replaced.
  for (auto kernel = joiner.kernels().rbegin(); kernel != joiner.kernels().rend(); ++kernel) {
    std::vector<std::size_t> units = *kernel;
    Variables outputs;
    std::optional<Apply> fused;
    while (units.size() > 1) {
      std::vector<GroupNode> nodes;
      for (std::size_t u : units) nodes.push_back(joiner.group_node(u));
      outputs = joiner.visible_outputs(units);
      fused = fused_node(nodes, outputs);
      if (!fused) break;
      std::vector<std::size_t> kept = joiner.without_displaced(units, *fused, outputs);
      if (kept.size() == units.size()) break;
      fused.reset();
      units = std::move(kept);
    }
    if (!fused) continue;
    std::vector<std::pair<Variable, Variable>> pairs;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      pairs.emplace_back(outputs[i], fused->outputs()[i]);
    rewrite::replace_variables(fgraph, pairs, "fusion_join", trace);
  }
}
}  // namespace kroton::tensor
