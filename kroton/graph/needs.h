// SPDX-License-Identifier: BSD-3-Clause
// Which nodes every run of a graph needs, and which only some runs, as its lazy ops decide
// (Op::branches). What computes nodes together must not put a node that is always needed, or needed
// in one branch, with one that is not.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// Whether an op needs some of its inputs only in some runs.
KROTON_API bool is_lazy(const Apply& node);
// By node of ORDER a number: the same runs need nodes of equal number; 0: every run.
// ORDER: each node behind those whose outputs it takes.
KROTON_API std::vector<int> needs(const Variables& outputs, const std::vector<Apply>& order);
}  // namespace kroton::inline graph
