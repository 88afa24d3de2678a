// SPDX-License-Identifier: BSD-3-Clause
// The steps from the user's graph to one that can be run, and what each hands to the next.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kroton/compile/io.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/replace.h"
#include "kroton/rewrite/trace.h"

namespace kroton::inline compile {
namespace detail {
// What the new value of an update goes to.
struct UpdateTarget {
  std::optional<SharedVariable> shared;
  int input = -1;  // otherwise the default of this input
};

struct Request {
  InList inputs;
  OutList outputs;
  FunctionOptions options;
  std::string who;  // "function" or "function 'f'"
};

// The user's graph, cloned: inputs are fresh leaves, givens are in place.
struct Cloned {
  Variables inputs, outputs;  // outputs of the user
  std::vector<SharedVariable> shared;
  std::vector<UpdateTarget> targets;  // one per update
  Variables updates;                  // their expressions
};

// "input 0 'x'"
std::string input_text(std::size_t i, const std::string& name);
// ValueError for constants, shared variables and duplicates among the inputs.
void check_inputs(const Request& request);
Cloned collect_and_clone(const Request& request);
// What to do about an input that nothing needs; ValueError for a leaf that is no input.
void check_leaves(const Request& request, const Cloned& cloned);
// Copies for outputs that would alias what the user, another output or the function itself holds.
void insert_deep_copies(FunctionGraph& fgraph, const Request& request, const Cloned& cloned);
}  // namespace detail
}  // namespace kroton::inline compile
