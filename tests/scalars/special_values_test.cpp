// SPDX-License-Identifier: BSD-3-Clause
// Zeros, infinities, NaN and ones: each row does what Annex F of the C standard says of the C
// library's function of its name, signs included. The C library here is the reference.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "kroton/scalars/op.h"

namespace {
using kroton::scalars::find;

template <class T>
std::vector<T> special() {
  using L = std::numeric_limits<T>;
  std::vector<T> out = {L::quiet_NaN()};
  for (T x : {T(0), T(1), T(2), T(3), T(0.5), L::denorm_min(), L::min(), L::max(), L::infinity()}) {
    out.push_back(x);
    out.push_back(-x);
  }
  return out;
}

// Zeros with their signs, infinities and NaN are as wanted; other numbers are other tests' matter.
template <class T>
bool same_kind(T got, T want) {
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got);
  if (std::isinf(want) || std::isinf(got) || want == 0 || got == 0)
    return want == got && std::signbit(want) == std::signbit(got);
  return std::signbit(want) == std::signbit(got);
}

struct Function {
  const char* row;
  std::function<double(double)> twice;
  std::function<float(float)> single;
};
#define OF(ROW, NAME) \
  {#ROW, [](double x) -> double { return NAME(x); }, [](float x) -> float { return NAME(x); }}
const Function functions[] = {
    OF(sqrt, std::sqrt),      OF(cbrt, std::cbrt),       OF(exp, std::exp),
    OF(exp2, std::exp2),      OF(expm1, std::expm1),     OF(log, std::log),
    OF(log2, std::log2),      OF(log10, std::log10),     OF(log1p, std::log1p),
    OF(sin, std::sin),        OF(cos, std::cos),         OF(tan, std::tan),
    OF(arcsin, std::asin),    OF(arccos, std::acos),     OF(arctan, std::atan),
    OF(sinh, std::sinh),      OF(cosh, std::cosh),       OF(tanh, std::tanh),
    OF(arcsinh, std::asinh),  OF(arccosh, std::acosh),   OF(arctanh, std::atanh),
    OF(erf, std::erf),        OF(erfc, std::erfc),       OF(gamma, std::tgamma),
    OF(gammaln, std::lgamma), OF(ceil, std::ceil),       OF(floor, std::floor),
    OF(trunc, std::trunc),    OF(round, std::nearbyint), OF(round_half_away_from_zero, std::round),
    OF(abs, std::fabs)};
#undef OF

template <class T>
void check(const Function& function, const std::function<T(T)>& want) {
  const auto host = find(function.row)->host(sizeof(T) == 4 ? kroton::float32 : kroton::float64);
  for (T x : special<T>()) {
    T z = 0;
    const void* in[] = {&x};
    host(in, &z);
    EXPECT_TRUE(same_kind(z, want(x)))
        << function.row << "(" << x << ") is " << z << ", not " << want(x);
  }
}

TEST(SpecialValues, of_functions_of_one_argument_are_those_of_annex_f) {
  for (const Function& function : functions) {
    check<double>(function, function.twice);
    check<float>(function, function.single);
  }
}

TEST(SpecialValues, of_functions_of_two_arguments_are_those_of_annex_f) {
  struct Pair {
    const char* row;
    double (*want)(double, double);
  };
  const Pair pairs[] = {{"pow", std::pow},           {"arctan2", std::atan2},
                        {"hypot", std::hypot},       {"fmod", std::fmod},
                        {"copysign", std::copysign}, {"nextafter", std::nextafter}};
  for (const Pair& pair : pairs) {
    const auto host = find(pair.row)->host(kroton::float64);
    for (double x : special<double>()) {
      for (double y : special<double>()) {
        double z = 0;
        const void* in[] = {&x, &y};
        host(in, &z);
        EXPECT_TRUE(same_kind(z, pair.want(x, y)))
            << pair.row << "(" << x << ", " << y << ") is " << z << ", not " << pair.want(x, y);
      }
    }
  }
}

TEST(SpecialValues, subnormal_numbers_are_kept) {
  const double least = std::numeric_limits<double>::denorm_min();
  for (const char* row : {"identity", "neg", "abs", "sin", "tan", "arctan", "expm1", "log1p",
                          "sinh", "tanh", "arcsinh", "erfinv"}) {
    double z = 0;
    const void* in[] = {&least};
    find(row)->host(kroton::float64)(in, &z);
    EXPECT_EQ(std::abs(z), least) << row;
  }
  const double two = 2;
  double z = 0;
  const void* in[] = {&least, &two};
  find("mul")->host(kroton::float64)(in, &z);
  EXPECT_EQ(z, 2 * least);
}
}  // namespace
