// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/walk.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::number;

TEST(Walk, ancestors_leaves_and_dependence) {
  const Variable x = number("x"), y = number("y"), a = apply("a", x), b = apply("b", a, y);
  EXPECT_EQ(ancestors({b}).size(), 4u);
  EXPECT_EQ(leaves({b}), (Variables{x, y}));
  EXPECT_EQ(leaves({b}, {a}), (Variables{y}));
  EXPECT_TRUE(depends_on(b, x));
  EXPECT_FALSE(depends_on(a, y));
  EXPECT_EQ(toy::labels(toposort_between({}, {b})), "a b");
  EXPECT_EQ(toy::labels(toposort_between({a}, {b})), "b");
}

TEST(Walk, connection_goes_through_the_whole_graph) {
  const Variable x = number("x"), y = number("y"), a = apply("a", x), b = apply("b", a);
  EXPECT_EQ(io_connection_pattern({x, y}, {b, y}),
            (std::vector<std::vector<bool>>{{true, false}, {false, true}}));
}

TEST(Walk, same_graphs_are_told_from_different_ones) {
  const Variable x = number("x"), y = number("y");
  EXPECT_TRUE(is_same_graph(apply("f", apply("g", x)), apply("f", apply("g", x))));
  EXPECT_FALSE(is_same_graph(apply("f", apply("g", x)), apply("f", apply("h", x))));
  EXPECT_FALSE(is_same_graph(apply("f", x), apply("f", y)));
  EXPECT_TRUE(is_same_graph(apply("f", x), apply("f", y), {{x, y}}));
}
