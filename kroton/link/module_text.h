// SPDX-License-Identifier: BSD-3-Clause
// Puts the C texts of types and ops together into one module (graph/c_protocol.h says how). Text
// only: nothing is compiled here. Source: Theano's gof/cc.py:CLinker.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/jit/compiler.h"
#include "kroton/module.h"

namespace kroton::link {
// What a block that can fail belongs to: a variable, or a node (by its place in the order).
struct ModuleTask {
  Variable variable = {};
  int node = -1;
  std::string what = {};  // "c_extract of TensorType(float64, vector)", "c_code of Scale"
};

// A node without C code. Where it has a kernel, the module defines its functions for one layout of
// the arrays.
struct ModuleCall {
  int node = -1;  // its place in the order
  std::vector<std::string> entries = {};
  std::string key = {};  // of that layout
};

// A text of the user's, by the name that diagnostics call it.
struct ModulePart {
  std::string text;
  int node = -1;
};

struct ModuleText {
  jit::Source source;               // defines the functions of ModuleEntries
  std::vector<ModuleTask> tasks;    // by the number that a failure gives, from 1
  Variables inputs;                 // the first cells of a run
  Variables outputs;                // the cells behind them
  std::vector<Constant> constants;  // cells of the start
  std::vector<ModuleCall> calls;    // what kroton_call_node runs, by its number
  std::map<std::string, ModulePart> parts;
};

// The functions of a module.
struct ModuleEntries {
  int (*load)();  // once per process
  int (*start)(void* self, kroton_host*, kroton_value* const* constants);
  int (*run)(void* self, kroton_value** cells);
  void (*stop)(void* self);
  std::size_t (*size)();  // of self
};

// INPUTS and OUTPUTS without repeats; an output is made by a node of ORDER. A node without C code
// becomes a call of its C++ body. Nothing when a call is needed and ALLOW_CALLS is false; WHY_NOT
// is then the reason. TIMED: each node says when it begins and ends.
KROTON_API std::optional<ModuleText> module_text(const Variables& inputs, const Variables& outputs,
                                                 const std::vector<Apply>& order, bool allow_calls,
                                                 std::string* why_not = nullptr,
                                                 bool timed = false);
}  // namespace kroton::link
