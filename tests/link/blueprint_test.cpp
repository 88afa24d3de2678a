// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>

#include "kroton/link/plan.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;
using link::Blueprint;

std::vector<int> kinds(const Blueprint& blueprint) {
  std::vector<int> found;
  for (const auto& node : blueprint.nodes) found.push_back(static_cast<int>(node.kind));
  return found;
}
constexpr int is_kernel = 0, is_view = 1, is_perform = 2;

Blueprint blueprint_of(Variables inputs, Variables outputs) {
  const FunctionGraph fgraph(std::move(inputs), std::move(outputs));
  return Blueprint(fgraph, fgraph.toposort());
}

TEST(Blueprint, takes_kernels_views_and_perform_for_what_they_are) {
  const Variable x = vec("x");
  const Blueprint b = blueprint_of({x}, {mul(reverse(add(x, x)), fails(x))});
  std::vector<int> sorted = kinds(b);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::vector<int>{is_kernel, is_kernel, is_view, is_perform}));
}

TEST(Blueprint, is_cut_where_a_shape_is_known_only_after_a_node_ran) {
  const Variable x = vec("x"), n = number("n", int64);
  EXPECT_EQ(blueprint_of({x}, {add(add(x, x), x)}).segments.size(), 1u);
  EXPECT_EQ(blueprint_of({x}, {add(positive(x), positive(x))}).segments.size(), 2u);
  EXPECT_EQ(blueprint_of({x}, {positive(positive(x))}).segments.size(), 1u);
  EXPECT_EQ(blueprint_of({n}, {count(n)}).segments.size(), 1u);
  EXPECT_EQ(blueprint_of({n}, {count(n)}).segments[0].scalars.size(), 1u);
}
}  // namespace
