// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/variable.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/walk.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(Variable, C0_5_a_leaf_has_a_type_and_a_name_and_no_owner) {
  const Variable x(toy::Number(), "x");
  EXPECT_EQ(x.name(), "x");
  EXPECT_EQ(x.text(), "x");
  EXPECT_FALSE(x.owner());
  EXPECT_TRUE(x.type() == toy::Number());
  EXPECT_EQ(toy::Number()().text(), "<Number>");
}

TEST(Variable, C0_5_equality_is_identity) {
  const Variable x = toy::number("x"), copy = x, other = toy::number("x");
  EXPECT_TRUE(x == copy);
  EXPECT_FALSE(x == other);
  EXPECT_EQ(std::hash<Variable>()(x), std::hash<Variable>()(copy));
}

TEST(Variable, C0_5_is_made_from_an_owner_and_an_index) {
  const Apply node = toy::Node("f").make_node({toy::number("x")});
  const Variable y(toy::Number(), node, 0, "y");
  EXPECT_TRUE(y == node.outputs()[0]);
  EXPECT_EQ(y.name(), "y");
  EXPECT_EQ(y.index(), 0);
  EXPECT_TRUE(y.owner() == node);
  EXPECT_THROW(Variable(toy::Number(), node, 1), ValueError);
  EXPECT_THROW(Variable(Generic(), node, 0), TypeError);
  EXPECT_THROW(Variable(toy::Number(), node, std::nullopt), ValueError);
}

TEST(Variable, an_empty_variable_says_how_to_make_one) {
  try {
    Variable().type();
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(
        error.what(),
        "Variable: an empty variable was used; make one by matrix(\"x\"), shared(value) or an expression");
  }
  EXPECT_FALSE(Variable());
}
