// SPDX-License-Identifier: BSD-3-Clause
// The backward walk of grad: sums, node by node, the gradient terms that reach each variable.
#pragma once
#include <utility>
#include <vector>

#include "kroton/graph/variable.h"

namespace kroton::inline gradient {
// Gradients for each WRT, beginning with KNOWN (variable, gradient) and never passing CONSTANT. An
// empty variable or one of DisconnectedType: the KNOWN do not depend on it. One of NullType:
// undefined.
std::vector<Variable> accumulate_gradients(const std::vector<std::pair<Variable, Variable>>& known,
                                           const Variables& wrt, const Variables& constant);
}  // namespace kroton::inline gradient
