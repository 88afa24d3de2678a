// SPDX-License-Identifier: BSD-3-Clause
// Copies of graphs, with parts replaced. The original is never changed.
#pragma once
#include <unordered_map>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
using VariableMap = std::unordered_map<Variable, Variable>;

// Clones every node between the leaves and OUTPUTS; MEMO maps originals to copies, and what it
// holds at the call is used instead of cloning. Leaves not in MEMO are shared, so put fresh inputs
// there to have them replaced. Build order, names and lines are kept. STRICT: types of replaced
// inputs must fit; otherwise nodes are built anew.
KROTON_API Variables clone_graph(const Variables& outputs, VariableMap& memo, bool strict = true);
// OUTPUTS with each FIRST replaced by its SECOND, wherever it stands; SECONDs are not searched
// themselves.
KROTON_API Variables clone_replace(const Variables& outputs,
                                   const std::vector<std::pair<Variable, Variable>>& replacements,
                                   bool strict = true);
}  // namespace kroton::inline graph
