// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/replace.h"

#include "kroton/graph/walk.h"

namespace kroton::inline graph {
Variables clone_graph(const Variables& outputs, VariableMap& memo, bool strict) {
  Variables known;
  known.reserve(memo.size());
  for (const auto& [original, copy] : memo) known.push_back(original);
  const auto copy_of = [&](const Variable& x) -> Variable {
    const auto found = memo.find(x);
    return found == memo.end() ? x : found->second;
  };
  for (const Apply& node : toposort_between(known, outputs)) {
    Variables inputs;
    inputs.reserve(node.inputs().size());
    for (const Variable& input : node.inputs()) inputs.push_back(copy_of(input));
    const Apply clone = node.clone_with_new_inputs(std::move(inputs), strict);
    for (std::size_t i = 0; i < node.outputs().size(); ++i)
      memo.emplace(node.outputs()[i], clone.outputs()[i]);
  }
  Variables copies;
  for (const Variable& output : outputs) copies.push_back(copy_of(output));
  return copies;
}

Variables clone_replace(const Variables& outputs,
                        const std::vector<std::pair<Variable, Variable>>& replacements,
                        bool strict) {
  VariableMap memo(replacements.begin(), replacements.end());
  return clone_graph(outputs, memo, strict);
}
}  // namespace kroton::inline graph
