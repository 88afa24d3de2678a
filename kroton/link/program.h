// SPDX-License-Identifier: BSD-3-Clause
// What a linker makes of a scheduled graph: something that turns values of the graph's inputs into
// values of its outputs, from several threads at once.
//   auto program = make_program("vm", fgraph, order, {.name = "f"});   program->run(inputs,
//   outputs);
// Linkers: "py" runs perform() of each node, or interprets its kernel. "vm" ("cvm") compiles
// kernels and c_code() and plans memory. "c", "c|py" and "c&py" are those of c_linker.h. Where an
// op is lazy, each of them runs the graph in parts (lazy_program.h).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/link/recorder.h"
#include "kroton/link/storage.h"
#include "kroton/ndarray/value.h"

namespace kroton::link {
class KROTON_API Program {
 public:
  virtual ~Program();
  // INPUTS have been filtered by their types; they may be taken. An array in OUTPUTS of the right
  // dtype and shape, C-contiguous and apart from all inputs, may be written instead of new memory;
  // an error leaves OUTPUTS otherwise as they were.
  virtual void run(std::span<Value> inputs, std::span<Value> outputs) const = 0;
};

struct LinkOptions {
  std::string name = {};                    // of the function, for messages
  std::shared_ptr<Recorder> recorder = {};  // gets what every node did; null: nobody asks
  // Of the nodes in the order that people see, when they are part of it; none: as they come.
  std::vector<int> positions = {};
  // Inputs, by number, whose memory may be overwritten where nothing reads them any more, and how
  // many of the first outputs may lie there.
  std::vector<int> scratch = {};
  std::size_t outputs_in_scratch = 0;
  // Pairs (input, output): the output is what the input's owner will hold next. It may be computed
  // over the input, behind all that can fail, when two handles of that array are all there are: the
  // owner's and the one in INPUTS.
  std::vector<std::pair<int, int>> replaced = {};
  std::size_t position(std::size_t node) const {
    return positions.empty() ? node : static_cast<std::size_t>(positions[node]);
  }
};
// Error that repeats an unknown linker's name.
KROTON_API std::shared_ptr<const Program> make_program(const std::string& linker,
                                                       const FunctionGraph& fgraph,
                                                       const std::vector<Apply>& order,
                                                       LinkOptions options = {});
KROTON_API bool is_linker(const std::string& name);

// Runs each node on values, one after another: BODY computes the outputs of node number I.
using NodeBody =
    std::function<void(std::size_t i, std::span<const Value> inputs, std::span<Value> outputs)>;
KROTON_API std::shared_ptr<const Program> make_node_program(std::shared_ptr<const Storage> storage,
                                                            NodeBody body,
                                                            std::vector<int> positions = {});
}  // namespace kroton::link
