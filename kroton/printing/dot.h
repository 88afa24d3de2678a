// SPDX-License-Identifier: BSD-3-Clause
// dotprint: a graph as a picture, in the language of Graphviz.
//   std::ofstream("graph.dot") << dotprint(fn);      dot -Tsvg graph.dot > graph.svg
// Boxes are variables without an owner and outputs, ellipses are nodes; edges carry types, and the
// number of the input or output where there are several. Colours: inputs green, shared variables
// yellow, constants grey, outputs blue; nodes that return a view are dashed, those that overwrite
// an input red, those that act outside violet. A node that other nodes were joined into is a frame
// around them. Source: Theano's printing.py:pydotprint.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/variable.h"

namespace kroton::inline printing {
struct DotOptions {
  bool types = true;      // on the edges
  bool inner = true;      // what a node stands for, in a frame; else one ellipse
  std::string name = {};  // the picture's title
};

KROTON_API std::string dotprint(const Variable& x, const DotOptions& options = {});
KROTON_API std::string dotprint(const std::vector<Variable>& outputs,
                                const DotOptions& options = {});
KROTON_API std::string dotprint(const FunctionGraph& fgraph, const DotOptions& options = {});
// As for a FunctionGraph, with the nodes numbered in the order in which they run.
KROTON_API std::string dotprint(const FunctionGraph& fgraph, const std::vector<Apply>& order,
                                const DotOptions& options = {});
}  // namespace kroton::inline printing
