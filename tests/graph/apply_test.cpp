// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/variable.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/walk.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(Apply, handles_to_a_claimed_leaf_lead_to_the_output) {
  const Variable x = toy::number("x"), out = toy::number("out");
  const Apply node(toy::Node("f"), {x}, {out});
  EXPECT_TRUE(out == node.outputs()[0]);
  EXPECT_TRUE(out.owner() == node);
  try {
    Apply(toy::Node("g"), {x}, {out});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(
        error.what(),
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
}

TEST(Apply, by_hand_carries_the_line_that_called_it) {
  const Variable x = toy::number("x");
  const auto here = std::source_location::current();
  Apply node(toy::Node("f"), {x}, {toy::number("z")});
  EXPECT_EQ(node.line().line(), here.line() + 1);
  EXPECT_EQ(node.outputs()[0].line().line(), here.line() + 1);
  EXPECT_STREQ(node.line().file_name(), here.file_name());
  EXPECT_EQ(node.clone_with_new_inputs({toy::number("y")}).line().line(), here.line() + 1);
  node.inherit_line(here);  // of what it stands for
  EXPECT_EQ(node.line().line(), here.line());
  node.inherit_line(std::source_location::current());
  EXPECT_EQ(node.line().line(), here.line());
}
