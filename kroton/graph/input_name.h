// SPDX-License-Identifier: BSD-3-Clause
// What errors call an input of a node.
#pragma once
#include <string>

#include "kroton/graph/variable.h"

namespace kroton::inline graph {
// Input number I as the user knows it: its name, or the text of a leaf; else OTHERWISE, the op's
// own word for it, unless another input is called so: the user's x must stay the user's x.
KROTON_API std::string input_name(const Apply& node, std::size_t i, const std::string& otherwise);
}  // namespace kroton::inline graph
