// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/activations.h"

#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/float_operand.h"
#include "kroton/tensor/elemwise_functions.h"

namespace kroton::tensor::nnet {
namespace {
// Numbers take the dtype of x: 0.2 would make float64 of float32.
Variable like(const Operand& number, const Variable& x) {
  return number.is_variable() ? number.variable() : constant(number.value(), x.dtype());
}
bool is_number(const Operand& x, double number) {
  const auto value = constant_value(as_tensor_variable(x));
  return value && !is_complex(value->dtype()) && value->astype(float64).item<double>() == number;
}
}  // namespace

Variable relu(const Operand& operand, const Operand& alpha) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "relu"), zero = like(0, x);
  const Variable above = maximum(x, zero);
  if (is_number(alpha, 0)) return above;
  return above + like(alpha, x) * minimum(x, zero);
}
Variable elu(const Operand& operand, const Operand& alpha) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "elu"), zero = like(0, x);
  // The other side of the branch must not overflow: its gradient would be 0 times infinity.
  return where(x > zero, x, like(alpha, x) * expm1(minimum(x, zero)));
}
Variable selu(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "selu");
  const double alpha = 1.6732632423543772848, scale = 1.0507009873554804934;
  return like(scale, x) * elu(x, alpha);
}
Variable softsign(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "softsign");
  return x / (like(1, x) + abs(x));
}
Variable hard_sigmoid(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "hard_sigmoid");
  return clip(x * like(0.2, x) + like(0.5, x), like(0, x), like(1, x));
}
Variable ultra_fast_sigmoid(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "ultra_fast_sigmoid");
  const Variable half = like(0.5, x), one = like(1, x);
  // tanh(x / 2) for the absolute value.
  const Variable y = abs(x) * half;
  const Variable near = like(1.5, x) * y / (one + y);
  const Variable line_between =
      like(0.935409070603099, x) + like(0.0458812946797165, x) * (y - like(1.7, x));
  const Variable z =
      where(y < like(1.7, x), near, where(y < like(3, x), line_between, like(0.99505475368673, x)));
  return half * (where(x < like(0, x), -z, z) + one);
}
}  // namespace kroton::tensor::nnet
