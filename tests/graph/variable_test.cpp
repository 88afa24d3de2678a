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
    EXPECT_STREQ(error.what(),
                 "Variable: an empty variable was used; make one by matrix(\"x\"), shared(value) or an expression");
  }
  EXPECT_FALSE(Variable());
}

TEST(Apply, handles_to_a_claimed_leaf_lead_to_the_output) {
  const Variable x = toy::number("x"), out = toy::number("out");
  const Apply node(toy::Node("f"), {x}, {out});
  EXPECT_TRUE(out == node.outputs()[0]);
  EXPECT_TRUE(out.owner() == node);
  try {
    Apply(toy::Node("g"), {x}, {out});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(),
                 "Node{label: g, role: }: output 0 is already an output of Node{label: f, role: }; make a new variable for it");
  }
}

TEST(Apply, an_output_keeps_its_whole_graph_alive_and_nothing_else_does) {
  std::weak_ptr<const Type> type;
  Variable y;
  {
    const Variable x = toy::number("x");
    type = x.shared_type();
    y = toy::apply("f", x);
  }
  EXPECT_FALSE(type.expired());
  EXPECT_EQ(y.owner().inputs()[0].name(), "x");
  y = Variable();
  EXPECT_TRUE(type.expired());
}

TEST(Apply, a_chain_of_a_million_nodes_is_walked_and_destroyed_on_a_small_stack) {
  Variable y = toy::number("x");
  for (int i = 0; i < 1'000'000; ++i) y = toy::apply("f", y);
  EXPECT_EQ(toposort_between({}, {y}).size(), 1'000'000u);
}

TEST(Apply, carries_the_line_of_the_outermost_creation_line) {
  const auto here = std::source_location::current();
  Variable y;
  {
    CreationLine outer(here);
    CreationLine inner(std::source_location{});
    y = toy::apply("f", toy::number("x"));
  }
  EXPECT_EQ(y.line().line(), here.line());
  EXPECT_EQ(toy::apply("f", y).line().line(), 0u);
}

TEST(Constant, C0_5_is_recovered_from_a_variable) {
  const Constant two(Generic(), Value("two"));
  const Variable x = two;
  ASSERT_TRUE(as<Constant>(x));
  EXPECT_EQ(as<Constant>(x)->data().as<std::string>(), "two");
  EXPECT_FALSE(as<Constant>(toy::number("x")));
}

TEST(Constant, C4_16_equal_values_are_the_same_but_for_the_sign_of_zero) {
  const auto constant = [](NDArray a) { return Constant(Generic(), Value(std::move(a))); };
  EXPECT_TRUE(constant(array({1., 2.})).same_as(constant(array({1., 2.}))));
  EXPECT_FALSE(constant(array({1., 2.})).same_as(constant(array({1., 3.}))));
  EXPECT_FALSE(constant(array({0.0})).same_as(constant(array({-0.0}))));
  EXPECT_TRUE(constant(array({std::nan("")})).same_as(constant(array({std::nan("")}))));
  EXPECT_EQ(constant(array({1., 2.})).signature_hash(), constant(array({1., 2.})).signature_hash());
}
