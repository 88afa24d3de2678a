// SPDX-License-Identifier: BSD-3-Clause
// Reductions and what reads their results, over common outer axes, as the stages of one kernel: a
// row of a layer norm is read, reduced, centred and scaled while it is in the cache. Reductions of
// one domain that read the same array become one kernel too.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/rewrite/trace.h"

namespace kroton::tensor {
KROTON_API void fuse_stages(FunctionGraph& fgraph, rewrite::Trace& trace);
}  // namespace kroton::tensor
