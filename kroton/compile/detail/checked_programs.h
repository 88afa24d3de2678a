// SPDX-License-Identifier: BSD-3-Clause
// The programs of DebugMode and NanGuardMode: each node on values, looked at closely.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kroton/compile/mode.h"
#include "kroton/graph/function_graph.h"
#include "kroton/link/program.h"
#include "kroton/rewrite/trace.h"

namespace kroton::inline compile {
namespace detail {
// Runs each node by every body that it has (perform, interpreted kernel, compiled kernel) and
// compares; checks that inputs stay as they are but for destroy_map, that outputs share memory only
// as view_map says; then computes both sides of every replacement in TRACE, which REWRITTEN's
// inputs feed, and names the rewrite that changed a value.
std::shared_ptr<const link::Program> make_debug_program(const FunctionGraph& fgraph,
                                                        const std::vector<Apply>& order,
                                                        rewrite::Trace trace);
// Error for a float that is NaN, infinite or beyond 1e10, in an input or in what a node gives.
std::shared_ptr<const link::Program> make_nan_guard_program(const FunctionGraph& fgraph,
                                                            const std::vector<Apply>& order,
                                                            Mode::NanGuard guard);
}  // namespace detail
}  // namespace kroton::inline compile
