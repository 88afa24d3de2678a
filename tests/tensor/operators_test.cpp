// SPDX-License-Identifier: BSD-3-Clause
// The operators that graph/operand.h declares and tensor/operators.cpp defines.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/operand.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();

// The elements as doubles: the same by both linkers.
List values(const Variable& z, const Givens& givens = {}) {
  const List got = evaluate(z, givens, "py").astype(float64).to_vector<double>();
  EXPECT_EQ(evaluate(z, givens, "vm").astype(float64).to_vector<double>(), got);
  return got;
}
// Without the detour over double.
std::vector<std::int64_t> longs(const Variable& z, const Givens& givens) {
  const auto got = evaluate(z, givens, "py").to_vector<std::int64_t>();
  EXPECT_EQ(evaluate(z, givens, "vm").to_vector<std::int64_t>(), got);
  return got;
}
}  // namespace

TEST(Operators, are_functions) {
  const Variable x = T::dvector("x"), i = T::lvector("i"), b = T::tensor(bool_, {false}, "b");
  const auto row = [](const Variable& z) { return T::row_of(z.owner())->name; };
  EXPECT_EQ(row(x + 1), "add");
  EXPECT_EQ(row(1 - x), "sub");
  EXPECT_EQ(row(x * x), "mul");
  EXPECT_EQ(row(i / i), "true_div");
  EXPECT_EQ(row(i % 3), "mod");
  EXPECT_EQ(row(b & b), "and_");
  EXPECT_EQ(row(i | 1), "or_");
  EXPECT_EQ(row(i ^ i), "xor_");
  EXPECT_EQ(row(-x), "neg");
  EXPECT_EQ(row(~b), "invert");
  EXPECT_EQ(row(x < 1), "lt");
  EXPECT_EQ(row(x <= x), "le");
  EXPECT_EQ(row(x > 1), "gt");
  EXPECT_EQ(row(1 >= x), "ge");
  EXPECT_EQ((x < 1).dtype(), bool_);
  EXPECT_EQ(row(x + array({1., 2.})), "add");
}

TEST(Operators, arithmetic_takes_variables_numbers_and_arrays_on_both_sides) {
  const Variable x = T::dvector("x");
  const Givens given{{x, array({1., -2., 4.})}};
  EXPECT_EQ(values(x + 1, given), (List{2, -1, 5}));
  EXPECT_EQ(values(1 + x, given), (List{2, -1, 5}));
  EXPECT_EQ(values(x - 0.5, given), (List{0.5, -2.5, 3.5}));
  EXPECT_EQ(values(1 - x, given), (List{0, 3, -3}));
  EXPECT_EQ(values(x * array({1., 2., 3.}), given), (List{1, -4, 12}));
  EXPECT_EQ(values(array({8., 8., 8.}) / x, given), (List{8, -4, 2}));
  EXPECT_EQ(values(-x, given), (List{-1, 2, -4}));
  EXPECT_EQ(values(x % 3, given), (List{1, 1, 1}));
  EXPECT_EQ(values(7 % x, given), (List{0, -1, 3}));
  EXPECT_EQ(values(x - x * x / 2, given), (List{0.5, -4, -4}));
}

TEST(Operators, bits_and_truth) {
  const Variable i = T::ivector("i"), b = T::tensor(bool_, {false}, "b");
  const Givens given{{i, array<int>({12, 5, -1})}, {b, array<bool>({true, false})}};
  EXPECT_EQ(values(i & 10, given), (List{8, 0, 10}));
  EXPECT_EQ(values(10 | i, given), (List{14, 15, -1}));
  EXPECT_EQ(values(i ^ 6, given), (List{10, 3, -7}));
  EXPECT_EQ(values(~i, given), (List{-13, -6, 0}));
  EXPECT_EQ(values(~b, given), (List{0, 1}));
  EXPECT_EQ((~b).dtype(), bool_);
  EXPECT_EQ(values(b & array<bool>({true, true}), given), (List{1, 0}));
  EXPECT_EQ(values(b | b, given), (List{1, 0}));
  EXPECT_EQ(values(b ^ array<bool>({true, true}), given), (List{0, 1}));
  EXPECT_EQ((b | b).dtype(), bool_);
}

