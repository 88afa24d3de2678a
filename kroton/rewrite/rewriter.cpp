// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/rewriter.h"

#include <algorithm>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"

namespace kroton::rewrite {
namespace {
// New nodes under X take the line of what they replace, unless they have one.
void inherit_line(const FunctionGraph& fgraph, const Variable& x, std::source_location line) {
  std::vector<Apply> pending;
  std::unordered_set<const void*> seen;
  const auto enter = [&](const Apply& node) {
    if (node && !fgraph.contains(node) && seen.insert(node.key()).second) pending.push_back(node);
  };
  enter(x.owner());
  while (!pending.empty()) {
    Apply node = pending.back();
    pending.pop_back();
    node.inherit_line(line);
    for (const Variable& input : node.inputs()) enter(input.owner());
  }
}

std::string failure(const std::string& reason, const char* what) { return reason + ": " + what; }

// What a rewrite did wrong goes where the flag on_opt_error says, unless it is thrown.
bool failures_are_thrown() { return base::config().on_opt_error() == "raise"; }
void note_failure(Trace& trace, std::string text) {
  trace.note(std::move(text), base::config().on_opt_error() == "warn");
}

class FunctionRewriter final : public Rewriter {
 public:
  FunctionRewriter(std::string name, GlobalFunction function)
      : name_(std::move(name)), function_(std::move(function)) {}
  void apply(FunctionGraph& fgraph, Trace& trace) const override {
    const auto begin = std::chrono::steady_clock::now();
    const auto changes = fgraph.changes();
    function_(fgraph, trace);
    Trace::Entry& entry = trace.entry(name_);
    entry.tried += 1;
    entry.applied += fgraph.changes() != changes;
    entry.time += std::chrono::steady_clock::now() - begin;
  }
  std::string name() const override { return name_; }

 private:
  std::string name_;
  GlobalFunction function_;
};

class SequenceRewriter final : public Rewriter {
 public:
  SequenceRewriter(std::string name, std::vector<RewriterRef> rewriters)
      : name_(std::move(name)), rewriters_(std::move(rewriters)) {}
  void apply(FunctionGraph& fgraph, Trace& trace) const override {
    for (const RewriterRef& rewriter : rewriters_) rewriter->apply(fgraph, trace);
  }
  std::string name() const override { return name_; }
  std::string text(int indent) const override {
    std::string all = Rewriter::text(indent);
    for (const RewriterRef& rewriter : rewriters_) all += rewriter->text(indent + 1);
    return all;
  }

 private:
  std::string name_;
  std::vector<RewriterRef> rewriters_;
};

class WalkingRewriter final : public Rewriter {
 public:
  WalkingRewriter(std::string name, std::vector<LocalRewrite> rewrites, Direction direction)
      : name_(std::move(name)), rewrites_(std::move(rewrites)), direction_(direction) {}
  void apply(FunctionGraph& fgraph, Trace& trace) const override {
    std::vector<Apply> nodes = fgraph.toposort();
    if (direction_ == Direction::out_to_in) std::reverse(nodes.begin(), nodes.end());
    for (const Apply& node : nodes) {
      for (const LocalRewrite& rewrite : rewrites_) {
        if (!fgraph.contains(node)) break;
        apply_local(fgraph, node, rewrite, trace);
      }
    }
  }
  std::string name() const override { return name_; }
  std::string text(int indent) const override {
    std::string all = Rewriter::text(indent);
    for (const LocalRewrite& rewrite : rewrites_) {
      all += std::string(static_cast<std::size_t>(2 * indent + 2), ' ') + rewrite.name + "\n";
    }
    return all;
  }

