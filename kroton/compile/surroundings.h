// SPDX-License-Identifier: BSD-3-Clause
// What a room higher up asks of every function whose graph holds nodes of its own: nodes that have
// to be there, an order, and something around each call. kroton/install.cpp lists the rooms that
// do.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/schedule.h"
#include "kroton/link/program.h"

namespace kroton::inline compile {
struct Surroundings {
  std::string_view name;
  bool (*concern)(const FunctionGraph& fgraph);
  // Before rewriting: adds nodes.
  void (*complete)(FunctionGraph& fgraph);
  // The order of nodes, where the mode does not give one.
  Schedule (*schedule)();
  std::shared_ptr<const link::Program> (*surround)(std::shared_ptr<const link::Program> program,
                                                   const FunctionGraph& fgraph);
};
// Defined in kroton/install.cpp.
KROTON_API const std::vector<Surroundings>& surroundings();
}  // namespace kroton::inline compile
