// SPDX-License-Identifier: BSD-3-Clause
// A Feature watches a FunctionGraph: it may keep books, veto a change, or add orderings.
// Source: Theano's gof/toolbox.py.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/base/errors.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
class FunctionGraph;

class KROTON_API Feature {
 public:
  virtual ~Feature() = default;
  // Called once; existing nodes follow as on_import.
  virtual void on_attach(FunctionGraph& fgraph);
  virtual void on_detach(FunctionGraph& fgraph);
  virtual void on_import(FunctionGraph& fgraph, const Apply& node, const std::string& reason);
  virtual void on_prune(FunctionGraph& fgraph, const Apply& node, const std::string& reason);
  // NODE is false for a graph output; INDEX is the input's or the output's position.
  virtual void on_change_input(FunctionGraph& fgraph, const Apply& node, int index,
                               const Variable& old, const Variable& with,
                               const std::string& reason);
  // Pairs (first, then) that a schedule must keep beside data dependence.
  virtual std::vector<std::pair<Apply, Apply>> orderings(const FunctionGraph& fgraph) const;
  // Throws InconsistencyError when the graph is not legal for this feature.
  virtual void validate(const FunctionGraph& fgraph) const;
};

// A replacement that a feature refuses; rewriters catch it and leave the graph as it was.
struct KROTON_API InconsistencyError : Error {
  using Error::Error;
};
}  // namespace kroton::inline graph
