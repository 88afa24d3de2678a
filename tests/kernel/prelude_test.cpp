// SPDX-License-Identifier: BSD-3-Clause
// The mathematics of the prelude against MPFR: every exponent of the argument, the neighbourhoods
// where functions are hard, and the special values of C's Annex F. The limits are in units in the
// last place of the result.
#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <ios>
#include <string>

#include "kroton/kernel/prelude/math.h"
#include "tests/kernel/exact.h"

namespace {
namespace p = kroton::kernel::prelude;

using kroton::test::arguments;
using kroton::test::Exact;
using kroton::test::ulps;

using Reference = int (*)(mpfr_t, const mpfr_t, mpfr_rnd_t);

int sigmoid_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t r) {
  Exact e;
  mpfr_neg(e.value, x, r);
  mpfr_exp(e.value, e.value, r);
  mpfr_add_ui(e.value, e.value, 1, r);
  return mpfr_ui_div(y, 1, e.value, r);
}
int softplus_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t r) {  // max(x, 0) + log1p(exp(-|x|))
  Exact e;
  mpfr_abs(e.value, x, r);
  mpfr_neg(e.value, e.value, r);
  mpfr_exp(e.value, e.value, r);
  mpfr_log1p(e.value, e.value, r);
  return mpfr_sgn(x) > 0 ? mpfr_add(y, e.value, x, r) : mpfr_set(y, e.value, r);
}
int sqrt_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t r) { return mpfr_sqrt(y, x, r); }
int rint_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_rint(y, x, MPFR_RNDN); }
int floor_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_floor(y, x); }
int ceil_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_ceil(y, x); }
int trunc_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t) { return mpfr_trunc(y, x); }

struct Unary {
  const char* name;
  float (*single)(float);
  double (*twice)(double);
  Reference exact;
  double single_limit, twice_limit;
};
#define UNARY(name, exact, single_limit, twice_limit)                                           \
  Unary {                                                                                       \
    #name, [](float x) { return p::name##_f32(x); }, [](double x) { return p::name##_f64(x); }, \
        exact, single_limit, twice_limit                                                        \
  }

const Unary unaries[] = {
    UNARY(exp, mpfr_exp, 1.0, 1.0),          UNARY(exp2, mpfr_exp2, 1.1, 1.1),
    UNARY(expm1, mpfr_expm1, 1.2, 1.7),      UNARY(log, mpfr_log, 1.2, 1.2),
    UNARY(log2, mpfr_log2, 0.51, 0.51),      UNARY(log10, mpfr_log10, 0.51, 0.51),
    UNARY(log1p, mpfr_log1p, 1.5, 1.5),      UNARY(sqrt, sqrt_exact, 0.5, 0.5),
    UNARY(sin, mpfr_sin, 0.6, 1.0),          UNARY(cos, mpfr_cos, 0.6, 1.0),
    UNARY(tan, mpfr_tan, 0.6, 2.0),          UNARY(arcsin, mpfr_asin, 2.0, 2.0),
    UNARY(arccos, mpfr_acos, 2.0, 2.0),      UNARY(arctan, mpfr_atan, 2.0, 2.0),
    UNARY(sinh, mpfr_sinh, 2.5, 2.5),        UNARY(cosh, mpfr_cosh, 2.0, 2.0),
    UNARY(tanh, mpfr_tanh, 2.5, 2.5),        UNARY(arcsinh, mpfr_asinh, 2.5, 2.5),
    UNARY(arccosh, mpfr_acosh, 2.5, 2.5),    UNARY(arctanh, mpfr_atanh, 2.5, 2.5),
    UNARY(sigmoid, sigmoid_exact, 2.5, 2.5), UNARY(softplus, softplus_exact, 2.5, 2.5),
    UNARY(erf, mpfr_erf, 1.5, 1.5),          UNARY(erfc, mpfr_erfc, 0.6, 3.5),
    UNARY(floor, floor_exact, 0.5, 0.5),     UNARY(ceil, ceil_exact, 0.5, 0.5),
    UNARY(trunc, trunc_exact, 0.5, 0.5),     UNARY(round, rint_exact, 0.5, 0.5),
};
#undef UNARY

class PreludeUnary : public testing::TestWithParam<Unary> {};

template <class T>
void check(const Unary& row, T (*function)(T), double limit) {
  double worst = 0;
  T where = 0;
  for (T x : arguments<T>()) {
    const Exact argument(static_cast<double>(x));
    Exact exact;
    row.exact(exact.value, argument.value, MPFR_RNDN);
    const double error = ulps(function(x), exact);
    if (error > worst) {
      worst = error;
      where = x;
    }
  }
  EXPECT_LE(worst, limit) << row.name << "(" << std::hexfloat << where << ") gives "
                          << function(where);
  testing::Test::RecordProperty(std::string(row.name) + (sizeof(T) == 4 ? "_f32" : "_f64"),
                                std::to_string(worst));
}

