// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/dot.h"

#include <gtest/gtest.h>

#include "tests/graph/toy.h"

using namespace kroton;
using toy::apply;
using toy::apply_as;
using toy::number;

namespace {
const std::string head =
    "  node [fontname=\"sans-serif\", fontsize=10, style=filled, fillcolor=white];\n"
    "  edge [fontname=\"sans-serif\", fontsize=8];\n";
}  // namespace

TEST(Dot, a_graph_is_drawn_from_its_leaves_to_its_outputs) {
  const Variable x = number("x"), constant = Constant(toy::Number(), Value("k"));
  EXPECT_EQ(dotprint(apply("f", x, constant), {.name = "g"}),
            "digraph \"g\" {\n" + head +
                "  n0 [label=\"Node{label: f, role: }\"];\n"
                "  v0 [shape=box, fillcolor=lightgreen, label=\"x\"];\n"
                "  v1 [shape=box, fillcolor=lightgrey, label=\"'k'\"];\n"
                "  out0 [shape=box, fillcolor=lightblue, label=\"output 0\"];\n"
                "  v0 -> n0 [label=\"0 Number\"];\n"
                "  v1 -> n0 [label=\"1 Number\"];\n"
                "  n0 -> out0 [label=\"Number\"];\n"
                "}\n");
}

TEST(Dot, views_overwriting_and_acting_nodes_look_different) {
  const Variable x = number("x");
  const std::string text =
      dotprint({apply_as("view", "a", x), apply_as("destroy", "b", x), apply_as("act", "c", x)},
               {.types = false});
  EXPECT_NE(text.find("n0 [style=dashed, label=\"Node{label: a, role: view}\"]"), text.npos);
  EXPECT_NE(text.find("n1 [color=red, label=\"Node{label: b, role: destroy}\"]"), text.npos);
  EXPECT_NE(text.find("n2 [color=purple, label=\"Node{label: c, role: act}\"]"), text.npos);
  EXPECT_NE(text.find("  v0 -> n0;\n"), text.npos);
}

TEST(Dot, labels_are_escaped_and_cut) {
  const std::string text = dotprint(number("a \"b\" \\ c\nd\x01" + std::string(200, 'x')));
  EXPECT_NE(text.find("label=\"a \\\"b\\\" \\\\ c\\nd" + std::string(108, 'x') + "...\"]"),
            text.npos)
      << text;
}
