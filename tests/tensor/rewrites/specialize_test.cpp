// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/specialize.h"

#include <cmath>
#include <limits>

#include "kroton/tensor/elemwise_functions.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::numbers;

namespace {
const Variable x = vec("x"), y = vec("y");
const std::vector<NDArray> some{numbers({0.5, 1, 3, 10}), numbers({2, -3, 4, 5})};
std::string after(const std::string& name, const Variable& z) {
  return left(name, {x, y}, {z}, some);
}
}  // namespace

TEST(Specialize, a_product_with_itself_is_a_square) {
  EXPECT_EQ(after("local_mul_to_sqr", x * x), "Elemwise{sqr}");
  EXPECT_EQ(after("local_mul_to_sqr", x * y), "Elemwise{mul}");
}

TEST(Specialize, a_product_with_minus_one_is_a_negation) {
  EXPECT_EQ(after("local_mul_specialize", -1 * x), "Elemwise{neg}");
  EXPECT_EQ(after("local_mul_specialize", -2 * x), "Elemwise{mul}");
}

TEST(Specialize, one_over_x_is_its_reciprocal) {
  EXPECT_EQ(after("local_div_to_inv", 1 / x), "Elemwise{inv}");
  EXPECT_EQ(after("local_div_to_inv", 2 / x), "Elemwise{true_div}");
}

TEST(Specialize, a_division_is_a_product_where_the_reciprocal_is_exact) {
  EXPECT_EQ(after("local_div_to_mul", x / 8), "Elemwise{mul}");
  EXPECT_EQ(after("local_div_to_mul", x / -0.5), "Elemwise{mul}");
  EXPECT_EQ(after("local_div_to_mul", x / 3), "Elemwise{true_div}");
  EXPECT_EQ(after("local_div_to_mul", x / 0), "Elemwise{true_div}");
  EXPECT_EQ(after("local_div_to_mul", x / 1e300), "Elemwise{true_div}");
  const Variable i = vec("i", int32);
  EXPECT_EQ(left("local_div_to_mul", {i}, {i / 2}, {numbers({3}, int32)}), "Elemwise{true_div}");
}

TEST(Specialize, a_root_that_is_stretched_divides_once_a_row) {
  const std::string name = "local_div_by_stretched_root";
  const Variable m = rewriting::mat("m"), f = rewriting::mat("f", float32);
  const NDArray values = numbers({1, -2, 3, 4, 0.5, 6}).reshape({2, 3});
  const NDArray squares = numbers({4, 0.25});
  const auto words = [&](const Variable& z) { return left(name, {m, y}, {z}, {values, squares}); };
  const Variable column = y.dimshuffle({0, "x"});
  EXPECT_EQ(words(m / sqrt(column)), "DimShuffle Elemwise{sqrt} Elemwise{inv} Elemwise{mul}");
  EXPECT_EQ(words(m / sqrt(y).dimshuffle({0, "x"})),
            "Elemwise{sqrt} Elemwise{inv} DimShuffle Elemwise{mul}");
  EXPECT_EQ(words(m / column), "DimShuffle Elemwise{true_div}");
  EXPECT_EQ(words(m / sqrt(sqr(m))), "Elemwise{sqr} Elemwise{sqrt} Elemwise{true_div}");
  EXPECT_EQ(
      left(name, {f, y}, {f / sqrt(column)}, {values.astype(float32), squares}).find("true_div") !=
          std::string::npos,
      true);
  // At the ends: a root of the smallest and of the largest number, of 0 and of infinity.
  const double inf = std::numeric_limits<double>::infinity();
  const auto made = run(name, {m, y}, {m / sqrt(column)},
                        {numbers({3, 3, 3, 0}).reshape({4, 1}), numbers({5e-324, 1e308, inf, 0})});
  const std::vector<double> quotients = made.values();
  EXPECT_DOUBLE_EQ(quotients[0], 3 / std::sqrt(5e-324));
  EXPECT_DOUBLE_EQ(quotients[1], 3 / std::sqrt(1e308));
  EXPECT_EQ(quotients[2], 0);
  EXPECT_TRUE(std::isnan(quotients[3]));
}

TEST(Specialize, powers_by_small_constants_are_products) {
  const std::string name = "local_pow_specialize";
  EXPECT_EQ(after(name, pow(x, 2)), "Elemwise{sqr}");
  EXPECT_EQ(after(name, pow(x, 3)), "Elemwise{sqr} Elemwise{mul}");
  EXPECT_EQ(after(name, pow(x, 4.0)), "Elemwise{sqr} Elemwise{sqr}");
  EXPECT_EQ(after(name, pow(x, -1)), "Elemwise{inv}");
  EXPECT_EQ(after(name, pow(x, -2)), "Elemwise{sqr} Elemwise{inv}");
  EXPECT_EQ(after(name, pow(x, 0.5)), "Elemwise{sqrt}");
  EXPECT_EQ(after(name, pow(x, -0.5)), "Elemwise{sqrt} Elemwise{inv}");
  for (int n = 5; n <= 16; ++n) EXPECT_EQ(after(name, pow(x, n)).find("pow"), std::string::npos);
  EXPECT_EQ(after(name, pow(x, 17)), "Elemwise{pow}");
  EXPECT_EQ(after(name, pow(x, 1.5)), "Elemwise{pow}");
  EXPECT_EQ(after(name, pow(x, y)), "Elemwise{pow}");
}

TEST(Specialize, integer_powers_wrap_as_they_did) {
  const Variable i = vec("i", int16);
  EXPECT_EQ(left("local_pow_specialize", {i}, {pow(i, 3)}, {numbers({-3, 100, 0}, int16)}),
            "Elemwise{sqr} Elemwise{mul}");
  EXPECT_EQ(left("local_pow_specialize", {i}, {pow(i, -1)}, {numbers({1, -1}, int16)}),
            "Elemwise{pow}");
}
