// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/fused_kernel.h"

#include <gtest/gtest.h>

#include "kroton/tensor/detail/kernel_facts.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
}  // namespace

TEST(FusedKernel, the_params_are_what_the_group_reads_then_what_it_gives) {
  const Variable x = mat("x"), y = mat("y");
  const Variable e = exp(x) * y;
  const Variable total = sum(e, 1);
  std::vector<KernelFacts> facts;
  const std::vector<Apply> nodes{e.owner().inputs()[0].owner(), e.owner(), total.owner()};
  for (const Apply& node : nodes) facts.push_back(*kernel_facts(node));
  std::vector<GroupNode> group;
  for (std::size_t i = 0; i < nodes.size(); ++i) group.push_back({nodes[i], &facts[i].kernel});
  const auto fused = fuse_group(group, total.owner().outputs());
  ASSERT_TRUE(fused);
  EXPECT_EQ(fused->inputs, (Variables{x, y}));
  ASSERT_EQ(fused->kernel.params.size(), 3u);
  EXPECT_EQ(fused->kernel.params[2].role, kernel::Role::out);
  EXPECT_EQ(fused->kernel.accumulators.size(), 1u);
}

TEST(FusedKernel, several_outputs_share_one_stage) {
  const Variable x = mat("x");
  const Variable e = exp(x), s = sqrt(e);
  const KernelFacts first = *kernel_facts(e.owner()), second = *kernel_facts(s.owner());
  const auto fused = fuse_group({{e.owner(), &first.kernel}, {s.owner(), &second.kernel}}, {e, s});
  ASSERT_TRUE(fused);
  ASSERT_EQ(fused->kernel.stages.size(), 1u);
  EXPECT_EQ(fused->kernel.stages[0].statements.size(), 2u);
  EXPECT_EQ(fused->kernel.accesses.size(), 1u);
}

TEST(FusedKernel, boxes_of_equal_lengths_share_one_stage_behind_what_lies_around_them) {
  const Variable x = mat("x"), y = mat("y"), t = mat("t");
  const auto in = slice(1, -1);
  const Variable e = exp(t), u = set_subtensor(x[{in, in}], e), v = set_subtensor(y[{in, in}], e);
  std::vector<KernelFacts> facts;
  for (const Variable& z : {e, u, v}) facts.push_back(*kernel_facts(z.owner()));
  const auto fused = fuse_group(
      {{e.owner(), &facts[0].kernel}, {u.owner(), &facts[1].kernel}, {v.owner(), &facts[2].kernel}},
      {u, v});
  ASSERT_TRUE(fused);
  EXPECT_EQ(fused->inputs, (Variables{t, x, y}));
  EXPECT_TRUE(fused->kernel.outer.empty());
  ASSERT_EQ(fused->kernel.stages.size(), 9u) << kernel::readable(fused->kernel);
  EXPECT_EQ(fused->kernel.stages.back().statements.size(), 2u);
  // x and y have lengths of their own; those of the boxes are checked to be equal.
  EXPECT_NE(kernel::extent_of(fused->kernel, 1, 0), kernel::extent_of(fused->kernel, 2, 0));
  const int rows = kernel::extent_of(fused->kernel, 0, 0);
  EXPECT_EQ(fused->kernel.extents[static_cast<std::size_t>(rows)].given.size(), 2u);
}

TEST(FusedKernel, one_element_whose_axes_all_stretch_is_baked) {
  EXPECT_TRUE(is_baked(TensorType(float64, {}).make_constant(NDArray::full({}, 2))));
  EXPECT_TRUE(is_baked(TensorType(float64, {true}).make_constant(NDArray::full({1}, 2))));
  EXPECT_FALSE(is_baked(TensorType(float64, {false}).make_constant(NDArray::full({1}, 2))));
  EXPECT_FALSE(is_baked(mat("x")));
}
