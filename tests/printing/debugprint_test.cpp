// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/debugprint.h"

#include <gtest/gtest.h>

#include "kroton/graph/generic_type.h"
#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::number;

TEST(Debugprint, C0_11_C6_1_prints_one_line_per_variable_users_above_what_they_use) {
  const Variable x = number("x"), y = number("");
  Variable a = apply("f", x, y);
  a.set_name("a");
  EXPECT_EQ(debugprint(apply("g", a, Constant(Generic(), Value("path")))),
            "Node{label: g, role: } [A]\n"
            " |-Node{label: f, role: } [B] 'a'\n"
            " | |-x [C]\n"
            " | |-<Number> [D]\n"
            " |-GenericConstant{'path'} [E]\n");
}

TEST(Debugprint, C6_1_repeats_are_elided) {
  const Variable x = number("x"), a = apply("f", x);
  EXPECT_EQ(debugprint(apply("g", a, a)),
            "Node{label: g, role: } [A]\n"
            " |-Node{label: f, role: } [B]\n"
            " | |-x [C]\n"
            " |-Node{label: f, role: } [B] ...\n");
}

TEST(Debugprint, C6_1_equal_graphs_print_alike_and_several_outputs_share_letters) {
  const auto text = [] {
    const Variable x = number("x"), a = apply("f", x);
    return debugprint({a, apply("g", a)});
  };
  EXPECT_EQ(text(), text());
  EXPECT_EQ(text(),
            "Node{label: f, role: } [A]\n"
            " |-x [B]\n"
            "Node{label: g, role: } [C]\n"
            " |-Node{label: f, role: } [A] ...\n");
}

TEST(Debugprint, a_function_graph_shows_the_order_of_its_nodes) {
  const Variable x = number("x");
  const FunctionGraph fgraph({x}, {apply("g", apply("f", x))});
  EXPECT_EQ(debugprint(fgraph),
            "Node{label: g, role: } [A] 1\n"
            " |-Node{label: f, role: } [B] 0\n"
            "   |-x [C]\n");
}

TEST(Debugprint, types_are_shown_on_demand) {
  EXPECT_EQ(debugprint(number("x"), {.types = true}), "x <Number> [A]\n");
}

TEST(Debugprint, a_chain_of_a_million_nodes_prints_its_head) {
  Variable y = number("x");
  for (int i = 0; i < 1'000'000; ++i) y = apply("f", y);
  const std::string text = debugprint(y, {.depth = 2});
  EXPECT_EQ(text,
            "Node{label: f, role: } [A]\n"
            " |-Node{label: f, role: } [B]\n"
            "   |-Node{label: f, role: } [C]\n"
            "     |-... (deeper than 2)\n");
  EXPECT_LT(debugprint(y).size(), 2'000'000u);
}

TEST(Debugprint, letters_go_on_behind_z) {
  std::vector<Variable> many;
  for (int i = 0; i < 28; ++i) many.push_back(number("x" + std::to_string(i)));
  const std::string text = debugprint(many);
  EXPECT_NE(text.find("x25 [Z]\nx26 [AA]\nx27 [AB]\n"), std::string::npos);
}
