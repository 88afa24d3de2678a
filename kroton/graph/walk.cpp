// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/walk.h"

#include <unordered_map>
#include <unordered_set>

#include "kroton/graph/op.h"

namespace kroton::inline graph {
std::vector<Apply> toposort_between(const Variables& blockers, const Variables& outputs) {
  const std::unordered_set<Variable> blocked(blockers.begin(), blockers.end());
  std::unordered_set<const void*> done;
  std::vector<Apply> order;
  struct Visit {
    Apply node;
    std::size_t next = 0;
  };
  std::vector<Visit> stack;
  const auto enter = [&](const Variable& x) {
    if (blocked.contains(x)) return;
    Apply owner = x.owner();
    if (owner && done.insert(owner.key()).second) stack.push_back({std::move(owner)});
  };
  for (const Variable& output : outputs) {
    enter(output);
    while (!stack.empty()) {
      Visit& visit = stack.back();
      if (visit.next < visit.node.inputs().size()) {
        enter(visit.node.inputs()[visit.next++]);
      } else {
        order.push_back(std::move(visit.node));
        stack.pop_back();
      }
    }
  }
  return order;
}

namespace {
// Calls VISIT(variable) for everything that OUTPUTS depend on, each once.
template <class Visit>
void for_each_ancestor(const Variables& outputs, const Variables& blockers, Visit visit) {
  const std::unordered_set<Variable> blocked(blockers.begin(), blockers.end());
  std::unordered_set<Variable> seen;
  std::vector<Variable> stack(outputs.rbegin(), outputs.rend());
  while (!stack.empty()) {
    const Variable x = std::move(stack.back());
    stack.pop_back();
    if (!seen.insert(x).second) continue;
    visit(x);
    if (blocked.contains(x)) continue;
    if (const Apply owner = x.owner()) {
      stack.insert(stack.end(), owner.inputs().rbegin(), owner.inputs().rend());
    }
  }
}
}  // namespace

Variables ancestors(const Variables& outputs, const Variables& blockers) {
  Variables found;
  for_each_ancestor(outputs, blockers, [&](const Variable& x) { found.push_back(x); });
  return found;
}

Variables leaves(const Variables& outputs, const Variables& blockers) {
  Variables found;
  for_each_ancestor(outputs, blockers, [&](const Variable& x) {
    if (!x.owner()) found.push_back(x);
  });
  return found;
}

bool depends_on(const Variable& x, const Variable& ancestor) {
  bool found = false;
  for_each_ancestor({x}, {}, [&](const Variable& y) { found = found || y == ancestor; });
  return found;
}

std::vector<std::vector<bool>> io_connection_pattern(const Variables& inputs,
                                                     const Variables& outputs) {
  std::vector<std::vector<bool>> pattern;
  const std::vector<Apply> order = toposort_between(inputs, outputs);
  for (const Variable& input : inputs) {
    std::unordered_set<Variable> reached{input};
    for (const Apply& node : order) {
      const Connections connected = node.op().connection_pattern(node);
      for (std::size_t o = 0; o < node.outputs().size(); ++o) {
        for (std::size_t i = 0; i < node.inputs().size(); ++i) {
          if (connected[i][o] && reached.contains(node.inputs()[i]))
            reached.insert(node.outputs()[o]);
        }
      }
    }
    std::vector<bool> row;
    for (const Variable& output : outputs) row.push_back(reached.contains(output));
    pattern.push_back(std::move(row));
  }
  return pattern;
}

bool is_same_graph(const Variable& a, const Variable& b,
                   const std::vector<std::pair<Variable, Variable>>& givens) {
  std::unordered_map<Variable, Variable> paired(givens.begin(), givens.end());
  std::vector<std::pair<Variable, Variable>> pending{{a, b}};
  while (!pending.empty()) {
    const auto [x, y] = pending.back();
    pending.pop_back();
    if (x == y) continue;
    if (const auto known = paired.find(x); known != paired.end()) {
      if (known->second == y) continue;
      return false;
    }
    const Apply f = x.owner(), g = y.owner();
    if (!f || !g) {
      const auto c = as<Constant>(x), d = as<Constant>(y);
      if (!c || !d || !c->same_as(*d)) return false;
      continue;
    }
    if (x.index() != y.index() || !(f.op() == g.op()) || f.inputs().size() != g.inputs().size())
      return false;
    paired.emplace(x, y);
    for (std::size_t i = 0; i < f.inputs().size(); ++i)
      pending.emplace_back(f.inputs()[i], g.inputs()[i]);
  }
  return true;
}
}  // namespace kroton::inline graph
