// SPDX-License-Identifier: BSD-3-Clause
// Numbers of 300 bits (MPFR) with operators, and errors of floats against them.
#pragma once
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace accuracy {
constexpr mpfr_prec_t precision = 300;

class Real {
 public:
  struct Bits {
    mpfr_prec_t count;
  };
  explicit Real(Bits bits) { mpfr_init2(value, bits.count); }
  Real() : Real(Bits{precision}) {}
  Real(double x) : Real() { mpfr_set_d(value, x, MPFR_RNDN); }
  Real(const Real& x) : Real(Bits{mpfr_get_prec(x.value)}) { mpfr_set(value, x.value, MPFR_RNDN); }
  Real& operator=(const Real& x) {
    mpfr_set_prec(value, mpfr_get_prec(x.value));
    mpfr_set(value, x.value, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(value); }
  double number() const { return mpfr_get_d(value, MPFR_RNDN); }
  mpfr_t value;
};

#define ACCURACY_OPERATOR(SYMBOL, FUNCTION)                                       \
  inline Real operator SYMBOL(const Real& x, const Real& y) {                     \
    Real z(Real::Bits{std::max(mpfr_get_prec(x.value), mpfr_get_prec(y.value))}); \
    FUNCTION(z.value, x.value, y.value, MPFR_RNDN);                               \
    return z;                                                                     \
  }
ACCURACY_OPERATOR(+, mpfr_add)
ACCURACY_OPERATOR(-, mpfr_sub)
ACCURACY_OPERATOR(*, mpfr_mul)
ACCURACY_OPERATOR(/, mpfr_div)
#undef ACCURACY_OPERATOR
inline bool operator<(const Real& x, const Real& y) { return mpfr_less_p(x.value, y.value) != 0; }

inline Real operator-(const Real& x) {
  Real y(x);
  mpfr_neg(y.value, x.value, MPFR_RNDN);
  return y;
}

// The function of MPFR of one argument as one of Reals: of(mpfr_exp, x).
template <class F>
Real of(F function, const Real& x) {
  Real y(Real::Bits{mpfr_get_prec(x.value)});
  function(y.value, x.value, MPFR_RNDN);
  return y;
}
template <class F>
Real of(F function, const Real& x, const Real& y) {
  Real z(Real::Bits{std::max(mpfr_get_prec(x.value), mpfr_get_prec(y.value))});
  function(z.value, x.value, y.value, MPFR_RNDN);
  return z;
}

// The distance of y from the exact value in ULP of the larger of |exact| and FLOOR; more than 1e9
// where one is NaN, an infinity or a zero of the other sign and the other is not. A result that is
// the exact one rounded has at most 0.5.
template <class T>
double ulps(T y, const Real& exact, double floor = 0) {
  const T nearest = sizeof(T) == 4 ? static_cast<T>(mpfr_get_flt(exact.value, MPFR_RNDN))
                                   : static_cast<T>(exact.number());
  if (std::isnan(nearest) || std::isnan(y)) return std::isnan(nearest) == std::isnan(y) ? 0 : 1e12;
  if (y == nearest && y == 0)
    return std::signbit(y) == std::signbit(nearest) || !mpfr_zero_p(exact.value) ? 0 : 1e12;
  if (std::isinf(y) || std::isinf(nearest)) {
    if (y == nearest) return 0;
    return std::abs(std::isinf(y) ? nearest : y) == std::numeric_limits<T>::max() ? 1 : 1e12;
  }
  using L = std::numeric_limits<T>;
  const Real size = Real(floor) < of(mpfr_abs, exact) ? of(mpfr_abs, exact) : Real(floor);
  const long exponent = mpfr_zero_p(size.value)
                            ? L::min_exponent
                            : std::max<long>(mpfr_get_exp(size.value), L::min_exponent);
  Real difference = exact - Real(static_cast<double>(y));
  mpfr_mul_2si(difference.value, difference.value, L::digits - exponent, MPFR_RNDN);
  return std::abs(difference.number());
}
}  // namespace accuracy
