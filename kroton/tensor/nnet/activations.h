// SPDX-License-Identifier: BSD-3-Clause
// Functions between the layers of a network, element by element; sigmoid and softplus are rows of
// scalars/ops.def. All keep the dtype of floats; integers become floats as in exp().
//   relu(x)   relu(x, 0.01)   elu(x)
// Source: Theano's tensor/nnet/nnet.py and sigm.py.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor::nnet {
// x where it is positive, else alpha x. ALPHA: a number, or an array that is broadcast against x.
// Gradient: at 0 the mean of both sides.
KROTON_API Variable relu(const Operand& x, const Operand& alpha = 0);
// x where it is positive, else alpha (exp(x) - 1).
KROTON_API Variable elu(const Operand& x, const Operand& alpha = 1);
// The elu that keeps mean 0 and variance 1 through layers of normal weights.
// Source: Klambauer et al., Self-Normalizing Neural Networks, 2017.
KROTON_API Variable selu(const Operand& x);
// x / (1 + |x|).
KROTON_API Variable softsign(const Operand& x);
// 0.2 x + 0.5 between 0 and 1.
KROTON_API Variable hard_sigmoid(const Operand& x);
// Within 0.028 of sigmoid(x), by a rational function, a line and a constant. Gradient: that of
// these pieces.
KROTON_API Variable ultra_fast_sigmoid(const Operand& x);
}  // namespace kroton::tensor::nnet
