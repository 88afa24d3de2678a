// SPDX-License-Identifier: BSD-3-Clause
// One function per row of scalars/ops.def: exp(x), add(x, y), clip(x, lower, upper), ... and cast.
// Operands are variables, arrays and numbers; dtypes follow the row's rule, gradients its
// expression.
//   Variable z = tanh(x) * maximum(y, 0) + where(lt(x, y), x, 1.5);
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
#define UNARY(name, ...) KROTON_API Variable name(const Operand& x);
#define BINARY(name, ...) KROTON_API Variable name(const Operand& x, const Operand& y);
#define TERNARY(name, ...) \
  KROTON_API Variable name(const Operand& x, const Operand& y, const Operand& z);
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT

// Theano's switch: a where the condition is not zero, else b. Both are computed.
KROTON_API Variable where(const Operand& condition, const Operand& a, const Operand& b);
// floor_div by its other name.
KROTON_API Variable int_div(const Operand& x, const Operand& y);
// x itself when it has that dtype; TypeError from complex to real.
KROTON_API Variable cast(const Operand& x, DType dtype);

namespace nnet {
using tensor::sigmoid;
using tensor::softplus;
}  // namespace nnet
}  // namespace kroton::tensor
