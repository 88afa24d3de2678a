// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/features/history.h"

namespace kroton::inline graph {
void History::on_change_input(FunctionGraph&, const Apply& node, int index, const Variable& old,
                              const Variable&, const std::string&) {
  if (!reverting_) log_.push_back({node, index, old});
}

void History::revert(FunctionGraph& fgraph, Checkpoint checkpoint) {
  reverting_ = true;
  while (log_.size() > checkpoint) {
    const Change change = log_.back();
    log_.pop_back();
    if (change.node) {
      // A node that left the graph since comes back with the variable that used it.
      if (fgraph.contains(change.node))
        fgraph.change_input(change.node, change.index, change.old, "revert");
    } else {
      fgraph.change_output(change.index, change.old, "revert");
    }
  }
  reverting_ = false;
}
}  // namespace kroton::inline graph
