// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/merge.h"

#include <unordered_map>
#include <unordered_set>

#include "kroton/base/hash.h"

namespace kroton::rewrite {
namespace {
void merge_constants(FunctionGraph& fgraph, Trace& trace) {
  std::unordered_map<std::size_t, std::vector<Constant>> kept;
  std::unordered_set<const void*> seen;
  std::vector<std::pair<Variable, Variable>> pairs;
  const auto visit = [&](const Variable& x) {
    if (x.owner() || !seen.insert(x.key()).second) return;
    const auto constant = as<Constant>(x);
    if (!constant) return;
    auto& alike = kept[constant->signature_hash()];
    for (const Constant& other : alike) {
      if (other.same_as(*constant)) {
        pairs.emplace_back(x, other);
        return;
      }
    }
    alike.push_back(*constant);
  };
  for (const Apply& node : fgraph.toposort()) {
    for (const Variable& input : node.inputs()) visit(input);
  }
  for (const Variable& output : fgraph.outputs()) visit(output);
  if (!pairs.empty()) replace_variables(fgraph, pairs, "merge", trace);
}

class NodeMerger {
 public:
  NodeMerger(FunctionGraph& fgraph, Trace& trace) : fgraph_(fgraph), trace_(trace) {}

  void visit(const Apply& node) {
    if (!fgraph_.contains(node) || node.op().effect() == Effect::acts ||
        !node.op().destroy_map().empty())
      return;
    auto& alike = kept_[hash(node)];
    for (const Apply& other : alike) {
      if (other.inputs() == node.inputs() && other.op() == node.op() && same_types(other, node)) {
        replace_outputs(fgraph_, node, other.outputs(), "merge", trace_);
        return;
      }
    }
    alike.push_back(node);
  }

 private:
  std::size_t hash(const Apply& node) {
    // The text of an op is long to hash and shared by many nodes.
    const auto [found, fresh] = op_hashes_.try_emplace(&node.op(), 0);
    if (fresh) found->second = node.op().hash();
    std::size_t all = found->second;
    for (const Variable& input : node.inputs()) all = all * 1000003 + VariableHash()(input);
    return all;
  }
  static bool same_types(const Apply& a, const Apply& b) {
    if (a.outputs().size() != b.outputs().size()) return false;
    for (std::size_t i = 0; i < a.outputs().size(); ++i) {
      if (!(a.outputs()[i].type() == b.outputs()[i].type())) return false;
    }
    return true;
  }

  FunctionGraph& fgraph_;
  Trace& trace_;
  std::unordered_map<std::size_t, std::vector<Apply>> kept_;
  std::unordered_map<const Op*, std::size_t> op_hashes_;
};
}  // namespace

void merge(FunctionGraph& fgraph, Trace& trace) {
  merge_constants(fgraph, trace);
  NodeMerger merger(fgraph, trace);
  for (const Apply& node : fgraph.toposort()) merger.visit(node);
}
}  // namespace kroton::rewrite
