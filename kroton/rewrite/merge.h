// SPDX-License-Identifier: BSD-3-Clause
// Merge: what is computed twice is computed once. Constants of equal type and value become one (0.0
// and -0.0 do not), then nodes with equal ops on identical inputs, those without inputs included.
// Nodes that act are left alone, and so are nodes that destroy an input. One pass, linear in the
// size of the graph.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/rewrite/rewriter.h"

namespace kroton::rewrite {
KROTON_API void merge(FunctionGraph& fgraph, Trace& trace);
}  // namespace kroton::rewrite
