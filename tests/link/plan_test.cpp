// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/plan.h"

#include <gtest/gtest.h>

#include "tests/link/toys.h"

namespace {
using namespace toys;
using link::Blueprint;

TEST(Plan, lets_intermediates_share_the_arena_and_take_over_what_they_read_last) {
  const Variable x = vec("x");
  Variable y = x;
  for (int i = 0; i < 20; ++i) y = add(y, x);
  const FunctionGraph fgraph({x}, {y});
  const Blueprint blueprint(fgraph, fgraph.toposort());
  Values cells(blueprint.storage.variables.size());
  cells[0] = NDArray::zeros({800});
  int failed = -1;
  const auto plan = link::make_plan(blueprint, blueprint.segments[0], cells, failed);
  // All twenty lie in the memory of the output.
  EXPECT_EQ(plan->arena_bytes, 0);
  EXPECT_EQ(plan->fresh.size(), 1u);
  EXPECT_TRUE(plan->fresh[0].hosts);
}
}  // namespace
