// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/equilibrium.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "kroton/graph/feature.h"

namespace kroton::rewrite {
namespace {
// The nodes to look at, each once, in the order in which they came up.
class WorkList final : public Feature {
 public:
  void on_import(FunctionGraph&, const Apply& node, const std::string&) override { push(node); }
  void on_prune(FunctionGraph&, const Apply& node, const std::string&) override {
    queued_.erase(node.key());
  }
  void on_change_input(FunctionGraph&, const Apply& node, int, const Variable&, const Variable&,
                       const std::string&) override {
    if (node) push(node);
  }
  void push(const Apply& node) {
    if (queued_.insert(node.key()).second) nodes_.push_back(node);
  }
  void clear() {
    nodes_.clear();
    queued_.clear();
  }
  // The next node that is still wanted; false at the end.
  Apply pop() {
    while (!nodes_.empty()) {
      const Apply node = nodes_.front();
      nodes_.pop_front();
      if (queued_.erase(node.key()) == 1) return node;
    }
    return Apply();
  }

 private:
  std::deque<Apply> nodes_;
  std::unordered_set<const void*> queued_;
};

class EquilibriumRewriter final : public Rewriter {
 public:
  EquilibriumRewriter(std::string name, std::vector<LocalRewrite> rewrites, double use_ratio)
      : name_(std::move(name)), rewrites_(std::move(rewrites)), use_ratio_(use_ratio) {}
  std::string name() const override { return name_; }
  std::string text(int indent) const override {
    std::string all = Rewriter::text(indent);
    for (const LocalRewrite& rewrite : rewrites_) {
      all += std::string(static_cast<std::size_t>(2 * indent + 2), ' ') + rewrite.name + "\n";
    }
    return all;
  }
  void apply(FunctionGraph& fgraph, Trace& trace) const override {
    Run run{*this, fgraph, trace};
    const auto list = std::make_shared<WorkList>();
    fgraph.attach(list);
    try {
      // Rewrites may look further than one node: a pass over everything without a change is the
      // proof.
      do {
        list->clear();
        for (const Apply& node : fgraph.toposort()) list->push(node);
      } while (run.drain(*list));
    } catch (...) {
      fgraph.detach(list);
      throw;
    }
    fgraph.detach(list);
  }

 private:
  struct Run {
    const EquilibriumRewriter& self;
    FunctionGraph& fgraph;
    Trace& trace;
    std::size_t nodes = fgraph.size();
    std::vector<std::uint64_t> applied = std::vector<std::uint64_t>(self.rewrites_.size(), 0);
    std::map<std::pair<std::type_index, const void*>, std::vector<std::size_t>> by_kind = {};
    std::set<std::pair<const void*, std::size_t>> refused = {};

    const std::vector<std::size_t>& candidates(const Op& op) {
      const auto [found, fresh] = by_kind.try_emplace({std::type_index(typeid(op)), op.variant()});
      if (fresh) {
        for (std::size_t i = 0; i < self.rewrites_.size(); ++i) {
          if (self.rewrites_[i].tracks.matches(op)) found->second.push_back(i);
        }
      }
      return found->second;
    }

    bool drain(WorkList& list) {
      bool changed = false;
      while (const Apply node = list.pop()) {
        for (std::size_t i : candidates(node.op())) {
          if (is_stopped(i) || refused.contains({node.key(), i})) continue;
          const auto before = fgraph.changes();
          if (!apply_local(fgraph, node, self.rewrites_[i], trace)) {
            // Undoing a replacement brings nodes back, and so onto the list: not to be tried for
            // ever.
            if (fgraph.changes() != before) refused.emplace(node.key(), i);
            continue;
          }
          changed = true;
          count(i);
          if (!fgraph.contains(node)) break;
          list.push(node);
        }
      }
      return changed;
    }

    double bound() const {
      return self.use_ratio_ * static_cast<double>(std::max<std::size_t>(nodes, 10));
    }
    bool is_stopped(std::size_t i) const { return static_cast<double>(applied[i]) > bound(); }
    void count(std::size_t i) {
      ++applied[i];
      if (!is_stopped(i)) return;
      trace.note(self.name_ + ": " + self.rewrites_[i].name + " was applied " +
                     std::to_string(applied[i]) + " times to a graph of " + std::to_string(nodes) +
                     " nodes and is stopped; it may undo what another rewrite does",
                 true);
    }
  };

  std::string name_;
  std::vector<LocalRewrite> rewrites_;
  double use_ratio_;
};
}  // namespace

RewriterRef make_equilibrium(std::string name, std::vector<LocalRewrite> rewrites,
                             double use_ratio) {
  return std::make_shared<EquilibriumRewriter>(std::move(name), std::move(rewrites), use_ratio);
}
}  // namespace kroton::rewrite
