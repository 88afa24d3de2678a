// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/canonicalize.h"

#include <cmath>
#include <limits>

#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise_functions.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::mat, rewriting::numbers;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<NDArray> some{numbers({-2, -0.5, 0, 1, 3, inf, -inf, nan})};
const std::vector<NDArray> whole{numbers({-3, 0, 1, 7}, int32)};
const std::vector<NDArray> flags{numbers({0, 1}, bool_)};
}  // namespace

TEST(Canonicalize, what_changes_nothing_goes) {
  const Variable x = vec("x");
  for (const Variable& same :
       {x + 0, 0 + x, x - 0, x * 1, 1.0 * x, x / 1, pow(x, 1), maximum(x, x), minimum(x, x),
        maximum(x, -inf), minimum(x, inf), conj(x), real(x), identity(x)}) {
    EXPECT_EQ(left("local_useless_elemwise", {x}, {exp(same)}, some), "Elemwise{exp}");
  }
  const Variable i = vec("i", int32);
  for (const Variable& same : {i & i, i | i, i & -1, i | 0, i ^ 0, int_div(i, 1), i + 0})
    EXPECT_EQ(left("local_useless_elemwise", {i}, {~same}, whole), "Elemwise{invert}");
  EXPECT_EQ(left("local_useless_elemwise", {x}, {clip(clip(x, -1, 1), -1, 1)}, some),
            "Elemwise{clip}");
}

TEST(Canonicalize, what_looks_like_nothing_and_is_not_stays) {
  const Variable x = vec("x"), i = vec("i", int32);
  EXPECT_NE(left("local_useless_elemwise", {x}, {x + 1}, some), "");
  EXPECT_NE(left("local_useless_elemwise", {x}, {maximum(x, inf)}, some), "");
  EXPECT_NE(left("local_useless_elemwise", {x}, {int_div(x, 1)}, some), "");
  EXPECT_NE(left("local_useless_elemwise", {i}, {i & 1}, whole), "");
  EXPECT_NE(
      left("local_useless_elemwise", {x}, {x + constant(numbers({0, 0, 0, 0, 0, 0, 0, 0}))}, some),
      "");
}

TEST(Canonicalize, dtypes_and_shapes_stay_where_a_constant_goes) {
  const Variable i = vec("i", int8);
  EXPECT_EQ(left("local_useless_elemwise", {i}, {i + constant(0, int64)}, {numbers({1, 2}, int8)}),
            "Elemwise{cast_int64}");
  const Variable row = TensorType(float64, {true, false})("row");
  const Variable col = TensorType(float64, {false, true})("col");
  const std::vector<NDArray> values{numbers({1, 2}).reshape({1, 2}),
                                    numbers({1, 2, 3}).reshape({3, 1})};
  EXPECT_EQ(left("local_mul_zero local_useless_elemwise", {row, col}, {row + (col - col)}, values),
            "Elemwise{second} Elemwise{add}");
}

TEST(Canonicalize, answers_that_are_known_are_given_and_nan_is_asked) {
  const std::string name = "local_useless_elemwise_comparison";
  const Variable x = vec("x"), i = vec("i", int32), b = vec("b", bool_);
  EXPECT_EQ(left(name, {x}, {lt(x, x)}, some), "Elemwise{second}");
  EXPECT_EQ(left(name, {x}, {gt(x, x)}, some), "Elemwise{second}");
  for (const Variable& z : {eq(x, x), le(x, x), ge(x, x), neq(x, x), isnan(x)})
    EXPECT_NE(left(name, {x}, {z}, some), "Elemwise{second}");
  for (const Variable& z :
       {eq(i, i), neq(i, i), le(i, i), ge(i, i), isnan(i), isinf(i), i ^ i, i & 0})
    EXPECT_EQ(left(name, {i}, {z}, whole), "Elemwise{second}");
  EXPECT_EQ(left(name, {b}, {b | true}, flags), "Elemwise{second}");
  EXPECT_NE(left(name, {i}, {i | 1}, whole), "Elemwise{second}");
}

TEST(Canonicalize, a_choice_that_is_none_is_its_branch) {
  const std::string name = "local_useless_switch";
  const Variable c = vec("c", bool_), x = vec("x"), y = vec("y");
  const std::vector<NDArray> values{numbers({0, 1}, bool_), numbers({1, 2}), numbers({3, 4})};
  EXPECT_EQ(left(name, {c, x, y}, {where(c, x, x)}, values), "");
  EXPECT_EQ(left(name, {c, x, y}, {where(constant(true), x, y)}, values), "");
  EXPECT_EQ(left(name, {c, x, y}, {where(0, x, y)}, values), "");
  EXPECT_EQ(left(name, {c, x, y}, {where(~c, x, y)}, values), "Elemwise{switch}");
  EXPECT_EQ(left(name, {c, x, y}, {where(c, where(c, x, y), y)}, values), "Elemwise{switch}");
  EXPECT_EQ(left(name, {c, x, y}, {where(c, x, where(c, x, y))}, values), "Elemwise{switch}");
  EXPECT_EQ(left(name, {c, x, y}, {where(c, x, where(c | c, x, y))}, values),
            "Elemwise{or_} Elemwise{switch} Elemwise{switch}");
}

