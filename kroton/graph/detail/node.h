// SPDX-License-Identifier: BSD-3-Clause
// What the handles Variable and Apply point to.
#pragma once
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
struct VariableNode {
  std::shared_ptr<const Type> type;
  std::string name;
  std::source_location line;
  std::shared_ptr<LeafData> data;
  ApplyNode* owner = nullptr;  // set in outputs, which live inside their owner
  int index = 0;
  // A leaf handed to Apply as an output: handles to it lead to the real output from then on.
  std::shared_ptr<VariableNode> claimed;
};

struct ApplyNode : std::enable_shared_from_this<ApplyNode> {
  std::shared_ptr<const Op> op;
  Variables inputs;
  std::vector<VariableNode> results;  // never resized after construction
  Variables outputs;                  // handles to results that own nothing
  std::source_location line;          // of a user function's caller
  std::source_location constructed;   // of the call of Apply, outside the library
  std::uint64_t build_order = 0;
  const void* fgraph = nullptr;  // the FunctionGraph that owns it, if any

  ~ApplyNode();
  // Fills `outputs`, once.
  void refer_to_outputs() {
    outputs.resize(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      outputs[i].node_ = std::shared_ptr<VariableNode>(std::shared_ptr<void>(), &results[i]);
    }
  }
};
}  // namespace kroton::inline graph
