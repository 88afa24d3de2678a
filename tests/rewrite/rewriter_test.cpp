// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/rewriter.h"

#include <gtest/gtest.h>

#include "kroton/base/config.h"
#include "tests/rewrite/toy.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::rewrite;
using toy::apply;
using toy::number;

TEST(Rewriter, a_walk_applies_local_rewrites_to_every_node) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", apply("a", apply("b", x)))});
  const Trace trace = make_walk("walk", {toy::rename("a", "c")})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "b c c");
  EXPECT_EQ(trace.find("a_to_c")->applied, 2u);
  EXPECT_EQ(trace.find("a_to_c")->tried, 3u);
  fgraph.check_integrity();
}

TEST(Rewriter, a_walk_goes_either_way) {
  const Variable x = number("x");
  const auto chain = [&] {
    return FunctionGraph({x}, {apply("f", apply("g", apply("f", apply("g", x))))});
  };
  FunctionGraph inward = chain(), outward = chain();
  std::string order_in, order_out;
  const auto note = [](std::string& order) {
    return LocalRewrite{
        "note",
        [&order](const FunctionGraph&, const Apply& node) -> std::optional<Variables> {
          order += kroton::as<toy::Node>(node)->label();
          return std::nullopt;
        },
        {}};
  };
  make_walk("in", {note(order_in)}, Direction::in_to_out)->apply(inward);
  make_walk("out", {note(order_out)}, Direction::out_to_in)->apply(outward);
  EXPECT_EQ(order_in, "gfgf");
  EXPECT_EQ(order_out, "fgfg");
}

TEST(Rewriter, a_sequence_runs_in_order_and_says_what_it_is_made_of) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  const auto both = make_sequence("both", {make_walk("first", {toy::rename("a", "b")}),
                                           make_walk("second", {toy::rename("b", "c")})});
  both->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "c");
  EXPECT_EQ(both->text(), "both\n  first\n    a_to_b\n  second\n    b_to_c\n");
}

TEST(Rewriter, names_and_lines_of_the_user_go_over_to_what_replaces_them) {
  const Variable x = number("x");
  Variable y = apply("a", x);
  y.set_name("y");
  const auto here = std::source_location::current();
  y.set_line(here);
  FunctionGraph fgraph({x}, {y});
  make_walk("walk", {toy::rename("a", "b")})->apply(fgraph);
  const Variable replaced = fgraph.outputs()[0];
  EXPECT_EQ(replaced.name(), "y");
  EXPECT_EQ(replaced.line().line(), here.line());
  EXPECT_EQ(x.name(), "x");
}

TEST(Rewriter, a_leaf_that_replaces_a_named_variable_keeps_its_own_name) {
  const Variable x = number("x");
  Variable y = apply("f", apply("g", x));
  y.set_name("y");
  FunctionGraph fgraph({x}, {y});
  make_walk("walk", {toy::cancel("f", "g")})->apply(fgraph);
  EXPECT_EQ(fgraph.outputs()[0].name(), "x");
  EXPECT_EQ(fgraph.size(), 0u);
}

TEST(Rewriter, what_a_feature_refuses_is_undone_and_noted) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("b", apply("a", x))});
  fgraph.attach(std::make_shared<toy::Refuse>("c"));
  const Trace trace = make_walk("walk", {toy::rename("a", "c")})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "a b");
  EXPECT_EQ(trace.find("a_to_c")->applied, 0u);
  ASSERT_EQ(trace.notes().size(), 1u);
  EXPECT_EQ(trace.notes()[0], "a_to_c: no c here");
  fgraph.check_integrity();
}

namespace {
const LocalRewrite fails{"fails",
                         [](const FunctionGraph&, const Apply&) -> std::optional<Variables> {
                           throw TypeError("make: cannot; use another");
                         },
                         {}};
const LocalRewrite too_few{
    "too_few",
    [](const FunctionGraph&, const Apply&) -> std::optional<Variables> { return Variables{}; },
    {}};
}  // namespace

TEST(Rewriter, an_error_in_a_rewrite_is_noted_and_the_graph_stays) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  const Trace trace = make_walk("walk", {fails, too_few})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "a");
  ASSERT_EQ(trace.notes().size(), 2u);
  EXPECT_EQ(trace.notes()[0], "fails: make: cannot; use another");
  EXPECT_EQ(
      trace.notes()[1],
      "too_few: gave 0 variables for the 1 outputs of Node{label: a, role: }; give one for each, an empty one "
      "to keep that output");
}

TEST(Rewriter, an_error_in_a_rewrite_is_thrown_where_the_flag_asks_for_it) {
  struct Raise {
    Raise() { base::set_flag("on_opt_error", "raise"); }
    ~Raise() { base::set_flag("on_opt_error", "warn"); }
  };
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  {
    const Raise raise;
    CHECK_ERROR(TypeError, make_walk("walk", {fails})->apply(fgraph), "make: cannot; use another");
    CHECK_ERROR(ValueError, make_walk("walk", {too_few})->apply(fgraph),
                "too_few: gave 0 variables for the 1 outputs of Node{label: a, role: }; give one "
                "for each, an empty one to keep that output");
  }
  EXPECT_EQ(toy::labels(fgraph), "a");
  make_walk("walk", {fails, toy::rename("a", "b")})->apply(fgraph);
  EXPECT_EQ(toy::labels(fgraph), "b");
}

TEST(Rewriter, an_empty_variable_keeps_its_output) {
  const Variable x = number("x");
  FunctionGraph fgraph({x}, {apply("a", x)});
  const LocalRewrite keeps{"keeps",
                           [](const FunctionGraph&, const Apply&) -> std::optional<Variables> {
                             return Variables{Variable()};
                           },
                           {}};
  EXPECT_EQ(make_walk("walk", {keeps})->apply(fgraph).find("keeps")->applied, 0u);
  EXPECT_EQ(toy::labels(fgraph), "a");
}
