// SPDX-License-Identifier: BSD-3-Clause
// Walks over graphs: all of them iterative, in linear time.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// Nodes that OUTPUTS depend on, each after those it depends on; not past BLOCKERS.
KROTON_API std::vector<Apply> toposort_between(const Variables& blockers, const Variables& outputs);
// Variables that OUTPUTS depend on, outputs included; not past BLOCKERS.
KROTON_API Variables ancestors(const Variables& outputs, const Variables& blockers = {});
// Leaves (inputs, constants, shared variables) that OUTPUTS depend on, in the order first met.
KROTON_API Variables leaves(const Variables& outputs, const Variables& blockers = {});
// Does X depend on ANCESTOR?
KROTON_API bool depends_on(const Variable& x, const Variable& ancestor);
// connection_pattern from INPUTS to OUTPUTS through the whole graph between them.
KROTON_API std::vector<std::vector<bool>> io_connection_pattern(const Variables& inputs,
                                                                const Variables& outputs);
// Are the graphs of A and B the same computation over the same leaves (with pairs of GIVENS taken
// as equal)?
KROTON_API bool is_same_graph(const Variable& a, const Variable& b,
                              const std::vector<std::pair<Variable, Variable>>& givens = {});
}  // namespace kroton::inline graph
