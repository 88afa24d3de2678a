// SPDX-License-Identifier: BSD-3-Clause
// Axes added, dropped, moved and flagged: views all of them.
//   squeeze(x)   expand_dims(x, 0)   swapaxes(x, 0, 1)   moveaxis(x, 0, -1)   addbroadcast(x, {0})
// An axis that is dropped or gains the broadcast flag must have length 1 when the function runs.
// Source: Theano's tensor/extra_ops.py, tensor/basic.py.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Without all broadcastable axes; without these axes.
KROTON_API Variable squeeze(const Operand& x);
KROTON_API Variable squeeze(const Operand& x, Axes axis);
// New axes of length 1 at these places of the result.
KROTON_API Variable expand_dims(const Operand& x, Axes axis);
KROTON_API Variable swapaxes(const Operand& x, int axis1, int axis2);
// The axis SOURCE stands at DESTINATION of the result, the others in order around it.
KROTON_API Variable moveaxis(const Operand& x, int source, int destination);
// Theano's: N new axes on the left, on the right, one at a place.
KROTON_API Variable shape_padleft(const Operand& x, int n = 1);
KROTON_API Variable shape_padright(const Operand& x, int n = 1);
KROTON_API Variable shape_padaxis(const Operand& x, int axis);
// New axes on the left until there are as many.
KROTON_API Variable atleast_1d(const Operand& x);
KROTON_API Variable atleast_2d(const Operand& x);
KROTON_API Variable atleast_3d(const Operand& x);
// x in reversed order along these axes.
KROTON_API Variable flip(const Operand& x, Axes axis = {});
// x with the broadcast flag set, or not, on these axes; with all flags as given.
KROTON_API Variable addbroadcast(const Operand& x, Axes axis);
KROTON_API Variable unbroadcast(const Operand& x, Axes axis);
KROTON_API Variable patternbroadcast(const Operand& x, const std::vector<bool>& broadcastable);
}  // namespace kroton::tensor
