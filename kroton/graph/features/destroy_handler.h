// SPDX-License-Identifier: BSD-3-Clause
// DestroyHandler: what in-place ops may overwrite, and what must run before they do.
// A variable's root is found by following view_map up; its impact is everything that views the
// root. Rules: constants, protected inputs and graph outputs' roots may not be destroyed (see
// protect()); a root is destroyed by one node at most; a node may not destroy an input that another
// of its inputs aliases; every other client of the impact runs before the destroyer (an ordering);
// a cycle is an InconsistencyError. Source: Theano's gof/destroyhandler.py.
#pragma once
#include <unordered_set>
#include <utility>
#include <vector>

#include "kroton/graph/function_graph.h"

namespace kroton::inline graph {
class KROTON_API DestroyHandler : public Feature {
 public:
  // VARIABLES (inputs that the user did not declare mutable, for example) may never be overwritten.
  explicit DestroyHandler(Variables is_protected = {});
  void on_import(FunctionGraph& fgraph, const Apply& node, const std::string& reason) override;
  void on_prune(FunctionGraph& fgraph, const Apply& node, const std::string& reason) override;
  std::vector<std::pair<Apply, Apply>> orderings(const FunctionGraph& fgraph) const override;
  void validate(const FunctionGraph& fgraph) const override;

  // The variable whose memory X is a view of, X itself when it views nothing.
  static Variable view_root(const Variable& x);
  bool is_protected(const Variable& root) const;

 private:
  std::unordered_set<Variable> protected_;
  std::unordered_set<Apply> destroyers_;
};
}  // namespace kroton::inline graph
