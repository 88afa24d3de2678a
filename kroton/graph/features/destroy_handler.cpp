// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/features/destroy_handler.h"

#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/graph/op.h"

namespace kroton::inline graph {
DestroyHandler::DestroyHandler(Variables is_protected)
    : protected_(is_protected.begin(), is_protected.end()) {}

void DestroyHandler::on_import(FunctionGraph&, const Apply& node, const std::string&) {
  if (!node.op().destroy_map().empty()) destroyers_.insert(node);
}
void DestroyHandler::on_prune(FunctionGraph&, const Apply& node, const std::string&) {
  destroyers_.erase(node);
}

Variable DestroyHandler::view_root(const Variable& x) {
  Variable root = x;
  while (const Apply owner = root.owner()) {
    const AliasMap views = owner.op().view_map();
    const auto view = views.find(root.index());
    const AliasMap destroys = owner.op().destroy_map();
    const auto destroy = destroys.find(root.index());
    // The result of an in-place op is the memory that it wrote, yet a value of its own: it is a
    // root.
    if (destroy != destroys.end() || view == views.end() || view->second.empty()) break;
    root = owner.inputs()[static_cast<std::size_t>(view->second[0])];
  }
  return root;
}

bool DestroyHandler::is_protected(const Variable& root) const {
  return protected_.contains(root) || as<Constant>(root).has_value();
}

namespace {
// What NODE destroys, as positions of its inputs.
std::vector<int> destroyed_inputs(const Apply& node) {
  std::vector<int> all;
  for (const auto& [output, inputs] : node.op().destroy_map())
    all.insert(all.end(), inputs.begin(), inputs.end());
  return all;
}

// Nodes that read ROOT or any view of it.
std::vector<Apply> readers(const FunctionGraph& fgraph, const Variable& root) {
  std::vector<Apply> found;
  std::vector<Variable> pending{root};
  std::unordered_set<Variable> seen{root};
  while (!pending.empty()) {
    const Variable x = pending.back();
    pending.pop_back();
    for (const Client& use : fgraph.clients(x)) {
      if (!use.node) continue;
      found.push_back(use.node);
      for (const auto& [output, inputs] : use.node.op().view_map()) {
        for (int input : inputs) {
          const Variable& view = use.node.outputs()[static_cast<std::size_t>(output)];
          if (input == use.index && seen.insert(view).second) pending.push_back(view);
        }
      }
    }
  }
  return found;
}
}  // namespace

std::vector<std::pair<Apply, Apply>> DestroyHandler::orderings(const FunctionGraph& fgraph) const {
  std::vector<std::pair<Apply, Apply>> pairs;
  for (const Apply& destroyer : fgraph.apply_nodes()) {
    if (!destroyers_.contains(destroyer)) continue;
    for (int input : destroyed_inputs(destroyer)) {
      const Variable root = view_root(destroyer.inputs()[static_cast<std::size_t>(input)]);
      for (const Apply& reader : readers(fgraph, root)) {
        if (!(reader == destroyer)) pairs.emplace_back(reader, destroyer);
      }
    }
  }
  return pairs;
}

void DestroyHandler::validate(const FunctionGraph& fgraph) const {
  if (destroyers_.empty()) return;
  std::unordered_map<Variable, Apply> destroyed_by;
  for (const Apply& node : destroyers_) {
    for (int input : destroyed_inputs(node)) {
      const Variable root = view_root(node.inputs()[static_cast<std::size_t>(input)]);
      if (is_protected(root)) {
        throw InconsistencyError(node.op().text() + " would overwrite " + root.text() +
                                 ", which is protected");
      }
      const auto [earlier, fresh] = destroyed_by.emplace(root, node);
      if (!fresh && !(earlier->second == node)) {
        throw InconsistencyError(node.op().text() + " and " + earlier->second.op().text() +
                                 " would both overwrite " + root.text());
      }
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        if (static_cast<int>(i) != input && view_root(node.inputs()[i]) == root) {
          throw InconsistencyError(node.op().text() + " would overwrite " + root.text() +
                                   ", which another of its inputs reads");
        }
      }
      // An overwritten value, or a view of it, must not be returned.
      for (const Variable& output : fgraph.outputs()) {
        if (view_root(output) == root) {
          throw InconsistencyError(node.op().text() + " would overwrite " + root.text() +
                                   ", which is an output");
        }
      }
    }
  }
  fgraph.toposort();
}
}  // namespace kroton::inline graph
