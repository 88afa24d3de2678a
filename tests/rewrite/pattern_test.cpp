// SPDX-License-Identifier: BSD-3-Clause
// Equations over the toy op; those over arrays are tested with the rewrites that they state.
#include "kroton/rewrite/pattern.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "tests/rewrite/toy.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::rewrite;
using toy::apply, toy::number;

namespace {
Pattern f(const Pattern& a) { return Pattern(std::make_shared<const toy::Node>("f"), {a}); }
Pattern g(const Pattern& a, const Pattern& b) {
  return Pattern(std::make_shared<const toy::Node>("g"), {a, b}, true);
}
const Conversions none{[](const Variable& x, DType) { return x; },
                       [](const Variable& x, const Apply&) { return x; }};
std::string after(const std::vector<Equation>& equations, const Variables& inputs,
                  const Variable& z) {
  const Equations all(equations, none);
  FunctionGraph fgraph(inputs, {z});
  make_walk("test", {{"test", all, all.tracks()}})->apply(fgraph);
  fgraph.check_integrity();
  return toy::labels(fgraph);
}
const Pattern a = Pattern::any(0), b = Pattern::any(1);
}  // namespace

TEST(Pattern, an_equation_replaces_what_its_left_side_says) {
  const Variable x = number("x"), y = number("y");
  EXPECT_EQ(after({{f(f(a)), a}}, {x}, apply("h", apply("f", apply("f", x)))), "h");
  EXPECT_EQ(after({{f(f(a)), f(a)}}, {x}, apply("f", apply("f", x))), "f");
  EXPECT_EQ(after({{f(f(a)), a}}, {x}, apply("f", apply("h", x))), "h f");
}

TEST(Pattern, a_letter_is_one_variable) {
  const Variable x = number("x"), y = number("y");
  EXPECT_EQ(after({{g(a, a), f(a)}}, {x, y}, apply("g", x, x)), "f");
  EXPECT_EQ(after({{g(a, a), f(a)}}, {x, y}, apply("g", x, y)), "g");
}

TEST(Pattern, commutative_inputs_match_in_either_order) {
  const Variable x = number("x"), y = number("y");
  const std::vector<Equation> equations{{g(f(a), b), f(g(a, b))}};
  EXPECT_EQ(after(equations, {x, y}, apply("g", apply("f", x), y)), "g f");
  EXPECT_EQ(after(equations, {x, y}, apply("g", y, apply("f", x))), "g f");
}

TEST(Pattern, a_condition_is_asked_of_what_was_found) {
  const Variable x = number("x"), y = number("y");
  const Pattern once = f(a).when(
      [](const FunctionGraph& fgraph, const Variable& v) { return fgraph.clients(v).size() == 1; });
  const std::vector<Equation> equations{{g(once, b), a}};
  EXPECT_EQ(after(equations, {x, y}, apply("h", apply("g", apply("f", x), y))), "h");
  const Variable fx = apply("f", x);
  EXPECT_EQ(after(equations, {x, y}, apply("h", apply("g", fx, y), fx)), "f g h");
}

TEST(Pattern, equations_track_the_ops_that_they_begin_with) {
  const Equations all({{f(a), a}}, none);
  EXPECT_EQ(all.tracks().classes.size(), 1U);
  EXPECT_TRUE(all.tracks().matches(toy::Node("f")));
}

TEST(Pattern, a_left_side_begins_with_an_op) {
  CHECK_ERROR(ValueError, Equations({{a, f(a)}}, none),
              "Equations: a left side is no application of an op; begin it with one");
  EXPECT_EQ(Equations({{f(a), a}}, none).tracks().classes.size(), 1U);
}
