// SPDX-License-Identifier: BSD-3-Clause
// The linker "py": each node by its perform(), on values. The plainest way to run a graph, and the
// reference.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/link/program.h"
#include "kroton/link/thunk.h"

namespace kroton::link {
KROTON_API std::shared_ptr<const Program> make_perform_program(const FunctionGraph& fgraph,
                                                               const std::vector<Apply>& order,
                                                               const LinkOptions& options = {});
// A thunk per node of STORAGE.
KROTON_API std::shared_ptr<std::deque<Thunk>> make_thunks(const Storage& storage);
// Node after node by BODY, which says by which of the node's bodies it ran; with a clock around
// each where OPTIONS has a recorder.
using ThunkBody = const char* (Thunk::*)(std::span<const Value>, std::span<Value>);
std::shared_ptr<const Program> make_thunk_program(std::shared_ptr<const Storage> storage,
                                                  std::shared_ptr<std::deque<Thunk>> thunks,
                                                  const LinkOptions& options, ThunkBody body);
}  // namespace kroton::link
