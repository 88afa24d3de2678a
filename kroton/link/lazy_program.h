// SPDX-License-Identifier: BSD-3-Clause
// A graph with lazy ops (ifelse), by any linker: nodes that the same runs need are programs of
// their own, which run when something asks for what they compute.
// Source: Theano's gof/vm.py:Stack, gof/lazylinker_c.c.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/link/program.h"

namespace kroton::link {
// Makes the program of a part; POSITIONS: of its nodes in the whole order.
using MakePart = std::function<std::shared_ptr<const Program>(
    const FunctionGraph& part, const std::vector<Apply>& order, std::vector<int> positions)>;

// The whole by MAKE when no op of ORDER is lazy. RECORDER: gets the times of lazy nodes.
KROTON_API std::shared_ptr<const Program> make_in_parts(const FunctionGraph& fgraph,
                                                        const std::vector<Apply>& order,
                                                        const MakePart& make,
                                                        std::shared_ptr<Recorder> recorder = {});
}  // namespace kroton::link
