// SPDX-License-Identifier: BSD-3-Clause
#include "exact.h"

namespace accuracy {
namespace {
Real pi() {
  Real y;
  mpfr_const_pi(y.value, MPFR_RNDN);
  return y;
}
Real wide(const Real& x, mpfr_prec_t bits) {
  Real y(Real::Bits{bits});
  mpfr_set(y.value, x.value, MPFR_RNDN);
  return y;
}
bool is_nan(const Real& x) { return mpfr_nan_p(x.value) != 0; }
bool is_infinite(const Real& x) { return mpfr_inf_p(x.value) != 0; }
double sign(const Real& x) { return mpfr_sgn(x.value); }
}  // namespace

Real sigmoid(const Real& x) { return Real(1) / (Real(1) + of(mpfr_exp, -x)); }
Real softplus(const Real& x) {
  const Real tail = of(mpfr_log1p, of(mpfr_exp, -of(mpfr_abs, x)));
  return sign(x) > 0 ? x + tail : tail;
}
Real log1mexp(const Real& x) {
  if (sign(x) > 0) return Real(NAN);
  return x < Real(-1) ? of(mpfr_log1p, -of(mpfr_exp, x)) : of(mpfr_log, -of(mpfr_expm1, x));
}
Real logaddexp(const Real& x, const Real& y) {
  if (is_nan(x) || is_nan(y)) return x + y;
  const Real &top = x < y ? y : x, &low = x < y ? x : y;
  if (is_infinite(top) || is_infinite(low)) return top + Real(0.0);
  return top + of(mpfr_log1p, of(mpfr_exp, low - top));
}
Real xlogy0(const Real& x, const Real& y) {
  return mpfr_zero_p(x.value) && !is_nan(y) ? Real(0) : x * of(mpfr_log, y);
}
Real sinc(const Real& x) {
  if (mpfr_zero_p(x.value)) return Real(1);
  if (is_infinite(x)) return Real(0);
  if (mpfr_integer_p(x.value)) return Real(0);
  const Real half = x / Real(2);
  Real whole;
  mpfr_rint(whole.value, half.value, MPFR_RNDN);
  return of(mpfr_sin, (half - whole) * Real(2) * pi()) / (pi() * x);
}
Real radians(const Real& x) { return x * (pi() / Real(180)); }
Real degrees(const Real& x) { return x * (Real(180) / pi()); }

Real erfcx(const Real& x) {
  if (is_infinite(x)) return sign(x) > 0 ? Real(0) : Real(INFINITY);
  if (x < Real(1000)) {
    const Real more = wide(x, 3000);
    return of(mpfr_exp, more * more) * of(mpfr_erfc, more);
  }
  const Real z = Real(0.5) / (x * x);
  return (Real(1) - z * (Real(1) - Real(3) * z * (Real(1) - Real(5) * z))) /
         (x * of(mpfr_sqrt, pi()));
}
// One step of Newton's from a double that is right to about 50 bits.
Real erfinv_from(const Real& x, double near, bool complement) {
  if (!std::isfinite(near) || near == 0) return Real(near);
  const Real y(near);
  const Real slope = Real(2) / of(mpfr_sqrt, pi()) * of(mpfr_exp, -(y * y));
  return complement ? y + (of(mpfr_erfc, y) - x) / slope : y - (of(mpfr_erf, y) - x) / slope;
}

Real gammaln(const Real& x) {
  Real y;
  int signum = 0;
  mpfr_lgamma(y.value, &signum, x.value, MPFR_RNDN);
  return y;
}
// psi' by its recurrence and Euler and Maclaurin's series.
Real tri_gamma(const Real& x) {
  if (is_nan(x)) return x;
  if (is_infinite(x)) return sign(x) > 0 ? Real(0) : Real(INFINITY);
  if (mpfr_zero_p(x.value)) return Real(INFINITY);
  if (sign(x) < 0) {
    if (mpfr_integer_p(x.value)) return Real(INFINITY);
    const Real s = sinc(x) * x;  // sin(pi x) / pi
    return Real(1) / (s * s) - tri_gamma(Real(1) - x);
  }
  Real sum(0), t = x;
  for (; t < Real(60); t = t + Real(1)) sum = sum + Real(1) / (t * t);
  const Real inverse = Real(1) / (t * t);
  Real power = Real(1) / t, zeta, factor(1);
  sum = sum + power + inverse / Real(2);
  for (unsigned k = 1; k < 30; ++k) {  // B_2k / t^(2 k + 1)
    factor = factor * Real((2 * k - 1) * 2 * k) / (Real(4) * pi() * pi());
    power = power * inverse;
    mpfr_zeta_ui(zeta.value, 2 * k, MPFR_RNDN);
    const Real term = Real(k % 2 == 1 ? 2 : -2) * factor * zeta * power;
    sum = sum + term;
  }
  return sum;
}
Real upper_gamma(const Real& a, const Real& x) {
  return of(mpfr_gamma_inc, a, x) / of(mpfr_gamma, a);
}
Real lower_gamma(const Real& a, const Real& x) {
  Real term = of(mpfr_exp, a * of(mpfr_log, x) - x - gammaln(a + Real(1.0))), sum = term, n = a;
  while (mpfr_get_exp(term.value) > mpfr_get_exp(sum.value) - 150) {
    n = n + Real(1.0);
    term = term * x / n;
    sum = sum + term;
  }
  return sum;
}
// The sum of (+-x^2/4)^k / (k! gamma(v + k + 1)) times (x/2)^v, at a precision that cancellation
// leaves enough of.
Real bessel(const Real& order, const Real& argument, bool modified) {
  const Real v = wide(order, 1200), x = wide(argument, 1200);
  const Real z = x * x / Real(modified ? 4 : -4);
  Real term = of(mpfr_pow, x / Real(2), v) / of(mpfr_gamma, v + Real(1));
  Real sum = term;
  for (int k = 1; k < 4000; ++k) {
    term = term * z / (Real(k) * (v + Real(k)));
    sum = sum + term;
    if (mpfr_zero_p(term.value) || mpfr_get_exp(term.value) < mpfr_get_exp(sum.value) - 320) break;
  }
  return sum;
}
}  // namespace accuracy
