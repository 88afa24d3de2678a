// SPDX-License-Identifier: BSD-3-Clause
// Steps along an axis that are written out become one kernel with an ordered axis:
//   for k: x[k] = (d[:, k] - a[:, k] * x[k - 1]) / b[:, k];   stack(x, 1)
// See docs/rewrites.md; detail/recurrence.h says how they are found.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
KROTON_API void fuse_recurrences(FunctionGraph& fgraph, rewrite::Trace& trace);
}  // namespace kroton::tensor
