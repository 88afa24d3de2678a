// SPDX-License-Identifier: BSD-3-Clause
// The order in which nodes run. A schedule made of comparators keeps destroy orderings first, then
// data dependence, then each comparator in turn, then build order; earlier ones always win, and
// equal graphs give equal orders on every rank. Source: Theano's gof/sched.py, with its defects
// (ignored destroy orderings, ties by hash) mended.
//   posort(list, cmp1, cmp2); key_to_cmp(key)(a, b) -> -1, 0, 1
#pragma once
#include <functional>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
using NodeKey = std::function<int(const Apply&)>;
using NodeComparator = std::function<int(const Apply&, const Apply&)>;
using Schedule = std::function<std::vector<Apply>(const FunctionGraph&)>;

// Compares by key: (a, b) -> -1, 0, 1.
template <class Key>
auto key_to_cmp(Key key) {
  return [key](const auto& a, const auto& b) -> int {
    const auto ka = key(a);
    const auto kb = key(b);
    return ka < kb ? -1 : (kb < ka ? 1 : 0);
  };
}

// Sorts COUNT elements known by position: RELATIONS are asked in order for each pair (i, j), i
// before j in the list, and answer -1 (i first), 1 (j first) or 0; an answer counts unless its
// opposite is implied already. Then the earliest ready element runs first.
KROTON_API std::vector<std::size_t> partial_order(
    std::size_t count, const std::vector<std::function<int(std::size_t, std::size_t)>>& relations);

// LIST sorted by comparators of falling priority; what they leave open keeps the list's order.
template <class T, class... Cmp>
std::vector<T> posort(const std::vector<T>& list, Cmp... comparators) {
  std::vector<std::function<int(std::size_t, std::size_t)>> relations{
      [&list, comparators](std::size_t i, std::size_t j) -> int {
        return comparators(list[i], list[j]);
      }...};
  std::vector<T> sorted;
  sorted.reserve(list.size());
  for (std::size_t i : partial_order(list.size(), relations)) sorted.push_back(list[i]);
  return sorted;
}

// -1 when B depends on A, 1 when A depends on B, through any number of nodes.
KROTON_API NodeComparator make_dependence_cmp();
KROTON_API std::vector<Apply> sort_apply_nodes(const Variables& inputs, const Variables& outputs,
                                               const std::vector<NodeComparator>& comparators);
KROTON_API Schedule sort_schedule_fn(std::vector<NodeComparator> comparators);
template <class... Cmp>
Schedule sort_schedule_fn(Cmp... comparators) {
  return sort_schedule_fn(std::vector<NodeComparator>{NodeComparator(comparators)...});
}
}  // namespace kroton::inline graph
