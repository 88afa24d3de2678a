// SPDX-License-Identifier: BSD-3-Clause
// An identity whose gradient stays within bounds, against gradients that explode:
//   auto g = grad(cost(grad_clip(x, -1, 1)), x);          // every element of g is between -1 and 1
// Source: Theano's gradient.py.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
// x, whose gradient is clipped to [LOWER, UPPER]. ValueError when LOWER is above UPPER.
KROTON_API Variable grad_clip(const Variable& x, double lower, double upper);
}  // namespace kroton::tensor
