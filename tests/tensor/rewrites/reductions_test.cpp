// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/reductions.h"

#include "kroton/tensor/create.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "tests/tensor/rewrites/named.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::left, rewriting::run, rewriting::vec, rewriting::mat, rewriting::numbers;

namespace {
const NDArray two = numbers({1, -2, 3, 4, 0.5, 6}).reshape({2, 3});
const Variable m = mat("m"), v = vec("v"), s = TensorType(float64, {})("s");
const std::vector<NDArray> values{two, numbers({2, 3}), NDArray::full({}, 1.5)};
std::string after(const std::string& name, const Variable& z) {
  return left(name, {m, v, s}, {z}, values);
}
std::size_t count(const std::string& words, const std::string& word) {
  std::size_t n = 0;
  for (auto at = words.find(word); at != std::string::npos; at = words.find(word, at + 1)) ++n;
  return n;
}
}  // namespace

TEST(Reductions, no_axis_is_no_reduction) {
  EXPECT_EQ(after("local_useless_reduce", exp(sum(s))), "Elemwise{exp}");
  EXPECT_EQ(after("local_useless_reduce", exp(sum(v))), "Sum Elemwise{exp}");
}

TEST(Reductions, axes_of_length_one_are_dropped) {
  const std::string name = "local_reduce_broadcastable";
  EXPECT_EQ(after(name, sum(v.dimshuffle({0, "x"}), 1)), "DimShuffle DimShuffle");
  EXPECT_EQ(after(name, max(v.dimshuffle({0, "x"}))), "DimShuffle DimShuffle Max");
  EXPECT_EQ(after(name, sum(m, 1)), "Sum");
}

TEST(Reductions, a_fold_of_the_same_fold_is_one) {
  EXPECT_EQ(after("local_op_of_op", sum(sum(m, 0))), "Sum");
  EXPECT_EQ(after("local_op_of_op", max(max(m, 1))), "Max");
  EXPECT_EQ(after("local_op_of_op", sum(max(m, 1))), "Max Sum");
  const Variable inner = sum(m, 0);
  EXPECT_EQ(count(left("local_op_of_op", {m}, {sum(inner), inner}, {two}), "Sum"), 2U);
  const Variable f = mat("f", float32);
  const Variable wide = sum(sum(f, 0), {}, {.acc_dtype = float32});
  EXPECT_EQ(count(left("local_op_of_op", {f}, {wide}, {two.astype(float32)}), "Sum"), 2U);
}

TEST(Reductions, factors_that_do_not_vary_stand_behind_the_sum) {
  const std::string name =
      "local_sum_prod_mul_by_scalar local_dimshuffle_merge local_useless_dimshuffle";
  EXPECT_EQ(after(name, sum(2 * m)), "Sum Elemwise{mul}");
  EXPECT_EQ(after(name, sum(-m, 0)), "Sum Elemwise{neg}");
  EXPECT_EQ(after(name, sum(m / s)), "Sum Elemwise{true_div}");
  EXPECT_EQ(after(name, sum(m / v.dimshuffle({0, "x"}), 1)), "Sum Elemwise{true_div}");
  EXPECT_EQ(after(name, sum(m * v.dimshuffle({0, "x"}), 1)), "Sum Elemwise{mul}");
  EXPECT_EQ(after(name, sum(m / v.dimshuffle({0, "x"}), 0)), "DimShuffle Elemwise{true_div} Sum");
  EXPECT_EQ(after(name, sum(2 / m)), "Elemwise{true_div} Sum");
  EXPECT_EQ(after(name, prod(2 * m)), "Elemwise{mul} Prod");
  // The product wraps in int8, its sum in int64.
  const Variable i = vec("i", int8);
  EXPECT_EQ(left(name, {i}, {sum(i * 2)}, {numbers({100, 100}, int8)}), "Elemwise{mul} Sum");
}

TEST(Reductions, a_filled_array_is_not_added_up) {
  const std::string names = "local_opt_alloc";
  EXPECT_EQ(after(names, sum(fill(v, 0.5))).find("Sum"), std::string::npos);
  EXPECT_EQ(after(names, sum(fill(m, 0.5), 0)).find("Sum"), std::string::npos);
  EXPECT_EQ(after(names, prod(fill(v, 0.5))).find("Prod"), std::string::npos);
  EXPECT_NE(after(names, max(fill(v, 0.5))).find("Max"), std::string::npos);
  EXPECT_NE(after(names, sum(alloc(v, {3, v.shape(0)}), 1)).find("Sum"), std::string::npos);
}

TEST(Reductions, the_negative_of_the_largest_negative_is_the_smallest) {
  EXPECT_EQ(after("local_max_to_min", -max(-m, 0)), "Min");
  EXPECT_EQ(after("local_max_to_min", -min(-m)), "Max");
  EXPECT_EQ(after("local_max_to_min", -max(m, 0)), "Max Elemwise{neg}");
  const Variable i = vec("i", int8);
  EXPECT_EQ(left("local_max_to_min", {i}, {-max(-i)}, {numbers({-128, 3}, int8)}),
            "Elemwise{neg} Max Elemwise{neg}");
}
