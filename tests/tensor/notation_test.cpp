// SPDX-License-Identifier: BSD-3-Clause
// How this room's ops are written, in whole texts of pprint; and what printers make of fused nodes.
#include "kroton/graph/notation.h"

#include <gtest/gtest.h>

#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

TEST(Notation, C0_11_operators_have_the_parentheses_that_cpp_needs) {
  const auto x = dvector("x"), y = dvector("y"), z = dvector("z");
  EXPECT_EQ(pprint(x + y * z), "x + y * z");
  EXPECT_EQ(pprint((x + y) * z), "(x + y) * z");
  EXPECT_EQ(pprint(x - y - z), "x - y - z");
  EXPECT_EQ(pprint(x - (y - z)), "x - (y - z)");
  EXPECT_EQ(pprint(x / (y * z)), "x / (y * z)");
  EXPECT_EQ(pprint(x % y / z), "x % y / z");
  EXPECT_EQ(pprint(-(x + y)), "-(x + y)");
  EXPECT_EQ(pprint(-(-x)), "-(-x)");
  EXPECT_EQ(pprint(-x * y), "-x * y");
  EXPECT_EQ(pprint(x * -2.0), "x * -2.0");
  EXPECT_EQ(pprint(((x < y) & (y >= z)) | (x > z)), "x < y & y >= z | x > z");
  EXPECT_EQ(pprint((x < y) & ((y <= z) | (x > z))), "x < y & (y <= z | x > z)");
  EXPECT_EQ(pprint(~(x < y) ^ (x < z)), "~(x < y) ^ x < z");
}

TEST(Notation, functions_are_calls) {
  const auto x = dvector("x"), y = dvector("y");
  EXPECT_EQ(pprint(exp(x + 1)), "exp(x + 1)");
  EXPECT_EQ(pprint(T::pow(x, 2)), "pow(x, 2)");
  EXPECT_EQ(pprint(eq(x, y)), "eq(x, y)");
  EXPECT_EQ(pprint(where(x < y, x, 0.5)), "where(x < y, x, 0.5)");
  EXPECT_EQ(pprint(cast(x, float32)), "cast(x, float32)");
}

TEST(Notation, reductions_name_their_axes) {
  const auto x = T::tensor(float64, {false, false, false}, "x");
  EXPECT_EQ(pprint(sum(x)), "sum(x)");
  EXPECT_EQ(pprint(sum(x + 1, 0)), "sum(x + 1, axis=0)");
  EXPECT_EQ(pprint(max(x, {0, 2})), "max(x, axis=(0, 2))");
  EXPECT_EQ(pprint(argmax(x, -1)), "argmax(x, axis=2)");
}

TEST(Notation, indices_are_written_as_in_cpp) {
  const auto x = dmatrix("x");
  const auto n = lscalar("n");
  EXPECT_EQ(pprint(x[1]), "x[1]");
  EXPECT_EQ(pprint(x[{1, slice(0, n)}]), "x[{1, slice(0, n)}]");
  EXPECT_EQ(pprint((x + 1)[slice(1)]), "(x + 1)[slice(1)]");
  EXPECT_EQ(pprint(x[{slice({}, {}, -1), -1}]), "x[{slice({}, {}, -1), -1}]");
  EXPECT_EQ(pprint(x[n]), "x[n]");
  EXPECT_EQ(pprint(set_subtensor(x[{slice(1, -1), 0}], 2.0)),
            "set_subtensor(x[{slice(1, -1), 0}], 2.0)");
  EXPECT_EQ(pprint(inc_subtensor(x[0], n)), "inc_subtensor(x[0], cast(n, float64))");
}

TEST(Notation, array_indices_and_products) {
  const auto x = dmatrix("x"), y = dmatrix("y");
  const auto i = lvector("i");
  EXPECT_EQ(pprint(x[i]), "x[i]");
  EXPECT_EQ(pprint((x + y)[{slice(), i}]), "(x + y)[{slice(), i}]");
  EXPECT_EQ(pprint(inc_subtensor(x[{i, i}], 1.0)), "inc_subtensor(x[{i, i}], 1.0)");
  EXPECT_EQ(pprint(dot(x + 1, y) * 2), "dot(x + 1, y) * 2");
  EXPECT_EQ(pprint(nnet::softmax(x)), "softmax(x, axis=1)");
  EXPECT_EQ(pprint(logsumexp(x)), "logsumexp(x)");
}

TEST(Notation, shapes_and_axes) {
  const auto x = dmatrix("x"), v = dvector("v");
  EXPECT_EQ(pprint((x + v).T()), "(x + v).T()");
  EXPECT_EQ(pprint(v.dimshuffle({0, "x"}) * x), "v.dimshuffle({0, \"x\"}) * x");
  EXPECT_EQ(pprint(x.shape()), "x.shape()");
  EXPECT_EQ(pprint(x.shape(1) + 1), "x.shape(1) + 1");
  EXPECT_EQ(pprint(alloc(0.5, {x.shape(0), 3})), "alloc(0.5, {x.shape(0), 3})");
}

