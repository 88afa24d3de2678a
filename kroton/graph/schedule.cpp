// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/schedule.h"

#include <algorithm>
#include <cstdint>
#include <queue>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/graph/walk.h"

namespace kroton::inline graph {
namespace {
// Which elements come after which, closed transitively: one bit row per element.
class Closure {
 public:
  explicit Closure(std::size_t count)
      : count_(count), words_((count + 63) / 64), after_(count * words_), before_(count * words_) {}

  bool implied(std::size_t first, std::size_t then) const { return bit(after_, first, then); }

  void add(std::size_t first, std::size_t then) {
    if (first == then || implied(first, then)) return;
    // Everything up to FIRST now precedes everything from THEN on.
    for (std::size_t p = 0; p < count_; ++p) {
      if (p == first || bit(before_, first, p)) join(after_, p, then, after_);
    }
    for (std::size_t s = 0; s < count_; ++s) {
      if (s == then || bit(after_, then, s)) join(before_, s, first, before_);
    }
  }

 private:
  bool bit(const std::vector<std::uint64_t>& rows, std::size_t row, std::size_t column) const {
    return rows[row * words_ + column / 64] >> (column % 64) & 1;
  }
  // Row TARGET also holds X and what row X of SOURCE holds.
  void join(std::vector<std::uint64_t>& rows, std::size_t target, std::size_t x,
            const std::vector<std::uint64_t>& source) {
    for (std::size_t w = 0; w < words_; ++w) rows[target * words_ + w] |= source[x * words_ + w];
    rows[target * words_ + x / 64] |= std::uint64_t{1} << (x % 64);
  }
  std::size_t count_, words_;
  std::vector<std::uint64_t> after_, before_;
};
}  // namespace

std::vector<std::size_t> partial_order(
    std::size_t count, const std::vector<std::function<int(std::size_t, std::size_t)>>& relations) {
  Closure closure(count);
  for (const auto& relation : relations) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = i + 1; j < count; ++j) {
        const int answer = relation(i, j);
        if (answer < 0 && !closure.implied(j, i)) closure.add(i, j);
        if (answer > 0 && !closure.implied(i, j)) closure.add(j, i);
      }
    }
  }
  std::vector<std::size_t> waiting(count, 0), order;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) waiting[j] += closure.implied(i, j);
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (std::size_t j = 0; j < count; ++j) {
      if (closure.implied(i, j) && --waiting[j] == 0) ready.push(j);
    }
  }
  return order;
}

NodeComparator make_dependence_cmp() {
  return [](const Apply& a, const Apply& b) {
    const auto needs = [](const Apply& x, const Apply& y) {
      for (const Apply& node : toposort_between({}, x.inputs())) {
        if (node == y) return true;
      }
      return false;
    };
    return needs(b, a) ? -1 : (needs(a, b) ? 1 : 0);
  };
}

namespace {
using Edges = std::vector<std::pair<Apply, Apply>>;

std::vector<Apply> sorted(const std::vector<Apply>& topological, const Edges& first_edges,
                          const std::vector<NodeComparator>& comparators) {
  std::vector<Apply> nodes = topological;
  std::stable_sort(nodes.begin(), nodes.end(), [](const Apply& a, const Apply& b) {
    return a.build_order() < b.build_order();
  });
  std::unordered_map<const void*, std::size_t> number;
  for (std::size_t i = 0; i < nodes.size(); ++i) number.emplace(nodes[i].key(), i);
  // Data dependence and destroy orderings as a table of pairs.
  std::vector<std::vector<std::int8_t>> edge(nodes.size(),
                                             std::vector<std::int8_t>(nodes.size(), 0));
  const auto add = [&](const Apply& first, std::size_t then) {
    const auto found = number.find(first.key());
    if (found != number.end()) edge[found->second][then] = 1;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const Variable& input : nodes[i].inputs()) {
      if (const Apply owner = input.owner()) add(owner, i);
    }
  }
  std::vector<std::vector<std::int8_t>> destroy(first_edges.empty() ? 0 : nodes.size(),
                                                std::vector<std::int8_t>(nodes.size(), 0));
  for (const auto& [first, then] : first_edges) {
    const auto f = number.find(first.key()), t = number.find(then.key());
    if (f != number.end() && t != number.end()) destroy[f->second][t->second] = 1;
  }
  std::vector<std::function<int(std::size_t, std::size_t)>> relations;
  const auto table = [](const std::vector<std::vector<std::int8_t>>& pairs) {
    return
        [&pairs](std::size_t i, std::size_t j) { return pairs[i][j] ? -1 : (pairs[j][i] ? 1 : 0); };
  };
  if (!first_edges.empty()) relations.push_back(table(destroy));
  relations.push_back(table(edge));
  for (const NodeComparator& cmp : comparators) {
    relations.push_back(
        [&nodes, &cmp](std::size_t i, std::size_t j) { return cmp(nodes[i], nodes[j]); });
  }
  std::vector<Apply> order;
  for (std::size_t i : partial_order(nodes.size(), relations)) order.push_back(nodes[i]);
  return order;
}
}  // namespace

std::vector<Apply> sort_apply_nodes(const Variables& inputs, const Variables& outputs,
                                    const std::vector<NodeComparator>& comparators) {
  return sorted(toposort_between(inputs, outputs), {}, comparators);
}

Schedule sort_schedule_fn(std::vector<NodeComparator> comparators) {
  return [comparators = std::move(comparators)](const FunctionGraph& fgraph) {
    return sorted(fgraph.apply_nodes(), fgraph.orderings(), comparators);
  };
}
}  // namespace kroton::inline graph