TEST_P(PreludeUnary, is_accurate_over_the_whole_range_in_float) {
  check<float>(GetParam(), GetParam().single, GetParam().single_limit);
}
TEST_P(PreludeUnary, is_accurate_over_the_whole_range_in_double) {
  check<double>(GetParam(), GetParam().twice, GetParam().twice_limit);
}
INSTANTIATE_TEST_SUITE_P(Prelude, PreludeUnary, testing::ValuesIn(unaries),
                         [](const auto& info) { return std::string(info.param.name); });

// Every pair of a set that mixes special, ordinary and extreme numbers.
template <class T>
std::vector<T> corners() {
  using L = std::numeric_limits<T>;
  std::vector<T> out;
  for (T x : {T(0), L::denorm_min(), L::min(), T(1e-20), T(0.3), T(0.5), T(1),
              std::nextafter(T(1), T(2)), T(1.7), T(2), T(3), T(7.25), T(127), T(1e5), T(16777217),
              T(1e19), L::max(), L::infinity()}) {
    out.push_back(x);
    out.push_back(-x);
  }
  out.push_back(L::quiet_NaN());
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 100; ++i)
    out.push_back(static_cast<T>(std::exp(unit(random) * (i % 2 ? 3 : 60))));
  return out;
}

using Reference2 = int (*)(mpfr_t, const mpfr_t, const mpfr_t, mpfr_rnd_t);

template <class T, class F>
double worst_of_pairs(F&& function, Reference2 reference) {
  double worst = 0;
  for (T x : corners<T>()) {
    for (T y : corners<T>()) {
      const Exact a(static_cast<double>(x));
      const Exact b(static_cast<double>(y));
      Exact exact;
      reference(exact.value, a.value, b.value, MPFR_RNDN);
      const double error = ulps(function(x, y), exact);
      EXPECT_LE(error, 4) << std::hexfloat << x << " " << y << " gives " << function(x, y);
      worst = std::max(worst, error);
    }
  }
  return worst;
}

TEST(Prelude, pow_is_accurate_with_all_signs_and_special_values) {
  EXPECT_LE(worst_of_pairs<float>(p::pow_f32, mpfr_pow), 0.51);
  EXPECT_LE(worst_of_pairs<double>(p::pow_f64, mpfr_pow), 1.1);
}

TEST(Prelude, arctan2_is_accurate_in_all_quadrants) {
  EXPECT_LE(worst_of_pairs<float>(p::arctan2_f32, mpfr_atan2), 2.0);
  EXPECT_LE(worst_of_pairs<double>(p::arctan2_f64, mpfr_atan2), 2.0);
}

int log_gamma_exact(mpfr_t y, const mpfr_t x, mpfr_rnd_t r) {
  int sign = 0;
  return mpfr_lgamma(y, &sign, x, r);
}

// The worst error in ULP for positive x, and in units of epsilon max(1, |y|) for negative x down to
// -170.
void check_gamma_family(const char* name, double (*function)(double), Reference reference) {
  for (double x : arguments<double>()) {
    if (!(x > -170) || x == 0 || (x < 0 && std::floor(x) == x)) continue;
    const Exact argument(x);
    Exact exact;
    reference(exact.value, argument.value, MPFR_RNDN);
    const double y = mpfr_get_d(exact.value, MPFR_RNDN);
    const double error = x > 0 ? ulps(function(x), exact)
                               : std::abs(function(x) - y) / (std::max(1.0, std::abs(y)) * 0x1p-52);
    if (std::isinf(y) && function(x) == y) continue;
    ASSERT_LE(error, x > 0 ? 4 : 8)
        << name << "(" << std::hexfloat << x << ") gives " << function(x);
  }
}

TEST(Prelude, gamma_functions_are_accurate) {
  check_gamma_family("gamma", p::gamma_f64, mpfr_gamma);
  check_gamma_family("gammaln", p::gammaln_f64, log_gamma_exact);
  check_gamma_family("psi", p::psi_f64, mpfr_digamma);
}

TEST(Prelude, tri_gamma_is_the_slope_of_psi) {
  EXPECT_NEAR(p::tri_gamma_f64(1), 1.6449340668482264, 1e-15);    // pi^2 / 6
  EXPECT_NEAR(p::tri_gamma_f64(0.5), 4.934802200544679, 4e-15);   // pi^2 / 2
  EXPECT_NEAR(p::tri_gamma_f64(-0.5), 8.934802200544679, 9e-15);  // pi^2 / 2 + 4
  EXPECT_NEAR(p::tri_gamma_f64(20), 0.05127082293520312, 1e-16);  // SciPy
}
}  // namespace
