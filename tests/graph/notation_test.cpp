// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/notation.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;

TEST(Notation, texts_that_follow_one_another_are_one_part) {
  const Variable x = toy::number("x"), y = toy::number("y");
  const Notation call = Notation::call("f", {x, y});
  ASSERT_EQ(call.parts().size(), 5u);
  EXPECT_EQ(call.parts()[0].text, "f(");
  EXPECT_EQ(call.parts()[1].variable, x);
  EXPECT_EQ(call.parts()[2].text, ", ");
  EXPECT_EQ(call.parts()[3].variable, y);
  EXPECT_EQ(call.parts()[4].text, ")");
  EXPECT_EQ(call.binding(), Binding::call);
}

TEST(Notation, an_op_that_says_nothing_is_a_call_of_its_text) {
  const Variable y = toy::apply("g", toy::number("x"));
  const Notation notation = y.owner().op().notation(y.owner(), 0);
  ASSERT_EQ(notation.parts().size(), 3u);
  EXPECT_EQ(notation.parts()[0].text, "Node{label: g, role: }(");
}
