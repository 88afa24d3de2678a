// SPDX-License-Identifier: BSD-3-Clause
// Joins elementwise kernels over one domain that read the same arrays, or each other's results,
// into kernels of several outputs: what they share is read, and computed, once. So are those that
// change boxes of equal lengths, each in an array of its own.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/rewrite/trace.h"

namespace kroton::tensor {
KROTON_API void join_kernels(FunctionGraph& fgraph, rewrite::Trace& trace);
}  // namespace kroton::tensor