 private:
  std::string name_;
  std::vector<LocalRewrite> rewrites_;
  Direction direction_;
};
}  // namespace

Rewriter::~Rewriter() = default;
std::string Rewriter::text(int indent) const {
  return std::string(static_cast<std::size_t>(2 * indent), ' ') + name() + "\n";
}
Trace Rewriter::apply(FunctionGraph& fgraph) const {
  Trace trace;
  apply(fgraph, trace);
  return trace;
}

bool Tracks::matches(const Op& op) const {
  const auto has = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return has(classes, std::type_index(typeid(op))) && has(variants, op.variant());
}

bool replace_variables(FunctionGraph& fgraph,
                       const std::vector<std::pair<Variable, Variable>>& pairs,
                       const std::string& reason, Trace& trace) {
  std::vector<std::pair<Variable, Variable>> used;
  for (const auto& [old, with] : pairs) {
    if (bool(with) && !(old == with) && !fgraph.clients(old).empty()) used.emplace_back(old, with);
  }
  if (used.empty()) return false;
  for (const auto& [old, with] : used) inherit_line(fgraph, with, old.line());
  const auto before = fgraph.changes();
  try {
    fgraph.replace_all_validate(used, reason);
  } catch (const InconsistencyError& error) {
    trace.note(failure(reason, error.what()));
    return false;
  } catch (const TypeError& error) {
    if (failures_are_thrown()) throw;
    note_failure(trace, failure(reason, error.what()));
    return false;
  }
  if (fgraph.changes() == before) return false;
  for (auto& [old, with] : used) {
    if (with.owner() && with.name().empty() && !old.name().empty()) with.set_name(old.name());
    trace.replaced(reason, old, with);
  }
  return true;
}

bool replace_outputs(FunctionGraph& fgraph, const Apply& node, const Variables& with,
                     const std::string& reason, Trace& trace) {
  const Variables& outputs = node.outputs();
  if (with.size() != outputs.size()) {
    const std::string text = reason + ": gave " + std::to_string(with.size()) +
                             " variables for the " + std::to_string(outputs.size()) +
                             " outputs of " + node.op().text() +
                             "; give one for each, an empty one to keep that output";
    if (failures_are_thrown()) throw ValueError(text);
    note_failure(trace, text);
    return false;
  }
  std::vector<std::pair<Variable, Variable>> pairs;
  for (std::size_t i = 0; i < outputs.size(); ++i) pairs.emplace_back(outputs[i], with[i]);
  return replace_variables(fgraph, pairs, reason, trace);
}

bool apply_local(FunctionGraph& fgraph, const Apply& node, const LocalRewrite& rewrite,
                 Trace& trace) {
  if (!rewrite.tracks.matches(node.op())) return false;
  const auto begin = std::chrono::steady_clock::now();
  bool applied = false;
  try {
    std::optional<Variables> with;
    {
      // Nodes made by the rewrite carry the line of the node that they replace, not one in the
      // rewrite's source.
      const CreationLine scope(node.outputs().empty() ? node.line() : node.outputs()[0].line());
      with = rewrite.function(fgraph, node);
    }
    applied = with && replace_outputs(fgraph, node, *with, rewrite.name, trace);
  } catch (const Error& error) {
    if (failures_are_thrown()) throw;
    note_failure(trace, failure(rewrite.name, error.what()));
  }
  Trace::Entry& entry = trace.entry(rewrite.name);
  entry.tried += 1;
  entry.applied += applied;
  entry.time += std::chrono::steady_clock::now() - begin;
  return applied;
}

RewriterRef make_rewriter(std::string name, GlobalFunction function) {
  return std::make_shared<FunctionRewriter>(std::move(name), std::move(function));
}
RewriterRef make_sequence(std::string name, std::vector<RewriterRef> rewriters) {
  return std::make_shared<SequenceRewriter>(std::move(name), std::move(rewriters));
}
RewriterRef make_walk(std::string name, std::vector<LocalRewrite> rewrites, Direction direction) {
  return std::make_shared<WalkingRewriter>(std::move(name), std::move(rewrites), direction);
}
}  // namespace kroton::rewrite
