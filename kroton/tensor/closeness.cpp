// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/closeness.h"

#include <cmath>

#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"

namespace kroton::tensor {
namespace {
Variable floating(const Variable& x) { return is_discrete(x.dtype()) ? cast(x, float64) : x; }
}  // namespace

Variable isclose(const Operand& first, const Operand& second, double rtol, double atol,
                 bool equal_nan) {
  const CreationLine line(first.line());
  const Variable a = floating(array_operand(first, "isclose")),
                 b = floating(array_operand(second, "isclose"));
  const Variable near = le(abs(a - b), atol + rtol * abs(b));
  // Everything is within infinity of an infinite b.
  Variable close = or_(eq(a, b), and_(near, invert(isinf(b))));
  if (equal_nan) close = or_(close, and_(isnan(a), isnan(b)));
  return close;
}

Variable allclose(const Operand& a, const Operand& b, double rtol, double atol, bool equal_nan) {
  const CreationLine line(a.line());
  return all(isclose(a, b, rtol, atol, equal_nan));
}

Variable norm(const Operand& operand, double L, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Variable x = floating(array_operand(operand, "norm"));
  if (L == 0) return cast(sum(neq(x, 0), axis, options), int64);
  const Variable size = abs(x);
  if (std::isinf(L)) return L > 0 ? max(size, axis, options) : min(size, axis, options);
  if (L == 1) return sum(size, axis, options);
  if (L == 2) return sqrt(sum(sqr(size), axis, options));
  return pow(sum(pow(size, L), axis, options), 1 / L);
}

Variable ptp(const Operand& operand, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "ptp");
  return max(x, axis, options) - min(x, axis, options);
}
}  // namespace kroton::tensor
