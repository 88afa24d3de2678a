// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/equilibrium.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/rewrite/toy.h"

using namespace kroton;
using namespace kroton::rewrite;
using toy::apply;
using toy::number;

TEST(Equilibrium, rewrites_follow_each_other_until_nothing_changes) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("f", apply("f", apply("h", apply("h", x))))});
  make_equilibrium("eq", {toy::cancel("f", "g"), toy::rename("h", "g")})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "");
  EXPECT_EQ(fgraph.outputs()[0].name(), "x");
  fgraph.check_integrity();
}

TEST(Equilibrium, a_rewrite_that_looks_two_nodes_deep_sees_later_changes) {
  // f(m(g(x))) -> x needs g, which appears below m after f was looked at.
  const LocalRewrite deep{"deep",
                          [](const FunctionGraph&, const Apply& node) -> std::optional<Variables> {
                            if (!toy::is(node, "f")) return std::nullopt;
                            const Apply middle = node.inputs()[0].owner();
                            const Apply inner = middle ? middle.inputs()[0].owner() : Apply();
                            if (!inner || !toy::is(inner, "g")) return std::nullopt;
                            return Variables{inner.inputs()[0]};
                          },
                          {}};
  // Renames g0 only when it is visited a second time.
  int visits = 0;
  const LocalRewrite late{
      "late",
      [&visits](const FunctionGraph&, const Apply& node) -> std::optional<Variables> {
        if (!toy::is(node, "f") || ++visits > 1) return std::nullopt;
        const Apply middle = node.inputs()[0].owner();
        return Variables{
            apply("f", apply("m", apply("g", middle.inputs()[0].owner().inputs()[0])))};
      },
      {}};
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("f", apply("m", apply("h", x)))});
  make_equilibrium("eq", {deep, late})->apply(fgraph);
  EXPECT_EQ(fgraph.size(), 0u);
}

TEST(Equilibrium, two_rewrites_that_undo_each_other_are_stopped_and_reported) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  const Trace trace =
      make_equilibrium("eq", {toy::rename("a", "b"), toy::rename("b", "a")})->apply(fgraph);
  EXPECT_EQ(fgraph.size(), 1u);
  ASSERT_FALSE(trace.notes().empty());
  EXPECT_EQ(
      trace.notes()[0],
      "eq: a_to_b was applied 81 times to a graph of 1 nodes and is stopped; it may undo what another rewrite does");
}

TEST(Equilibrium, a_refused_replacement_is_not_tried_for_ever) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", apply("a", x))});
  fgraph.attach(std::make_shared<toy::Refuse>("c"));
  const Trace trace = make_equilibrium("eq", {toy::rename("a", "c")})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "a a");
  EXPECT_EQ(trace.notes().size(), 2u);
}

TEST(Equilibrium, a_chain_of_ten_thousand_nodes_takes_well_under_a_second) {
  Variable x = number("x"), y = x;
  for (int i = 0; i < 5000; ++i) y = apply("f", apply("h", y));
  FunctionGraph fgraph({x}, {y});
  const auto begin = std::chrono::steady_clock::now();
  make_equilibrium("eq", {toy::rename("h", "g"), toy::cancel("f", "g"), toy::rename("q", "r")})
      ->apply(fgraph);
  EXPECT_EQ(fgraph.size(), 0u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}
