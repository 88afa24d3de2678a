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
                                                               const std::vector<Apply>& order);
// A thunk per node of STORAGE.
KROTON_API std::shared_ptr<std::deque<Thunk>> make_thunks(const Storage& storage);
}  // namespace kroton::link
