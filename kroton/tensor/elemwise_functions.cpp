// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/elemwise_functions.h"

#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"

namespace kroton::tensor {
namespace {
Variable apply_row(const scalars::Row& row, std::initializer_list<const Operand*> operands) {
  const CreationLine line((*operands.begin())->line());
  Variables inputs;
  for (const Operand* operand : operands) inputs.push_back(array_operand(*operand, row.name));
  return elementwise(row, inputs);
}
}  // namespace

#define UNARY(name, ...) \
  Variable name(const Operand& x) { return apply_row(scalars::op::name, {&x}); }
#define BINARY(name, ...)                             \
  Variable name(const Operand& x, const Operand& y) { \
    return apply_row(scalars::op::name, {&x, &y});    \
  }
#define TERNARY(name, ...)                                              \
  Variable name(const Operand& x, const Operand& y, const Operand& z) { \
    return apply_row(scalars::op::name, {&x, &y, &z});                  \
  }
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT

Variable where(const Operand& condition, const Operand& a, const Operand& b) {
  return switch_(condition, a, b);
}
Variable int_div(const Operand& x, const Operand& y) { return floor_div(x, y); }
Variable cast(const Operand& operand, DType dtype) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "cast");
  if (x.dtype() == dtype) return x;
  const auto number = constant_value(x);
  if (number && (is_complex(dtype) || !is_complex(x.dtype())))
    return constant(number->astype(dtype));
  return elementwise(scalars::op::cast(dtype), {x});
}
}  // namespace kroton::tensor
