// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/canonizer.h"

#include "kroton/tensor/elemwise_functions.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::mat, rewriting::numbers;

namespace {
const std::vector<NDArray> three{numbers({1.5, -2, 3}), numbers({4, 0.5, -1}), numbers({2, 7, 9})};
const Variable a = vec("a"), b = vec("b"), c = vec("c");
std::string product(const Variable& z) {
  return left("local_mul_canonizer", {a, b, c}, {z}, three);
}
std::string total(const Variable& z) { return left("local_add_canonizer", {a, b, c}, {z}, three); }
}  // namespace

TEST(Canonizer, what_is_over_and_under_the_line_cancels) {
  EXPECT_EQ(product((a * b) / b), "");
  EXPECT_EQ(product(exp((a / b) * b)), "Elemwise{exp}");
  EXPECT_EQ(product((a * b * c) / (c * a)), "");
  EXPECT_EQ(product((a * b) / (c * a)), "Elemwise{true_div}");
  EXPECT_EQ(product(a / a), "Elemwise{second}");
  EXPECT_EQ(product(sqr(a) / a), "");
  EXPECT_EQ(product(a / sqr(a)), "Elemwise{true_div}");
  EXPECT_EQ(product((sqr(a) * sqr(a)) / a), "Elemwise{sqr} Elemwise{mul}");
  EXPECT_EQ(product(-a * b / b), "Elemwise{neg}");
  EXPECT_EQ(product((a * b) / c), "Elemwise{mul} Elemwise{true_div}");
  EXPECT_EQ(product(a * a), "Elemwise{mul}");
}

TEST(Canonizer, what_others_read_is_kept_whole) {
  const Variable ab = a * b;
  EXPECT_EQ(left("local_mul_canonizer", {a, b, c}, {ab / b, ab}, three),
            "Elemwise{mul} Elemwise{true_div}");
}

TEST(Canonizer, constants_become_one) {
  EXPECT_EQ(product(2 * (a * 3)), "Elemwise{mul}");
  EXPECT_EQ(run("local_mul_canonizer", {a}, {2 * (a * 3)}, {numbers({1, 2})}).values(),
            (std::vector<double>{6, 12}));
  EXPECT_EQ(product((a * 6) / 3), "Elemwise{mul}");
  EXPECT_EQ(product((a * 3) / 3), "");
  EXPECT_EQ(product(-(2 * a)), "Elemwise{mul}");
  EXPECT_EQ(product(-(a / 2)), "Elemwise{true_div}");
  EXPECT_EQ(product(-(-a * b) * 0.5), "Elemwise{mul} Elemwise{mul}");
  EXPECT_EQ(product(2 * a), "Elemwise{mul}");
  EXPECT_EQ(product(a * 0 * b), "Elemwise{second}");
  EXPECT_EQ(product(0 / a), "Elemwise{second}");
}

TEST(Canonizer, a_constant_that_overflows_or_vanishes_stays_apart) {
  const auto large = run("local_mul_canonizer", {a}, {1e200 * (a * 1e200)}, {numbers({1e-300})});
  EXPECT_DOUBLE_EQ(large.values()[0], 1e100);
  const auto small = run("local_mul_canonizer", {a}, {1e-200 * (a * 1e-200)}, {numbers({1e300})});
  EXPECT_DOUBLE_EQ(small.values()[0], 1e-100);
  const auto single = run("local_mul_canonizer", {vec("f", float32)}, {}, {numbers({1}, float32)});
  EXPECT_EQ(single.words, "");
}

TEST(Canonizer, integers_stay_integers) {
  const Variable i = vec("i", int8);
  const std::vector<NDArray> values{numbers({3, 100, -128}, int8)};
  EXPECT_EQ(left("local_mul_canonizer", {i}, {3 * (i * 5)}, values), "Elemwise{mul}");
  // 100 * 100 is no int8: the constants wrap one after the other.
  EXPECT_EQ(left("local_mul_canonizer", {i}, {100 * (i * 100)}, values),
            "Elemwise{mul} Elemwise{mul}");
  // The product wraps before the division, so nothing cancels.
  EXPECT_EQ(
      left("local_mul_canonizer", {i}, {(i * 5) / 5}, values).find("mul") == std::string::npos,
      false);
  EXPECT_EQ(left("local_add_canonizer", {i}, {i + 3 - 1}, values), "Elemwise{add}");
}

TEST(Canonizer, what_is_added_and_subtracted_cancels) {
  EXPECT_EQ(total(a + b - a), "");
  EXPECT_EQ(total((a - b) - (a - c)), "Elemwise{sub}");
  EXPECT_EQ(total(a - a), "Elemwise{second}");
  EXPECT_EQ(total(a - (a + b)), "Elemwise{neg}");
  EXPECT_EQ(total((a + 1) + 2), "Elemwise{add}");
  EXPECT_EQ(total((a + 1) - 1), "");
  EXPECT_EQ(total(3 - (a + 1)), "Elemwise{sub}");
  EXPECT_EQ(total(a + a), "Elemwise{add}");
  EXPECT_EQ(total(a + b + a + c + a).find("mul") == std::string::npos, false);
  EXPECT_EQ(total(a + b - c), "Elemwise{add} Elemwise{sub}");
}

TEST(Canonizer, the_result_has_the_shape_of_what_cancelled) {
  const Variable m = mat("m");
  const NDArray two = numbers({1, 2, 3, 4, 5, 6}).reshape({2, 3});
  EXPECT_EQ(left("local_mul_canonizer", {m, a}, {m * a / m}, {two, three[0]}),
            "DimShuffle Elemwise{second}");
  EXPECT_EQ(left("local_add_canonizer", {m, a}, {m + a - a}, {two, three[0]}), "");
}

TEST(Canonizer, narrow_factors_multiply_in_the_dtype_of_the_product) {
  const Variable f = vec("f", float32), g = vec("g", float32), d = vec("d");
  const std::vector<NDArray> values{numbers({0.1, 1e30}, float32), numbers({0.3, 1e30}, float32),
                                    numbers({2, 3})};
  left("local_mul_canonizer", {f, g, d}, {(d * f) * (d * g) / d}, values);
}

TEST(Canonizer, a_long_chain_is_taken_apart_in_one_go) {
  Variable sum = a;
  for (int i = 0; i < 5000; ++i) sum = sum + 1;
  const auto made = run("local_add_canonizer", {a}, {sum}, {numbers({1, 2})});
  EXPECT_EQ(made.words, "Elemwise{add}");
  EXPECT_EQ(made.values(), (std::vector<double>{5001, 5002}));
}
