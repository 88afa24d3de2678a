// SPDX-License-Identifier: BSD-3-Clause
// Short answers that many ops give to grad, r_op and connection_pattern.
#pragma once
#include <vector>

#include "kroton/graph/op.h"

namespace kroton::tensor {
// The zero gradient of X: its shape, floatX where x is discrete.
Variable zero_gradient(const Variable& x);
// The gradient of something that an op's output is no function of.
Variable disconnected();
// Only the inputs below DIFFERENTIABLE are connected with the one output.
Connections first_connected(const Apply& node, std::size_t differentiable);
// r_op of an op that is linear in its input 0 and not differentiable in the others.
Variables linear_r_op(const Op& op, const Apply& node, const Variables& eval_points);
// The same for an output that does not depend smoothly on anything: no change.
Variables no_change(const Apply& node);
}  // namespace kroton::tensor
