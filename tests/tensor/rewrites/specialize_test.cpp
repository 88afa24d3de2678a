// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/specialize.h"

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
