// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/input_name.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;

TEST(InputName, is_the_users_or_the_op_s_where_that_cannot_be_mistaken) {
  const Variable x = toy::number("x"), inner = toy::apply("g", x), leaf = toy::number("");
  const Apply node = toy::apply("f", inner, x, leaf).owner();
  EXPECT_EQ(input_name(node, 1, "y"), "x");
  EXPECT_EQ(input_name(node, 0, "a"), "a");
  EXPECT_EQ(input_name(node, 0, "x"), inner.text());
  EXPECT_EQ(input_name(node, 2, "a"), leaf.text());
}