TEST(Canonicalize, functions_and_their_inverses_cancel) {
  const Variable x = vec("x");
  const std::vector<NDArray> finite{numbers({-2, -0.5, 0, 0.25, 3})};
  for (const Variable& same : {-(-x), log(exp(x)), log2(exp2(x)), log1p(expm1(x)), arcsinh(sinh(x)),
                               sinh(arcsinh(x)), arctanh(tanh(x)), deg2rad(rad2deg(x))}) {
    EXPECT_EQ(left("local_func_inv", {x}, {exp(same)}, finite), "Elemwise{exp}");
  }
  EXPECT_EQ(run("local_func_inv", {x}, {log(exp(x))}, {numbers({1000, -1000})}).values(),
            (std::vector<double>{1000, -1000}));
  const Variable c = vec("c", complex128);
  EXPECT_NE(left("local_func_inv", {c}, {log(exp(c))}, {numbers({1, 9}, complex128)}), "");
  EXPECT_NE(left("local_func_inv", {x}, {arcsin(sin(x))}, finite), "");
}

TEST(Canonicalize, an_inverse_of_a_function_that_is_not_everywhere_defined_keeps_nan) {
  const Variable x = vec("x");
  for (const Variable& same :
       {exp(log(x)), exp2(log2(x)), sqr(sqrt(x)), exp(log1p(x)), expm1(log1p(x)), expm1(log(x))}) {
    const std::string words = left("local_exp_log", {x}, {same}, some);
    EXPECT_NE(words.find("switch"), std::string::npos) << words;
    EXPECT_EQ(words.find("log"), std::string::npos) << words;
    EXPECT_EQ(words.find("sqr"), std::string::npos) << words;
  }
  EXPECT_EQ(left("local_exp_log", {x}, {sqrt(log(x))}, some), "Elemwise{log} Elemwise{sqrt}");
}

TEST(Canonicalize, signs_meet) {
  const Variable x = vec("x"), y = vec("y");
  const std::vector<NDArray> values{numbers({1, -2}), numbers({3, 4})};
  const auto after = [&](const Variable& z) { return left("local_neg_neg", {x, y}, {z}, values); };
  EXPECT_EQ(after(x + -y), "Elemwise{sub}");
  EXPECT_EQ(after(-y + x), "Elemwise{sub}");
  EXPECT_EQ(after(x - -y), "Elemwise{add}");
  EXPECT_EQ(after(-(x - y)), "Elemwise{sub}");
  EXPECT_EQ(after(0 - x), "Elemwise{neg}");
  EXPECT_EQ(after(-x * -y), "Elemwise{mul}");
  EXPECT_EQ(after(-x / -y), "Elemwise{true_div}");
  EXPECT_EQ(after(-x * y), "Elemwise{neg} Elemwise{mul}");
  // -y wraps in int8 and not in the int16 of the sum.
  const Variable a = vec("a", int16), b = vec("b", int8);
  EXPECT_EQ(left("local_neg_neg", {a, b}, {a + -b}, {numbers({1}, int16), numbers({-128}, int8)}),
            "Elemwise{neg} Elemwise{add}");
}

TEST(Canonicalize, even_functions_ignore_signs) {
  const Variable x = vec("x"), u = vec("u", complex128);
  const auto after = [&](const Variable& z) { return left("local_abs_merge", {x}, {z}, some); };
  EXPECT_EQ(after(abs(abs(x))), "Elemwise{abs}");
  EXPECT_EQ(after(abs(-x)), "Elemwise{abs}");
  EXPECT_EQ(after(sqr(-x)), "Elemwise{sqr}");
  EXPECT_EQ(after(sqr(abs(x))), "Elemwise{sqr}");
  EXPECT_EQ(after(abs(exp(x))), "Elemwise{exp}");
  EXPECT_EQ(after(cos(-x)), "Elemwise{cos}");
  EXPECT_EQ(after(sin(-x)), "Elemwise{neg} Elemwise{sin}");
  EXPECT_EQ(after(abs(sqr(x) - 1)), "Elemwise{sqr} Elemwise{sub} Elemwise{abs}");
  EXPECT_EQ(left("local_abs_merge", {u}, {sqr(abs(u))}, {numbers({1, 2}, complex128)}),
            "Elemwise{abs} Elemwise{sqr}");
  const auto root = run("local_abs_merge", {x}, {sqrt(sqr(x))}, {numbers({-1e200, 3})});
  EXPECT_EQ(root.words, "Elemwise{abs}");
  EXPECT_EQ(root.values(), (std::vector<double>{1e200, 3}));
}
