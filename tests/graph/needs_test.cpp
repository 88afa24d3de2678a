// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/needs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kroton/graph/walk.h"
#include "tests/graph/toy.h"

using namespace kroton;

namespace {
// Takes its first input, then those of branch 1 or of branch 2.
struct Either final : OpOf<Either> {
  static constexpr std::string_view op_name = "Either";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::vector<int> branches(const Apply&) const override { return {0, 1, 2}; }
};
struct Step final : OpOf<Step> {
  static constexpr std::string_view op_name = "Step";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
};

// needs() by node, for the nodes that make these variables.
std::vector<int> needs_of(const Variable& output, const Variables& made) {
  std::vector<Apply> order;
  const std::vector<Apply> all = toposort_between({}, {output});
  const std::vector<int> numbers = needs({output}, all);
  std::vector<int> found;
  for (const Variable& x : made) {
    const auto at = std::find(all.begin(), all.end(), x.owner());
    found.push_back(numbers[static_cast<std::size_t>(at - all.begin())]);
  }
  return found;
}
Variable f(const Variable& x) { return Step().make_node({x}).outputs()[0]; }
Variable either(const Variable& c, const Variable& a, const Variable& b) {
  return Either().make_node({c, a, b}).outputs()[0];
}
const auto type = toy::number;
}  // namespace

TEST(Needs, a_graph_without_lazy_ops_is_always_needed) {
  const Variable x = type("x"), y = f(f(x));
  EXPECT_EQ(needs_of(y, {y, y.owner().inputs()[0]}), (std::vector<int>{0, 0}));
  EXPECT_FALSE(is_lazy(y.owner()));
  EXPECT_TRUE(is_lazy(either(x, x, x).owner()));
}

TEST(Needs, what_a_branch_alone_needs_has_a_number_of_its_own) {
  const Variable c = f(type("c")), shared = f(type("x")), a = f(shared), b = f(f(shared));
  const Variable inner = b.owner().inputs()[0];
  const auto numbers = needs_of(either(c, a, b), {c, shared, a, b, inner});
  EXPECT_EQ(numbers[0], 0);
  EXPECT_EQ(numbers[1], 0) << "both branches need it";
  EXPECT_NE(numbers[2], 0);
  EXPECT_NE(numbers[3], 0);
  EXPECT_NE(numbers[2], numbers[3]);
  EXPECT_EQ(numbers[3], numbers[4]);
}

TEST(Needs, nested_choices_are_followed) {
  const Variable c = type("c"), x = type("x");
  const Variable deep = f(x), both = f(x), beside = f(x);
  const Variable second = either(f(c), either(c, f(both), deep), f(both));
  const Variable z = either(c, f(second), beside);
  const auto numbers = needs_of(z, {second, both, deep, beside, second.owner().inputs()[0]});
  EXPECT_EQ(numbers[0], numbers[4]) << "its condition is needed with it";
  EXPECT_NE(numbers[0], 0);
  EXPECT_NE(numbers[1], numbers[0]) << "not where the inner choice takes the other";
  EXPECT_NE(numbers[2], numbers[1]);
  EXPECT_NE(numbers[3], numbers[0]);
}
