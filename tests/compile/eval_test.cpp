// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Eval, C0_11_computes_a_variable_from_given_values) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add(x, y);
  EXPECT_EQ(list(z.eval({{x, array({1.})}, {y, array({2.})}})), (List{3}));
  EXPECT_EQ(list(z.eval({{x, array({5.})}, {y, array({2.})}})), (List{7}));
}
}  // namespace