TEST(Operators, comparisons_are_bool_and_nan_is_not_less_nor_greater) {
  const Variable x = T::dvector("x");
  const Givens given{{x, array({1., 2., 3., std::nan("")})}};
  EXPECT_EQ(values(x < 2, given), (List{1, 0, 0, 0}));
  EXPECT_EQ(values(x <= 2, given), (List{1, 1, 0, 0}));
  EXPECT_EQ(values(x > 2, given), (List{0, 0, 1, 0}));
  EXPECT_EQ(values(x >= 2, given), (List{0, 1, 1, 0}));
  EXPECT_EQ(values(2 > x, given), (List{1, 0, 0, 0}));
  EXPECT_EQ(values(array({2., 2., 2., 2.}) <= x, given), (List{0, 1, 1, 0}));
  EXPECT_EQ(values((x > 1) & (x < 3), given), (List{0, 1, 0, 0}));
  EXPECT_EQ((x >= x).dtype(), bool_);
}

TEST(Operators, C6_4_true_division_of_integers) {
  const Variable i = T::ivector("i"), b = T::bvector("b"), l = T::lvector("l");
  EXPECT_EQ((i / i).dtype(), float64);
  EXPECT_EQ(values(i / 2, {{i, array<int>({7, -7, 0})}}), (List{3.5, -3.5, 0}));
  EXPECT_EQ(values(1 / b, {{b, array<std::int8_t>({4, -8})}}), (List{0.25, -0.125}));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(values(l / 0, {{l, array({3, -3})}}), (List{infinity, -infinity}));
  EXPECT_TRUE(std::isnan(evaluate(l / 0, {{l, array({0})}}).at<double>({0})));
  // The nearest double, not a float32 in a double.
  const Variable c = T::tensor(uint16, {false}, "c");
  EXPECT_EQ(values(b / 7, {{b, array<std::int8_t>({2, -2})}}), (List{2. / 7, -2. / 7}));
  EXPECT_EQ(values(c / c[0], {{c, array<std::uint16_t>({3, 1})}}), (List{1, 1. / 3}));
  EXPECT_EQ(values(T::gt(b, 0) / b, {{b, array<std::int8_t>({49})}}), (List{1. / 49}));
  const base::FlagScope flag("floatX", "float32");
  EXPECT_EQ((b / b).dtype(), float32);
}

TEST(Operators, C6_4_numbers_do_not_widen_what_holds_them) {
  const Variable b = T::bvector("b"), w = T::wvector("w"), f = T::fvector("f"),
                 u = T::tensor(uint8, {false}, "u");
  for (const Variable& z : {b + 1, 1 + b, b - 127, b * -128, b % 2, b & 1, -b, ~b})
    EXPECT_EQ(name(z.dtype()), "int8");
  EXPECT_EQ(name((b + 128).dtype()), "int16");
  EXPECT_EQ(name((w + 32767).dtype()), "int16");
  EXPECT_EQ(name((w + 32768).dtype()), "int32");
  EXPECT_EQ(name((b + (std::int64_t{1} << 31)).dtype()), "int64");
  EXPECT_EQ(name((u + 1).dtype()), "int16");
  EXPECT_EQ(name((f + 1).dtype()), "float32");
  EXPECT_EQ(name((f * 0.5).dtype()), "float32");
  EXPECT_EQ(name((f * 0.1).dtype()), "float64");
  EXPECT_EQ(name((b + 0.5).dtype()), "float32");
  EXPECT_EQ(name((f + std::complex<double>(0, 1)).dtype()), "complex128");
  EXPECT_EQ(name((b + true).dtype()), "int8");
}

TEST(Operators, C6_4_integers_wrap_at_their_own_width) {
  const Variable b = T::bvector("b"), l = T::lvector("l"), u = T::tensor(uint8, {false}, "u");
  EXPECT_EQ(values(b + 1, {{b, array<std::int8_t>({127})}}), List{-128});
  EXPECT_EQ(values(b * 2, {{b, array<std::int8_t>({100, -100})}}), (List{-56, 56}));
  EXPECT_EQ(values(-b, {{b, array<std::int8_t>({-128})}}), List{-128});
  EXPECT_EQ(values(u - u - u, {{u, array<std::uint8_t>({1})}}), List{255});
  EXPECT_EQ(longs(l + 1, {{l, array<std::int64_t>({highest})}}), std::vector<std::int64_t>{lowest});
  EXPECT_EQ(longs(-l, {{l, array<std::int64_t>({lowest})}}), std::vector<std::int64_t>{lowest});
}

