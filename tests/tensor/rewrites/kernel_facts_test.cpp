// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/kernel_facts.h"

#include <gtest/gtest.h>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/subtensor.h"
#include "kroton/tensor/type.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
}  // namespace

TEST(KernelFacts, elementwise_nodes_are_pointwise_and_read_at_their_own_point) {
  const auto facts = kernel_facts(exp(mat("x")).owner());
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->pointwise);
  EXPECT_FALSE(facts->is_view);
  EXPECT_TRUE(facts->inputs[0].plain && facts->inputs[0].aligned && !facts->inputs[0].expanding);
  EXPECT_EQ(facts->inputs[0].reads, 1);
  EXPECT_GT(facts->cost, kernel_facts((mat("x") + mat("y")).owner())->cost);
}

TEST(KernelFacts, a_stretched_input_is_read_again_and_again) {
  const Variable v = TensorType(float64, {true, false})("v");
  const auto facts = kernel_facts((mat("x") + v).owner());
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->inputs[0].expanding);
  EXPECT_TRUE(facts->inputs[1].expanding);
}

TEST(KernelFacts, a_transpose_is_a_pointwise_view_that_reads_elsewhere) {
  const auto facts = kernel_facts(transpose(mat("x")).owner());
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->pointwise && facts->is_view);
  EXPECT_FALSE(facts->inputs[0].aligned);
}

TEST(KernelFacts, a_slice_is_read_elsewhere_in_its_array) {
  const auto facts = kernel_facts(mat("x")[{slice(1, std::nullopt)}].owner());
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->pointwise && facts->is_view);
  EXPECT_FALSE(facts->inputs[0].aligned);
}

TEST(KernelFacts, a_reduction_is_not_pointwise_and_reads_once) {
  for (const Variable& z : {sum(mat("x"), 1), max(mat("x"), 0)}) {
    const auto facts = kernel_facts(z.owner());
    ASSERT_TRUE(facts);
    EXPECT_FALSE(facts->pointwise);
    EXPECT_TRUE(facts->inputs[0].plain);
    EXPECT_EQ(facts->inputs[0].reads, 1);
  }
}

TEST(KernelFacts, a_box_that_grows_with_its_array_is_read_and_computed_apart_from_the_rest) {
  const Variable x = mat("x"), y = mat("y");
  const auto box = [&](const std::vector<Index>& index) {
    return kernel_facts(set_subtensor(x[index], 1.0).owner())->box;
  };
  const auto facts = kernel_facts(set_subtensor(x[{slice(1, -1), slice(1, -1)}], y).owner());
  ASSERT_TRUE(facts && facts->box);
  EXPECT_FALSE(facts->pointwise);
  EXPECT_EQ(facts->box->inside[0].reads, 0);
  EXPECT_EQ(facts->box->inside[1].reads, 1);
  EXPECT_TRUE(facts->box->inside[1].plain && facts->box->inside[1].aligned);
  EXPECT_TRUE(facts->box->around[0]);
  EXPECT_FALSE(facts->box->around[1]);
  EXPECT_EQ(point_axes(*facts), facts->kernel.stages.back().axes);
  EXPECT_TRUE(box({slice({}, -1, 2), slice(3)}));
  // Those that may be small.
  EXPECT_FALSE(box({0, slice(1)}));
  EXPECT_FALSE(box({slice(3, 5)}));
  EXPECT_FALSE(box({slice(-2)}));
  EXPECT_FALSE(box({slice({}, {}, -1)}));
  EXPECT_FALSE(kernel_facts(exp(x).owner())->box);
}

TEST(KernelFacts, nodes_that_write_into_an_input_are_left_alone) {
  const Variable x = mat("x");
  EXPECT_FALSE(kernel_facts(Elemwise(scalars::op::exp, {{0, {0}}}).make_node({x})));
}
