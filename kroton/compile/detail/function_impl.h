// SPDX-License-Identifier: BSD-3-Clause
// What a Function handle points to: everything that a call needs, decided when the function was
// made.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/compile/function.h"
#include "kroton/link/program.h"
#include "kroton/link/storage.h"
#include "kroton/ndarray/view.h"

namespace kroton::inline compile {
struct Function::Impl {
  struct Input {
    std::string name;
    std::shared_ptr<const Type> type;
    link::ArrayCheck check;
    bool strict = false;
    std::optional<bool> allow_downcast;
    bool is_mutable = false;
    std::shared_ptr<SharedContainer> fallback;  // the default value, if there is one
  };
  // A cell that a call reads, or reads and writes.
  struct Cell {
    std::shared_ptr<LeafData> keeper;
    SharedContainer* container;
    bool written;
  };
  struct Update {
    SharedContainer* container;
    std::size_t output;  // of the program
  };

  explicit Impl(FunctionGraph graph) : fgraph(std::move(graph)) {}
  ~Impl();

  std::string name, who;
  FunctionGraph fgraph;
  std::vector<Apply> order;
  std::shared_ptr<const link::Program> program;
  std::vector<Input> inputs;             // of the user
  std::vector<SharedContainer*> shared;  // inputs of the program behind those of the user
  std::vector<Cell> cells;               // all that a call locks, in the order of their addresses
  std::vector<Update> updates;
  std::size_t user_outputs = 0;
  std::vector<std::optional<NDArray>> targets;  // of outputs with into(); empty when there are none
  std::vector<MemoryRange> offered;  // where they lie; empty for those that overlap another one
  bool any_mutable = false;
  std::shared_ptr<link::Recorder> recorder;              // null: no profile is kept
  mutable std::atomic<std::uint64_t> calls_told = 0;     // of which the user has asked the profile
  std::string trace_path;                                // where its trace goes; "": nowhere
  std::vector<std::pair<std::string, double>> building;  // steps and their seconds
};
}  // namespace kroton::inline compile