TEST(Operators, C6_4_integer_division_by_zero_is_0_and_the_lowest_by_minus_1_wraps) {
  const Variable l = T::lvector("l"), m = T::lvector("m"), b = T::bvector("b");
  const Givens given{{l, array<std::int64_t>({5, -5, 0, lowest})},
                     {m, array<std::int64_t>({0, 0, 0, -1})}};
  EXPECT_EQ(longs(T::int_div(l, m), given), (std::vector<std::int64_t>{0, 0, 0, lowest}));
  EXPECT_EQ(longs(l % m, given), (std::vector<std::int64_t>{0, 0, 0, 0}));
  EXPECT_EQ(longs(T::int_div(l, 0), given), (std::vector<std::int64_t>{0, 0, 0, 0}));
  EXPECT_EQ(longs(T::floor_div(l, -1), given), (std::vector<std::int64_t>{-5, 5, 0, lowest}));
  EXPECT_EQ(values(T::int_div(b, -1), {{b, array<std::int8_t>({-128, 127})}}), (List{-128, -127}));
  EXPECT_EQ(values(b % 0, {{b, array<std::int8_t>({-128, 127})}}), (List{0, 0}));
  EXPECT_EQ(longs(T::int_div(l, 3), given)[1], -2);
  EXPECT_EQ(longs(l % 3, given)[1], 1);
}

TEST(Operators, members_are_the_functions_of_their_name) {
  const Variable x = T::dmatrix("x");
  const Givens given{{x, array({1., 5., 2., 7., 7., 0.}, {2, 3})}};
  EXPECT_EQ(values(x.T(), given), (List{1, 7, 5, 7, 2, 0}));
  EXPECT_EQ(values(x.shape(), given), (List{2, 3}));
  EXPECT_EQ(values(x.shape(-1), given), List{3});
  EXPECT_EQ(values(x.sum(0), given), (List{8, 12, 2}));
  EXPECT_EQ(values(x.mean(1, {.dtype = {}}), given), (List{8. / 3, 14. / 3}));
  EXPECT_EQ(values(x.max(-1), given), (List{5, 7}));
  EXPECT_EQ(values(x.argmax(), given), List{3});
  EXPECT_EQ(values(x.flatten(), given), (List{1, 5, 2, 7, 7, 0}));
  EXPECT_EQ(x.astype(float32).dtype(), float32);
  EXPECT_EQ(x.transfer("cpu"), x);
  CHECK_ERROR(ValueError, x.transfer("moon"),
              "transfer: x cannot go to 'moon'; the targets are 'cpu'");
}

TEST(Operators, wrong_operands_are_named) {
  const Variable x = T::dvector("x"), z = T::zvector("z"), g = generic("g");
  CHECK_ERROR(TypeError, x + g, "add: g is Generic; an array or a number is needed");
  const std::string empty =
      ": an empty variable was used; make one by matrix(\"x\"), shared(value) or an expression";
  CHECK_ERROR(ValueError, x + Variable(), "add" + empty);
  CHECK_ERROR(ValueError, T::exp(Variable()), "exp" + empty);
  CHECK_ERROR(ValueError, Variable()[0], "index" + empty);
  CHECK_ERROR(ValueError, x.sum(1), "sum: axis 1 is out of range for 1 dimensions; give -1 to 0");
  CHECK_ERROR(ValueError, x.sum().sum(0),
              "sum: axis 0 is out of range for 0 dimensions; a number has no axis");
  EXPECT_EQ(values(x + 1, {{x, array({1.})}}), (List{2}));
  CHECK_ERROR(TypeError, -g, "neg: g is Generic; an array or a number is needed");
  CHECK_ERROR(TypeError, x & 1, "and_: x is float64; bits need integers or bools");
  CHECK_ERROR(TypeError, ~x, "invert: x is float64; bits need integers or bools");
  CHECK_ERROR(
      TypeError, z < 1,
      "lt: x is complex128; it is not defined for complex numbers, take real(x), imag(x) or abs(x)");
  CHECK_ERROR(
      TypeError, z % 2,
      "mod: x is complex128; it is not defined for complex numbers, take real(x), imag(x) or abs(x)");
}

TEST(Operators, gradients_agree_with_differences) {
  const NDArray a = weights({2, 3}, 3), b = weights({2, 3}, 4), row = weights({1, 3}, 5);
  verify_gradient([](const Variables& v) { return v[0] + 2 * v[1]; }, {a, row});
  verify_gradient([](const Variables& v) { return 1 - v[0] * v[1]; }, {a, b});
  verify_gradient([](const Variables& v) { return v[0] / v[1]; }, {row, a});
  verify_gradient([](const Variables& v) { return -(1 / v[0]); }, {a});
  verify_gradient([](const Variables& v) { return (v[0] + 3) % (v[1] + 1); }, {a, b});
}
