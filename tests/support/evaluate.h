// SPDX-License-Identifier: BSD-3-Clause
// The values of variables, given those of inputs, by one linker and without any rewriting: for
// tests of ops themselves. "py" interprets kernels and runs perform(), "vm" compiles kernels.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kroton/graph/function_graph.h"
#include "kroton/graph/walk.h"
#include "kroton/link/program.h"

namespace kroton::support {
using Givens = std::vector<std::pair<Variable, Value>>;

inline Values evaluate_all(const Variables& outputs, const Givens& givens,
                           const std::string& linker = "py") {
  Variables inputs;
  Values arguments, results(outputs.size());
  for (const auto& [variable, value] : givens) {
    inputs.push_back(variable);
    arguments.push_back(variable.type().filter(value));
  }
  const FunctionGraph fgraph(inputs, outputs);
  link::make_program(linker, fgraph, fgraph.toposort())->run(arguments, results);
  return results;
}
inline NDArray evaluate(const Variable& output, const Givens& givens = {},
                        const std::string& linker = "py") {
  return evaluate_all({output}, givens, linker)[0];
}
}  // namespace kroton::support
