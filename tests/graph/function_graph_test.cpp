// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/function_graph.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::apply_as;
using toy::number;

TEST(FunctionGraph, C0_5_works_on_a_copy_and_leaves_the_users_graph_alone) {
  const Variable x = number("x"), y = apply("f", x), z = apply("g", y);
  FunctionGraph fgraph({x}, {z});
  fgraph.replace(fgraph.outputs()[0], apply("h", fgraph.inputs()[0]), "test");
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "h");
  EXPECT_EQ(toy::labels({z.owner()}), "g");
  EXPECT_FALSE(fgraph.inputs()[0] == x);
  EXPECT_EQ(fgraph.inputs()[0].name(), "x");
}

TEST(FunctionGraph, replacing_prunes_what_nothing_uses_and_keeps_what_acts) {
  const Variable x = number("x"), told = apply_as("act", "tell", x), y = apply("f", told),
                 z = apply("g", y);
  FunctionGraph fgraph({x}, {z}, false);
  fgraph.replace(y, x);
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "tell g");
  const FunctionGraph copy = fgraph.clone();
  copy.check_integrity();
  EXPECT_EQ(toy::labels(copy.toposort()), "tell g");
}

TEST(FunctionGraph, an_action_joins_without_an_output) {
  const Variable x = number("x"), y = apply("f", x), told = apply_as("act", "tell", apply("g", y));
  FunctionGraph fgraph({x}, {y}, false);
  fgraph.add_action(told);
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "f g tell");
  EXPECT_EQ(fgraph.outputs().size(), 1u);
  EXPECT_EQ(toy::labels(fgraph.clone().toposort()), "f g tell");
}

TEST(FunctionGraph, an_action_takes_the_place_of_another_whether_something_uses_it_or_not) {
  const Variable x = number("x"), told = apply_as("act", "tell", apply("f", x)),
                 silent = apply_as("act", "nod", x), z = apply("g", told);
  FunctionGraph fgraph({x}, {z}, false);
  fgraph.add_action(silent);
  const Variable louder = apply_as("act", "shout", x);
  fgraph.replace_action(told.owner(), louder.owner(), {apply("h", louder)}, "test");
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "nod shout h g");
  fgraph.replace_action(silent.owner(), apply_as("act", "wave", x).owner(), {x});
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "shout h g wave");
}

TEST(FunctionGraph, knows_the_clients_of_a_variable) {
  const Variable x = number("x"), y = apply("f", x, x), z = apply("g", y, x);
  const FunctionGraph fgraph({x}, {z, y}, false);
  EXPECT_EQ(fgraph.clients(x).size(), 3u);
  EXPECT_EQ(fgraph.clients(y).size(), 2u);
  EXPECT_TRUE(fgraph.is_output(y));
  EXPECT_FALSE(fgraph.is_output(x));
}

TEST(FunctionGraph, a_replacement_that_uses_what_it_replaces_does_not_loop) {
  const Variable x = number("x"), y = apply("f", x), z = apply("g", y);
  FunctionGraph fgraph({x}, {z}, false);
  fgraph.replace(y, apply("h", y));
  fgraph.check_integrity();
  EXPECT_EQ(toy::labels(fgraph.toposort()), "f h g");
}

TEST(FunctionGraph, names_a_leaf_that_is_no_input) {
  const Variable x = number("x"), w = number("w");
  try {
    FunctionGraph({x}, {apply("f", x, w)});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(
        error.what(),
        "FunctionGraph: w, an input of Node{label: f, role: }, is neither an input of the graph, nor a constant or "
        "shared variable; add it to the inputs");
  }
}

TEST(FunctionGraph, refuses_a_replacement_of_another_type) {
  const Variable x = number("x"), y = apply("f", x);
  FunctionGraph fgraph({x}, {y}, false);
  try {
    fgraph.replace(y, generic("path"), "a test");
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(
        error.what(),
        "replace: Node{label: f, role: }.0 has type Number and path has type Generic (a test); types must fit");
  }
  fgraph.check_integrity();
}

TEST(FunctionGraph, takes_a_node_over_only_once) {
  const Variable x = number("x"), y = apply("f", x);
  const FunctionGraph first({x}, {y}, false);
  EXPECT_THROW(FunctionGraph({x}, {y}, false), ValueError);
  EXPECT_NO_THROW(FunctionGraph({x}, {y}));
}

TEST(FunctionGraph, a_node_is_free_again_when_its_graph_is_gone) {
  const Variable x = number("x"), y = apply("f", x);
  {
    const FunctionGraph first({x}, {y}, false);
  }
  EXPECT_NO_THROW(FunctionGraph({x}, {y}, false));
}

TEST(FunctionGraph, a_graph_of_a_million_nodes_is_cloned_and_sorted) {
  const Variable x = number("x");
  Variable y = x;
  for (int i = 0; i < 1'000'000; ++i) y = apply("f", y);
  const FunctionGraph fgraph({x}, {y});
  EXPECT_EQ(fgraph.toposort().size(), 1'000'000u);
}
