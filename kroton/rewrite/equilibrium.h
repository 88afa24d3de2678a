// SPDX-License-Identifier: BSD-3-Clause
// Applies local rewrites until none of them changes the graph any more. Work-list driven: a node is
// looked at again when it is new or one of its inputs changed; a last look at all nodes confirms
// the equilibrium. A rewrite that is applied more than max_use_ratio times the number of nodes is
// stopped and reported, so that two rewrites that undo each other cannot run for ever.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/rewrite/rewriter.h"

namespace kroton::rewrite {
inline constexpr double max_use_ratio = 8;

KROTON_API RewriterRef make_equilibrium(std::string name, std::vector<LocalRewrite> rewrites,
                                        double use_ratio = max_use_ratio);
}  // namespace kroton::rewrite
