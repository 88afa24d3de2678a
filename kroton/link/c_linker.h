// SPDX-License-Identifier: BSD-3-Clause
// Linkers of generated C modules. "c": the whole graph is one module, whose nodes without C text
// call back; no memory is given back between calls, arrays between nodes are used again. "c|py":
// node after node, each by its own module, its kernel, or perform() where it has neither. "c&py":
// node after node by two bodies, whose results are compared.
// Source: Theano's gof/cc.py:CLinker, OpWiseCLinker, DualLinker.
#pragma once
#include <memory>
#include <vector>

#include "kroton/link/program.h"

namespace kroton::link {
std::shared_ptr<const Program> make_c_program(const FunctionGraph& fgraph,
                                              const std::vector<Apply>& order,
                                              const LinkOptions& options);
std::shared_ptr<const Program> make_op_wise_program(const FunctionGraph& fgraph,
                                                    const std::vector<Apply>& order,
                                                    const LinkOptions& options);
// Error, naming the node, when its bodies disagree.
std::shared_ptr<const Program> make_dual_program(const FunctionGraph& fgraph,
                                                 const std::vector<Apply>& order,
                                                 const LinkOptions& options);
}  // namespace kroton::link
