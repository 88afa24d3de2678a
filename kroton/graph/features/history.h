// SPDX-License-Identifier: BSD-3-Clause
// History: an undo log of a FunctionGraph. FunctionGraph::replace_all_validate uses one of its own.
#pragma once
#include <cstddef>
#include <vector>

#include "kroton/graph/function_graph.h"

namespace kroton::inline graph {
class KROTON_API History : public Feature {
 public:
  using Checkpoint = std::size_t;
  void on_change_input(FunctionGraph& fgraph, const Apply& node, int index, const Variable& old,
                       const Variable& with, const std::string& reason) override;
  Checkpoint checkpoint() const { return log_.size(); }
  // Undoes every change since.
  void revert(FunctionGraph& fgraph, Checkpoint checkpoint);

 private:
  struct Change {
    Apply node;
    int index;
    Variable old;
  };
  std::vector<Change> log_;
  bool reverting_ = false;
};
}  // namespace kroton::inline graph