TEST(Notation, leaves_without_a_name_show_their_types) {
  const auto x = dvector(), y = dvector();
  EXPECT_EQ(pprint(x - y - x),
            "<TensorType(float64, vector)> - <TensorType(float64, vector) 2> - "
            "<TensorType(float64, vector)>");
  EXPECT_EQ(pprint(x), "<TensorType(float64, vector)>");
}

TEST(Notation, a_part_that_is_used_again_is_written_once) {
  const auto x = dvector("x"), w = dvector("w"), a = dscalar("a");
  EXPECT_EQ(pprint(exp(x) / sum(exp(x))), "exp(x) / sum(exp(x))");
  auto e = exp(x * w);
  EXPECT_EQ(pprint(e / (1 + e) + a),
            "b = exp(x * w)\n"
            "b / (1 + b) + a");
  e.set_name("e");
  EXPECT_EQ(pprint(Variables{e / (1 + e), e}),
            "e = exp(x * w)\n"
            "e / (1 + e)\n"
            "e");
  Variable y = x;
  for (int i = 0; i < 64; ++i) y = y + y;
  EXPECT_LT(pprint(y).size(), 2000u);
}

TEST(Notation, a_fused_node_is_written_as_what_it_computes) {
  const auto x = dvector("x"), y = dvector("y");
  const auto f = function({x, y}, {exp(x) * y, sum(sqr(x - y))});
  ASSERT_LT(f.nodes().size(), 5u);
  EXPECT_EQ(pprint(f), "exp(x) * y\nsum(sqr(x - y))");
}

TEST(Notation, what_fused_nodes_compute_follows_at_the_end) {
  const auto x = dvector("x"), y = dvector("y");
  const auto f = function({x, y}, exp(x) * y);
  EXPECT_EQ(debugprint(f),
            "Fused{exp, mul} [A] 0\n"
            " |-x [B]\n"
            " |-y [C]\n"
            "\nInner graphs:\n\n"
            "Fused{exp, mul} [A]\n"
            " >Elemwise{mul} [D]\n"
            " > |-Elemwise{exp} [E]\n"
            " > | |-x [B]\n"
            " > |-y [C]\n");
}

namespace {
const std::string picture_head =
    "  node [fontname=\"sans-serif\", fontsize=10, style=filled, fillcolor=white];\n"
    "  edge [fontname=\"sans-serif\", fontsize=8];\n";
}  // namespace

TEST(Notation, a_picture_of_a_function_numbers_its_nodes_and_shows_shared_variables) {
  const auto x = dvector("x");
  const auto w = shared(1.0, "w");
  const auto f = function({x}, sum(x, 0) * w, {.mode = Mode("vm", "None")});
  const std::string text = dotprint(f);
  EXPECT_NE(text.find("[shape=box, fillcolor=lightyellow, label=\"w\"]"), text.npos) << text;
  EXPECT_NE(text.find("[label=\"0: Sum{axes: (0,)"), text.npos) << text;
  EXPECT_NE(text.find("[label=\"0 TensorType(float64, scalar)\"]"), text.npos) << text;
}

TEST(Notation, a_fused_node_is_drawn_as_a_frame_around_what_it_computes) {
  const auto x = dvector("x"), y = dvector("y");
  const auto f = function({x, y}, exp(x) * y);
  ASSERT_EQ(f.nodes().size(), 1u);
  EXPECT_EQ(dotprint(f, {.types = false}),
            "digraph \"\" {\n" + picture_head +
                "  v0 [shape=box, fillcolor=lightgreen, label=\"x\"];\n"
                "  v1 [shape=box, fillcolor=lightgreen, label=\"y\"];\n"
                "  subgraph cluster_0 {\n"
                "    style=rounded; color=grey; label=\"0: Fused{exp, mul}\";\n"
                "    n0 [label=\"Elemwise{exp}\"];\n"
                "    n1 [label=\"Elemwise{mul}\"];\n"
                "  }\n"
                "  out0 [shape=box, fillcolor=lightblue, label=\"output 0\"];\n"
                "  v0 -> n0;\n"
                "  n0 -> n1 [label=\"0\"];\n"
                "  v1 -> n1 [label=\"1\"];\n"
                "  n1 -> out0;\n"
                "}\n");
  const std::string plain = dotprint(f, {.types = false, .inner = false});
  EXPECT_NE(plain.find("  n0 [label=\"0: Fused{exp, mul}\"];\n"), plain.npos);
}
