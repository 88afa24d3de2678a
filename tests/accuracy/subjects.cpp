// SPDX-License-Identifier: BSD-3-Clause
#include "subjects.h"

#include <algorithm>
#include <cmath>

#include "exact.h"
#include "kroton/kernel/prelude/math.h"

namespace accuracy {
namespace {
namespace p = kroton::kernel::prelude;

bool anywhere(double, double) { return true; }
bool positive(double x, double) { return !(x < 0); }
bool to_minus_170(double x, double) { return x < 0 && x > -170 && std::floor(x) != x; }
double one(double, double) { return 1; }
double largest(double x, double y) {
  return std::isfinite(x) && std::isfinite(y) ? std::max(std::abs(x), std::abs(y)) : 0;
}
// The amplitude of a Bessel function's wave.
double wave(double x, double) { return std::min(1.0, 0.8 / std::sqrt(std::abs(x))); }
double wave_of_order(double v, double x) {
  return std::abs(x) > std::abs(v) + 2 ? 0.8 / std::sqrt(std::abs(x)) : 0;
}
bool up_to_700(double x, double) { return std::abs(x) < 700; }
bool small_order(double v, double x) { return v >= 0 && v <= 100 && x >= 0 && x <= 200; }
bool negative_order(double v, double x) { return v < 0 && v >= -20 && x > 0 && x <= 200; }
bool gamma_arguments(double a, double x) { return a >= 1e-3 && a <= 1000 && x > 0 && x <= 2000; }
bool large_gamma(double a, double x) { return a > 1000 && a <= 1e5 && x > a / 2 && x <= 2 * a; }
bool chi_arguments(double x, double k) { return gamma_arguments(k / 2, x / 2); }

std::vector<Interval> within(double limit) { return {{"everywhere", anywhere, limit}}; }
std::vector<Interval> gamma_family(double limit) {
  return {{"x >= 0", positive, limit},
          {"-170 < x < 0, of the larger of 1 and the result", to_minus_170, 16, one}};
}

#define BY(FUNCTION) [](const Real& x, const Real&) { return of(FUNCTION, x); }
#define BY2(FUNCTION) [](const Real& x, const Real& y) { return of(FUNCTION, x, y); }
#define EXACT(...) [](const Real& x, [[maybe_unused]] const Real& y) -> Real { return __VA_ARGS__; }
#define WIDE(...) \
  [](long double x, [[maybe_unused]] long double y) -> long double { return __VA_ARGS__; }

int round_even(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_rint(y, x, MPFR_RNDN); }
int round_away(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_round(y, x); }
int floor_of(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_floor(y, x); }
int ceil_of(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_ceil(y, x); }
int trunc_of(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_trunc(y, x); }

// pi / 180 in long double keeps 64 bits.
constexpr long double degree = 3.14159265358979323846264338328L / 180;

std::vector<Subject> make_subjects() {
  return {
      {"add", 2, BY2(mpfr_add), nullptr, within(0.5)},
      {"sub", 2, BY2(mpfr_sub), nullptr, within(0.5)},
      {"mul", 2, BY2(mpfr_mul), nullptr, within(0.5)},
      {"true_div", 2, BY2(mpfr_div), nullptr, within(0.5)},
      {"fmod", 2, BY2(mpfr_fmod), nullptr, within(0)},
      {"inv", 1, EXACT(Real(1) / x), WIDE(1 / x), within(0.5)},
      {"sqr", 1, EXACT(x * x), WIDE(x * x), within(0.5)},
      {"sqrt", 1, BY(mpfr_sqrt), WIDE(std::sqrt(x)), within(0.5)},
      {"cbrt", 1, BY(mpfr_cbrt), WIDE(std::cbrt(x)), within(3)},
      {"hypot", 2, BY2(mpfr_hypot), nullptr, within(2)},
      {"pow", 2, BY2(mpfr_pow), nullptr, within(2)},
      {"exp", 1, BY(mpfr_exp), WIDE(std::exp(x)), within(1.5)},
      {"exp2", 1, BY(mpfr_exp2), WIDE(std::exp2(x)), within(1.5)},
      {"expm1", 1, BY(mpfr_expm1), WIDE(std::expm1(x)), within(2)},
      {"log", 1, BY(mpfr_log), WIDE(std::log(x)), within(1.5)},
      {"log2", 1, BY(mpfr_log2), WIDE(std::log2(x)), within(1)},
      {"log10", 1, BY(mpfr_log10), WIDE(std::log10(x)), within(1)},
      {"log1p", 1, BY(mpfr_log1p), WIDE(std::log1p(x)), within(2)},
      {"sigmoid", 1, EXACT(sigmoid(x)), WIDE(1 / (1 + std::exp(-x))), within(2.5)},
      {"softplus", 1, EXACT(softplus(x)),
       WIDE(std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x)))), within(2.5)},
      {"log1mexp", 1, EXACT(log1mexp(x)),
       WIDE(x < -1 ? std::log1p(-std::exp(x)) : std::log(-std::expm1(x))), within(4)},
      {"logaddexp",
       2,
       EXACT(logaddexp(x, y)),
       nullptr,
       {{"everywhere, of the larger of x, y and the result", anywhere, 4, largest}}},
      {"xlogx", 1, EXACT(xlogy0(x, x)), nullptr, within(2.5)},
      {"xlogy0", 2, EXACT(xlogy0(x, y)), nullptr, within(2.5)},
      {"sin", 1, BY(mpfr_sin), WIDE(std::sin(x)), within(1.5)},
      {"cos", 1, BY(mpfr_cos), WIDE(std::cos(x)), within(1.5)},
      {"tan", 1, BY(mpfr_tan), WIDE(std::tan(x)), within(2.5)},
      {"arcsin", 1, BY(mpfr_asin), WIDE(std::asin(x)), within(2.5)},
      {"arccos", 1, BY(mpfr_acos), WIDE(std::acos(x)), within(2.5)},
      {"arctan", 1, BY(mpfr_atan), WIDE(std::atan(x)), within(2.5)},
      {"arctan2", 2, BY2(mpfr_atan2), nullptr, within(2.5)},
      {"sinc", 1, EXACT(sinc(x)), nullptr, within(3)},
      {"sinh", 1, BY(mpfr_sinh), WIDE(std::sinh(x)), within(2.5)},
      {"cosh", 1, BY(mpfr_cosh), WIDE(std::cosh(x)), within(2.5)},
      {"tanh", 1, BY(mpfr_tanh), WIDE(std::tanh(x)), within(2.5)},
      {"arcsinh", 1, BY(mpfr_asinh), WIDE(std::asinh(x)), within(2.5)},
      {"arccosh", 1, BY(mpfr_acosh), WIDE(std::acosh(x)), within(2.5)},
      {"arctanh", 1, BY(mpfr_atanh), WIDE(std::atanh(x)), within(2.5)},
      {"deg2rad", 1, EXACT(radians(x)), WIDE(x * degree), within(1.5)},
      {"rad2deg", 1, EXACT(degrees(x)), WIDE(x / degree), within(1.5)},
      {"erf", 1, BY(mpfr_erf), WIDE(std::erf(x)), within(2)},
      {"erfc", 1, BY(mpfr_erfc), WIDE(std::erfc(x)), within(4)},
      {"erfcx", 1, EXACT(erfcx(x)), nullptr, within(4), true},
      {"erfinv", 1, EXACT(erfinv_from(x, p::erfinv_f64(x.number()), false)), nullptr, within(4)},
      {"erfcinv", 1, EXACT(erfinv_from(x, p::erfcinv_f64(x.number()), true)), nullptr, within(4)},
      {"gamma", 1, BY(mpfr_gamma), WIDE(std::tgamma(x)), gamma_family(4)},
      {"gammaln", 1, EXACT(gammaln(x)), WIDE(std::lgamma(x)), gamma_family(4)},
      {"psi", 1, BY(mpfr_digamma), nullptr, gamma_family(4)},
      {"tri_gamma", 1, EXACT(tri_gamma(x)), nullptr, gamma_family(8), true},
      {"gammainc",
       2,
       EXACT(lower_gamma(x, y)),
       nullptr,
       {{"0.001 <= a <= 1000, 0 < x <= 2000", gamma_arguments, 4000},
        {"1000 < a <= 100000, a/2 < x <= 2 a", large_gamma, 40000}},
       true},
      {"gammaincc",
       2,
       EXACT(upper_gamma(x, y)),
       nullptr,
       {{"0.001 <= a <= 1000, 0 < x <= 2000", gamma_arguments, 4000},
        {"1000 < a <= 100000, a/2 < x <= 2 a", large_gamma, 40000}},
       true},
      {"chi2sf",
       2,
       EXACT(upper_gamma(y / Real(2), x / Real(2))),
       nullptr,
       {{"0.002 <= k <= 2000, 0 < x <= 4000", chi_arguments, 4000}},
       true},
      {"j0",
       1,
       BY(mpfr_j0),
       nullptr,
       {{"everywhere, of the larger of the result and min(1, 0.8 / sqrt(abs(x)))", anywhere, 4,
         wave}},
       true},
      {"j1",
       1,
       BY(mpfr_j1),
       nullptr,
       {{"everywhere, of the larger of the result and min(1, 0.8 / sqrt(abs(x)))", anywhere, 4,
         wave}},
       true},
      {"i0", 1, EXACT(bessel(Real(0), x, true)), nullptr, {{"abs(x) < 700", up_to_700, 4}}, true},
      {"i1", 1, EXACT(bessel(Real(1), x, true)), nullptr, {{"abs(x) < 700", up_to_700, 4}}, true},
      {"jv",
       2,
       EXACT(bessel(x, y, false)),
       nullptr,
       {{"orders 0 to 100, 0 <= x <= 200, of the larger of the result and, from x = v + 2, 0.8 / sqrt(x)",
         small_order, 4000, wave_of_order},
        {"orders -20 to 0, 0 < x <= 200, likewise", negative_order, 4000, wave_of_order}},
       true},
      {"iv",
       2,
       EXACT(bessel(x, y, true)),
       nullptr,
       {{"orders 0 to 100, 0 <= x <= 200", small_order, 4000},
        {"orders -20 to 0, 0 < x <= 200", negative_order, 40000}},
       true},
      {"ceil", 1, BY(ceil_of), WIDE(std::ceil(x)), within(0)},
      {"floor", 1, BY(floor_of), WIDE(std::floor(x)), within(0)},
      {"trunc", 1, BY(trunc_of), WIDE(std::trunc(x)), within(0)},
      {"round", 1, BY(round_even), WIDE(std::nearbyint(x)), within(0)},
      {"round_half_away_from_zero", 1, BY(round_away), WIDE(std::round(x)), within(0)},
  };
}
}  // namespace

std::span<const Subject> subjects() {
  static const std::vector<Subject> all = make_subjects();
  return all;
}

std::span<const Unmeasured> unmeasured() {
  static const std::vector<Unmeasured> all = {
      {"floor_div", "the floor of a rounded quotient; exact where the quotient is"},
      {"mod", "fmod and at most one addition"},
      {"neg", "changes a bit"},
      {"abs", "changes a bit; of complex numbers hypot"},
      {"sgn", "one of four numbers"},
      {"copysign", "changes a bit"},
      {"nextafter", "the next number"},
      {"angle", "0 or pi; of complex numbers arctan2"},
      {"gammal", "gammainc times gamma"},
      {"gammau", "gammaincc times gamma"},
      {"maximum", "an argument"},
      {"minimum", "an argument"},
      {"clip", "an argument"},
      {"switch", "an argument"},
      {"second", "an argument"},
      {"identity", "the argument"},
      {"real", "the argument"},
      {"imag", "0; of complex numbers a part"},
      {"conj", "the argument; of complex numbers changes a bit"},
  };
  return all;
}
}  // namespace accuracy
