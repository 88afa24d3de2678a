// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/merge.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/rewrite/toy.h"

using namespace kroton;
using toy::apply;
using toy::apply_as;
using toy::number;

namespace {
std::string merged(FunctionGraph& fgraph) {
  rewrite::Trace trace;
  rewrite::merge(fgraph, trace);
  fgraph.check_integrity();
  return toy::labels(fgraph);
}
Variable constant(double value) { return toy::Number().make_constant(NDArray::full({}, value)); }
}  // namespace

TEST(Merge, equal_ops_on_identical_inputs_become_one_at_any_depth) {
  const Variable x = number("x");
  FunctionGraph fgraph(
      {x}, {apply("g", apply("f", x)), apply("g", apply("f", x)), apply("h", apply("f", x))});
  EXPECT_EQ(merged(fgraph), "f g h");
  EXPECT_EQ(fgraph.outputs()[0], fgraph.outputs()[1]);
}

TEST(Merge, different_ops_inputs_or_orders_stay_apart) {
  const Variable x = number("x"), y = number("y");
  FunctionGraph fgraph({x, y},
                       {apply("f", x, y), apply("f", y, x), apply("f", x), apply("g", x, y)});
  merged(fgraph);
  EXPECT_EQ(fgraph.size(), 4u);
}

TEST(Merge, nodes_without_inputs_merge) {
  FunctionGraph fgraph({}, {apply("f", apply("make")), apply("g", apply("make"))});
  EXPECT_EQ(merged(fgraph), "make f g");
}

TEST(Merge, C2_12_nodes_that_act_never_merge) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply_as("act", "print", x), apply_as("act", "print", x)});
  EXPECT_EQ(merged(fgraph), "print print");
}

TEST(Merge, two_destroyers_never_merge) {
  const Variable x = number("x");
  FunctionGraph fgraph(
      {x}, {apply_as("destroy", "f", apply("copy", x)), apply_as("destroy", "f", apply("copy2", x)),
            apply_as("destroy", "g", x), apply_as("destroy", "g", x)});
  merged(fgraph);
  EXPECT_EQ(fgraph.size(), 6u);
}

TEST(Merge, equal_constants_merge_and_signed_zeros_do_not) {
  FunctionGraph fgraph({}, {apply("f", constant(1.5)), apply("f", constant(1.5)),
                            apply("f", constant(0.0)), apply("f", constant(-0.0))});
  EXPECT_EQ(merged(fgraph), "f f f");
  EXPECT_EQ(fgraph.outputs()[0], fgraph.outputs()[1]);
  EXPECT_FALSE(fgraph.outputs()[2] == fgraph.outputs()[3]);
}

TEST(Merge, the_name_of_a_merged_variable_is_kept) {
  const Variable x = number("x");
  Variable named = apply("f", x);
  named.set_name("named");
  FunctionGraph fgraph({x}, {apply("f", x), named});
  merged(fgraph);
  EXPECT_EQ(fgraph.outputs()[0].name(), "named");
}

TEST(Merge, thousands_of_equal_nodes_merge_in_linear_time) {
  const Variable x = number("x");
  Variables outputs;
  for (int i = 0; i < 100; ++i) {
    Variable y = x;
    for (int j = 0; j < 100; ++j) y = toy::apply("f" + std::to_string(j), y);
    outputs.push_back(y);
  }
  FunctionGraph fgraph({x}, outputs);
  const auto begin = std::chrono::steady_clock::now();
  merged(fgraph);
  EXPECT_EQ(fgraph.size(), 100u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}
