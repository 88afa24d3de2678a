// SPDX-License-Identifier: BSD-3-Clause
// The gradients of ops.def against differences of the rows' own values: the same tokens, compiled
// here over numbers instead of graph. That the library's gradients build the right graph is tested
// with tensor's verify_gradient.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"

namespace on_numbers {
using std::cos, std::cosh, std::exp, std::expm1, std::log, std::pow, std::sin, std::sinh, std::sqrt,
    std::trunc;
struct Truth {  // a bool, so that ~ is "not"
  bool value;
  Truth operator~() const { return {!value}; }
};
inline Truth operator|(Truth a, Truth b) { return {a.value || b.value}; }
inline Truth operator&(Truth a, Truth b) { return {a.value && b.value}; }
struct Number {
  double value;
  Number(double v) : value(v) {}
  operator double() const { return value; }
};
inline Truth operator<(Number a, Number b) { return {a.value < b.value}; }
inline Truth operator>(Number a, Number b) { return {a.value > b.value}; }
inline Truth eq(double a, double b) { return {a == b}; }
inline double select(Truth c, double a, double b) { return c.value ? a : b; }
inline double select(double c, double a, double b) { return c != 0 ? a : b; }
inline double won(Truth won, Truth tied, double gz) {
  return won.value ? gz : tied.value ? gz / 2 : 0;
}
inline double zero(double) { return 0; }
inline double no_gradient(const char*) { return 0; }
inline double disconnected() { return 0; }
inline double sqr(double x) { return x * x; }
// By differences of what the gradients of gammaln and psi claim to be derivatives of.
inline double psi(double x) { return (std::lgamma(x + 1e-5) - std::lgamma(x - 1e-5)) / 2e-5; }
inline double tri_gamma(double x) {
  return (std::lgamma(x + 1e-3) - 2 * std::lgamma(x) + std::lgamma(x - 1e-3)) / 1e-6;
}
inline double no_gradient_for(double, const char*) { return std::nan("none"); }
inline double number(double value, double) { return value; }
inline double gamma_density(double x, double y) {
  return std::pow(y, x - 1) * std::exp(-y) / std::tgamma(x);
}
inline double slope_of_sinc(double x, double) {
  const auto sinc = [](double t) { return std::sin(M_PI * t) / (M_PI * t); };
  return (sinc(x + 1e-5) - sinc(x - 1e-5)) / 2e-5;
}
inline double jv(double order, double x) { return std::cyl_bessel_j(order, x); }
inline double iv(double order, double x) { return std::cyl_bessel_i(order, x); }
inline double j0(double x) { return jv(0, std::abs(x)); }
inline double j1(double x) { return x < 0 ? -jv(1, -x) : jv(1, x); }
inline double i0(double x) { return iv(0, std::abs(x)); }
inline double i1(double x) { return x < 0 ? -iv(1, -x) : iv(1, x); }
inline double sgn(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
inline double turning(double, double) { return 0; }
inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double floor_div(double x, double y) { return std::floor(x / y); }
inline double direction(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
inline double real_part_of(double gz, double) { return gz; }
inline double imaginary_part_of(double, double) { return 0; }
inline double conj(double x) { return x; }

using Function = std::vector<double> (*)(const std::vector<double>& in, double out, double gz);
struct Entry {
  const kroton::scalars::Row* row;
  Function gradient;
};
#define LIST(...) __VA_ARGS__
#define ENTRY(NAME, INPUTS, TERMS)                                                              \
  {&kroton::scalars::op::NAME, []([[maybe_unused]] const std::vector<double>& in,               \
                                  [[maybe_unused]] double out, [[maybe_unused]] double given) { \
     [[maybe_unused]] const Number gz = given;                                                  \
     INPUTS return std::vector<double>{TERMS};                                                  \
   }},
#define INPUT(NAME, I) [[maybe_unused]] const Number NAME = in[I];
#define UNARY(NAME, RULE, ON, VALUE, TERM, ...) \
  ENTRY(NAME, INPUT(x, 0) [[maybe_unused]] const Number z = out;, TERM)
#define BINARY(NAME, RULE, ON, VALUE, TERMS, ...) \
  ENTRY(NAME, INPUT(x, 0) INPUT(y, 1) [[maybe_unused]] const Number z = out;, LIST TERMS)
#define TERNARY(NAME, RULE, ON, VALUE, TERMS, ...) \
  ENTRY(NAME, INPUT(x, 0) INPUT(y, 1) INPUT(z, 2), LIST TERMS)
#define SELECT TERNARY
const Entry entries[] = {
#include "kroton/scalars/ops.def"
};
}  // namespace on_numbers

namespace {
using on_numbers::Entry;

double value(const kroton::scalars::Row& row, const std::vector<double>& in) {
  const bool condition = in[0] != 0;
  const void* arguments[3] = {in.data(), in.data() + 1, in.data() + 2};
  if (row.first_is_condition) arguments[0] = &condition;
  double out = 0;
  row.host(kroton::float64)(arguments, &out);
  return out;
}

bool has_no_gradient_for(const kroton::scalars::Row& row, std::size_t i) {
  static const std::set<std::string> of_first = {"gammainc", "gammaincc", "gammal",
                                                 "gammau",   "jv",        "iv"};
  return (i == 0 && of_first.contains(row.name)) || (i == 1 && row.name == "chi2sf");
}

class RowGradients : public testing::TestWithParam<Entry> {};

TEST_P(RowGradients, are_the_slopes_of_the_value) {
  const auto& [row, gradient] = GetParam();
  const auto domain = row->traits.domain;
  const double step = 1e-6, gz = 1.75;
  for (int sample = 0; sample < 12; ++sample) {
    std::vector<double> in;
    for (int i = 0; i < row->nin; ++i) {
      const double share = std::fmod(0.137 + 0.381966 * (sample + 1) * (i + 1) + 0.21 * i, 1.0);
      in.push_back(domain.low + (domain.high - domain.low) * share);
    }
    const std::vector<double> got = gradient(in, value(*row, in), gz);
    ASSERT_EQ(got.size(), in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (row->first_is_condition && i == 0) continue;
      if (has_no_gradient_for(*row, i)) {
        EXPECT_TRUE(std::isnan(got[i])) << row->name;
        continue;
      }
      std::vector<double> above = in, below = in;
      above[i] += step;
      below[i] -= step;
      const double slope = gz * (value(*row, above) - value(*row, below)) / (2 * step);
      if (std::abs(slope) > 1e5) continue;  // across a jump
      EXPECT_NEAR(got[i], slope, 1e-5 * (1 + std::abs(slope)))
          << row->name << " input " << i << " at " << in[0];
    }
  }
}

std::vector<Entry> with_gradient() {
  std::vector<Entry> out;
  for (const Entry& entry : on_numbers::entries) {
    const bool on_float64 = (entry.row->computes & (1u << static_cast<int>(kroton::float64))) != 0;
    if (entry.row->name == "tri_gamma") continue;  // has none
    if (on_float64 && entry.row->traits.result != kroton::kernel::ResultRule::boolean)
      out.push_back(entry);
  }
  return out;
}
INSTANTIATE_TEST_SUITE_P(Scalars, RowGradients, testing::ValuesIn(with_gradient()),
                         [](const auto& info) { return info.param.row->name + "_row"; });

// C6.4
TEST(RowGradients, of_maximum_share_ties) {
  for (const Entry& entry : on_numbers::entries) {
    if (entry.row->name != "maximum" && entry.row->name != "minimum") continue;
    EXPECT_EQ(entry.gradient({2, 2}, 2, 3), (std::vector<double>{1.5, 1.5}));
  }
}

TEST(RowGradients, of_pow_are_finite_at_zero) {
  for (const Entry& entry : on_numbers::entries) {
    if (entry.row->name != "pow") continue;
    EXPECT_EQ(entry.gradient({0, 2}, 0, 1), (std::vector<double>{0, 0}));
    EXPECT_EQ(entry.gradient({0, 0}, 1, 1), (std::vector<double>{0, 0}));
  }
}

// log(2) to all digits of float64, although 2 is a float32 there: NumPy's 8 * log(2).
TEST(Gradients, of_pow_are_computed_in_the_dtype_of_the_power) {
  using namespace kroton;
  const Variable base = tensor::TensorType(float32, {})("base"),
                 count = tensor::TensorType(int8, {})("count"),
                 y = tensor::TensorType(float64, {})("y");
  const auto slope = [&](const Variable& x, const NDArray& value) {
    const Variable z = scalars::apply(scalars::op::pow, {x, y});
    const Variable g = scalars::gradients(scalars::op::pow, {x, y}, z, z.type().ones_like(z))[1];
    EXPECT_EQ(g.dtype(), float64);
    return support::evaluate(g, {{x, value}, {y, NDArray::full({}, 3.)}}).item<double>();
  };
  EXPECT_DOUBLE_EQ(slope(base, NDArray::full({}, 2, float32)), 5.545177444479562);
  EXPECT_DOUBLE_EQ(slope(count, NDArray::full({}, 2, int8)), 5.545177444479562);
}

TEST(Gradients, that_do_not_exist_are_named) {
  const kroton::Variable x = kroton::tensor::TensorType(kroton::float64, {})("x");
  const kroton::Variable z = kroton::scalars::apply(kroton::scalars::op::tri_gamma, {x});
  CHECK_ERROR(GradientError, kroton::scalars::gradients(kroton::scalars::op::tri_gamma, {x}, z, x),
              "tri_gamma: its derivative is not implemented; keep it out of the cost or wrap it in "
              "disconnected_grad");
  const kroton::Variables both = {x, kroton::tensor::TensorType(kroton::float64, {})("order")};
  const kroton::Variable bessel = kroton::scalars::apply(kroton::scalars::op::jv, {both[1], x});
  CHECK_ERROR(GradientError,
              kroton::scalars::pushforward(kroton::scalars::op::jv, {both[1], x}, bessel, both),
              "Rop: the derivative of jv by its parameter order is not implemented; hold that "
              "fixed, or take a difference quotient");
  kroton::scalars::Row mine = kroton::scalars::op::exp;
  mine.name = "mine";
  mine.gradient = nullptr;
  CHECK_ERROR(
      GradientError, kroton::scalars::gradients(mine, {x}, z, x),
      "mine: the op has no gradient; keep it out of the cost or wrap it in disconnected_grad");
  EXPECT_EQ(kroton::scalars::gradients(kroton::scalars::op::exp, {x}, z, x).size(), 1u);
}

TEST(Gradients, have_the_dtype_of_a_float_input_and_are_real_for_real_ones) {
  using namespace kroton;
  for (DType d : {float32, float64, complex64, complex128}) {
    const Variable x = tensor::TensorType(d, {})("x");
    for (const scalars::Row* row : scalars::rows()) {
      const bool legal = (row->computes & (1u << static_cast<int>(d))) != 0 && !row->target;
      if (!legal || row == &scalars::op::tri_gamma) continue;
      const Variables inputs(static_cast<std::size_t>(row->nin), x);
      const Variable z = scalars::apply(*row, inputs);
      const Variable gz = z.type().zeros_like(z);
      for (const Variable& g : scalars::gradients(*row, inputs, z, gz)) {
        if (!g.type().is_array()) continue;  // disconnected, or not implemented
        EXPECT_EQ(g.dtype(), d) << row->name;
      }
    }
  }
}
}  // namespace
