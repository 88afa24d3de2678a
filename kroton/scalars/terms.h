// SPDX-License-Identifier: BSD-3-Clause
// The language of gradients in ops.def: variables with operators, numbers that take the dtype of
// what they meet, and every row as a function: terms::exp(x). It builds nodes through apply(), so
// it knows no tensors.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/variable.h"
#include "kroton/scalars/op.h"

namespace kroton::scalars::terms {
class Term {
 public:
  Term(const Variable& variable) : variable_(variable) {}
  operator const Variable&() const { return variable_; }
  const Variable& variable() const { return variable_; }

 private:
  Variable variable_;
};
// A 0-d host constant: in the real dtype of LIKE when that is continuous; else int8 for a whole
// number, floatX for another.
KROTON_API Term number(double value, const Term& like);

#define KROTON_TERM(SYMBOL, ROW)                                                               \
  inline Term operator SYMBOL(const Term& x, const Term& y) { return apply(op::ROW, {x, y}); } \
  inline Term operator SYMBOL(const Term& x, double y) {                                       \
    return apply(op::ROW, {x, number(y, x)});                                                  \
  }                                                                                            \
  inline Term operator SYMBOL(double x, const Term& y) { return apply(op::ROW, {number(x, y), y}); }
KROTON_TERM(+, add)
KROTON_TERM(-, sub)
KROTON_TERM(*, mul)
KROTON_TERM(/, true_div)
KROTON_TERM(<, lt)
KROTON_TERM(>, gt)
KROTON_TERM(&, and_)
KROTON_TERM(|, or_)
#undef KROTON_TERM
inline Term operator-(const Term& x) { return apply(op::neg, {x}); }
inline Term operator~(const Term& x) { return apply(op::invert, {x}); }

#define UNARY(NAME, ...) \
  inline Term NAME(const Term& x) { return apply(op::NAME, {x}); }
#define BINARY(NAME, ...) \
  inline Term NAME(const Term& x, const Term& y) { return apply(op::NAME, {x, y}); }
#define TERNARY(NAME, ...)                                        \
  inline Term NAME(const Term& x, const Term& y, const Term& z) { \
    return apply(op::NAME, {x, y, z});                            \
  }
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
inline Term eq(const Term& x, double y) { return eq(x, number(y, x)); }
inline Term select(const Term& condition, const Term& x, const Term& y) {
  return switch_(condition, x, y);
}
inline Term select(const Term& condition, double x, const Term& y) {
  return select(condition, number(x, y), y);
}

// A zero gradient: connected, of x's shape.
KROTON_API Term zero(const Term& x);
// The gradient for an input that the output is no function of.
KROTON_API Term disconnected();
// Throws GradientError: the row's derivative is not implemented.
KROTON_API Term no_gradient(const char* row);
// The gradient for one input of several: none is implemented, which stops only a cost that needs
// it.
KROTON_API Term no_gradient_for(const Term& x, const char* row);
// gz where WON, half of it where TIED, else 0.
KROTON_API Term won(const Term& won, const Term& tied, const Term& gz);
// The derivative of |x|: the sign of a real x, x / |x| of a complex one, and 0 at 0.
KROTON_API Term direction(const Term& x);
// The gradient of the angle of x: gz i x / |x|^2, 0 for real x.
KROTON_API Term turning(const Term& gz, const Term& x);
// y^(x - 1) exp(-y) / gamma(x), the slope of gammainc.
KROTON_API Term gamma_density(const Term& x, const Term& y);
// The derivative of z = sinc(x).
KROTON_API Term slope_of_sinc(const Term& x, const Term& z);
// The gradients of the parts of x: gz or i gz in x's dtype when that is complex; gz or 0 when it is
// real.
KROTON_API Term real_part_of(const Term& gz, const Term& x);
KROTON_API Term imaginary_part_of(const Term& gz, const Term& x);
}  // namespace kroton::scalars::terms
