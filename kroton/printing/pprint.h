// SPDX-License-Identifier: BSD-3-Clause
// pprint: a graph as a formula, with the parentheses that C++ would need and no others.
//   pprint(x * (y + 1) - sum(x, 0))       x * (y + 1) - sum(x, axis=0)
// A part that is used more than once and is more than one operation stands on a line of its own,
// ahead: a = exp(x) + 1. It has its variable's name, or a letter. Leaves without a name are shown
// by their types, numbered where types repeat. Nodes that were fused are written as what they
// compute. Source: Theano's printing.py:PPrinter.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/variable.h"

namespace kroton::inline printing {
KROTON_API std::string pprint(const Variable& x);
// One line for each.
KROTON_API std::string pprint(const std::vector<Variable>& outputs);
KROTON_API std::string pprint(const FunctionGraph& fgraph);
}  // namespace kroton::inline printing
