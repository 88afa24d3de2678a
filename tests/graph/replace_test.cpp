// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/replace.h"

#include <gtest/gtest.h>

#include "kroton/graph/walk.h"
#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::number;

TEST(Replace, clones_keep_names_order_and_the_original) {
  const Variable x = number("x"), y = number("y"), a = apply("a", x);
  Variable b = apply("b", a, a);
  b.set_name("b");
  const Variable copy = clone_replace({b}, {{x, y}})[0];
  EXPECT_EQ(copy.name(), "b");
  EXPECT_EQ(leaves({copy}), (Variables{y}));
  EXPECT_EQ(leaves({b}), (Variables{x}));
  EXPECT_EQ(copy.owner().build_order(), b.owner().build_order());
  EXPECT_TRUE(copy.owner().inputs()[0] == copy.owner().inputs()[1]);
}

TEST(Replace, replacements_may_be_computed_and_are_not_searched) {
  const Variable x = number("x"), a = apply("a", x), b = apply("b", a);
  const Variable copy = clone_replace({b}, {{a, apply("c", a)}})[0];
  EXPECT_EQ(toy::labels(toposort_between({}, {copy})), "a c b");
}
