// SPDX-License-Identifier: BSD-3-Clause
// Functions that MPFR has not, from those that it has.
#pragma once
#include "real.h"

namespace accuracy {
Real sigmoid(const Real& x);
Real softplus(const Real& x);
Real log1mexp(const Real& x);
Real logaddexp(const Real& x, const Real& y);
Real xlogy0(const Real& x, const Real& y);
Real sinc(const Real& x);
Real radians(const Real& x);
Real degrees(const Real& x);
Real erfcx(const Real& x);
// The inverse of erf, or of erfc, near a double that is right to about 50 bits.
Real erfinv_from(const Real& x, double near, bool complement);
Real gammaln(const Real& x);
Real tri_gamma(const Real& x);
// The regularised incomplete gamma functions Q(a, x) and P(a, x).
Real upper_gamma(const Real& a, const Real& x);
Real lower_gamma(const Real& a, const Real& x);
// J or I of any order for |x| up to 200 (J) or 720.
Real bessel(const Real& order, const Real& argument, bool modified);
}  // namespace accuracy
