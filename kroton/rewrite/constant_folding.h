// SPDX-License-Identifier: BSD-3-Clause
// Constant folding: a node whose inputs are all constants becomes its value, when the op says that
// it may and has no effect. A value that takes more memory than the inputs and more than
// folded_bytes stays a node: zeros(1e9) is cheaper as an op.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/ndarray/value.h"

namespace kroton::rewrite {
inline constexpr std::int64_t folded_bytes = 1 << 16;

// A local rewrite for all nodes.
KROTON_API std::optional<Variables> constant_folding(const FunctionGraph& fgraph,
                                                     const Apply& node);
// The values of the node's outputs, by perform() or by its kernel; nothing when it has neither.
KROTON_API std::optional<std::vector<Value>> node_values(const Apply& node,
                                                         const std::vector<Value>& inputs);
// By its kernel, in the interpreter.
KROTON_API std::optional<std::vector<Value>> kernel_values(const Apply& node,
                                                           const std::vector<Value>& inputs);
}  // namespace kroton::rewrite
