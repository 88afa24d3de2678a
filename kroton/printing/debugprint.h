// SPDX-License-Identifier: BSD-3-Clause
// debugprint: a graph as text, one line per variable, users above what they use.
//   Elemwise{add} [A]
//    |-x [B]
//    |-Elemwise{mul} [C]
// A variable that was printed already appears again as one line that ends in "...". No addresses,
// so equal graphs print alike. What nodes made of others (fused ones) compute follows at the end,
// in lines that begin with " >". Source: Theano's printing.py:debugprint.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/variable.h"

namespace kroton::inline printing {
struct DebugPrintOptions {
  int depth = 500;     // deeper levels are left out, and a line says so
  bool types = false;  // print each variable's type
  bool order = true;   // of a FunctionGraph: the position at which each node runs
};

KROTON_API std::string debugprint(const Variable& x, const DebugPrintOptions& options = {});
KROTON_API std::string debugprint(const std::vector<Variable>& outputs,
                                  const DebugPrintOptions& options = {});
KROTON_API std::string debugprint(const FunctionGraph& fgraph,
                                  const DebugPrintOptions& options = {});
// As for a FunctionGraph, with the nodes in the order in which they run.
KROTON_API std::string debugprint(const FunctionGraph& fgraph, const std::vector<Apply>& order,
                                  const DebugPrintOptions& options = {});
}  // namespace kroton::inline printing
