// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/shape_expr.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(ShapeExpr, folds_constants_and_knows_equal_expressions) {
  const ShapeExpr two(2), three(3);
  EXPECT_EQ((two * three + 1).constant(), 7);
  EXPECT_EQ((ShapeExpr(-7) / 2).constant(), -4);
  EXPECT_EQ((ShapeExpr(-7) % 2).constant(), 1);
  EXPECT_EQ((two / 0).constant(), 0);
  EXPECT_EQ(ShapeExpr::maximum(two, three).constant(), 3);
  EXPECT_TRUE((two + three).same_as(ShapeExpr(5)));
}

TEST(ShapeExpr, refuses_what_is_no_length) {
  try {
    ShapeExpr(toy::number("x"));
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "shape: x is Number; a length is a 0-d integer variable");
  }
}
