// SPDX-License-Identifier: BSD-3-Clause
// Fusion: nodes whose values are computed where they are read become one kernel with their reader.
// A producer goes into its readers when all of them end up in one kernel, or when computing it
// again is cheaper than writing it to memory and reading it back. See docs/rewrites.md.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// Elementwise and view producers into their readers.
KROTON_API void fuse(FunctionGraph& fgraph, rewrite::Trace& trace);
KROTON_API void install_fusion(rewrite::Database& db);
}  // namespace kroton::tensor
