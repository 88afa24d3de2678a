// SPDX-License-Identifier: BSD-3-Clause
// Looking inside: Print, debugprint, the texts of ops, types and nodes.
#include "outsider.h"

#include <algorithm>

using namespace kroton;
using outsider::error_of;
namespace T = kroton::tensor;

namespace {
long lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') + (!text.empty() && text.back() != '\n');
}
}  // namespace

TEST(Printing, C6_1_a_graph_prints_one_line_per_variable_users_first) {
  auto x = dvector("x"), y = dvector("y");
  auto z = T::exp(x) + y;
  const std::string text = debugprint(z);
  EXPECT_EQ(lines(text), 4) << text;
  EXPECT_LT(text.find("add"), text.find("exp"));
  EXPECT_LT(text.find("exp"), text.find("x"));
  EXPECT_HAS(text, "y");
  EXPECT_FALSE(outsider::has(text, "0x")) << text;
  EXPECT_EQ(text, debugprint(T::exp(x) + y));
}

TEST(Printing, C6_1_repeats_are_elided) {
  auto x = dvector("x");
  Variable y = x;
  for (int i = 0; i < 40; ++i) y = y + y;
  EXPECT_LT(lines(debugprint(y)), 200);
}

TEST(Printing, C6_1_lists_functions_and_graphs_print) {
  auto x = dvector("x");
  EXPECT_GE(lines(debugprint({x + 1, x * 2})), 4);
  EXPECT_HAS(debugprint(FunctionGraph({x}, {T::exp(x)})), "exp");
  EXPECT_HAS(debugprint(function({x}, T::exp(x))), "exp");
  EXPECT_EQ(lines(debugprint(x)), 1);
}

TEST(Printing, C0_11_a_formula_and_a_picture) {
  auto x = dvector("x"), w = dvector("w");
  EXPECT_EQ(pprint((x + 1) * w - sum(x)), "(x + 1) * w - sum(x)");
  EXPECT_EQ(pprint({x / w, -x}), "x / w\n-x");
  auto f = function({x, w}, tanh(x * w));
  EXPECT_EQ(pprint(f), "tanh(x * w)");
  EXPECT_HAS(dotprint(f), "digraph");
  EXPECT_HAS(dotprint(x + w, {.types = false, .name = "sum"}), "digraph \"sum\" {");
}

TEST(Printing, C6_1_ops_print_name_and_fields) {
  EXPECT_EQ(LoadFromDisk(int64, {false}).text(),
            "Load{dtype: int64, broadcastable: (false,), mmap_mode: none}");
  EXPECT_EQ(LoadFromDisk(float32, {true, false}, "c").text(),
            "Load{dtype: float32, broadcastable: (true, false), mmap_mode: c}");
  EXPECT_EQ(LoadFromDisk(float32, {}).text(),
            "Load{dtype: float32, broadcastable: (), mmap_mode: none}");
  for (const std::string& text :
       {ShapeOf().text(), DeepCopyOp().text(), ViewOp().text(), SpecifyShape().text()}) {
    EXPECT_FALSE(outsider::has(text, "{")) << text;
  }
  EXPECT_HAS(Shape_i(1).text(), "1");
  EXPECT_HAS(Shape_i(1).text(), "Shape_i{");
  EXPECT_HAS(Print("hello").text(), "hello");
}

TEST(Printing, C0_11_Print_writes_to_stderr_and_changes_nothing) {
  auto x = dvector("x");
  auto f = function({x}, Print("values")(x) * 2);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const NDArray z = f(array({1.5, 2.}));
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_HAS(error, "values");
  EXPECT_HAS(error, "1.5");
  EXPECT_EQ(z.at<double>({0}), 3.0);
  testing::internal::CaptureStderr();
  function({x}, {Print("gradient")(x).sum(), grad(Print()(x).sum(), x)})(array({7.25}));
  EXPECT_HAS(testing::internal::GetCapturedStderr(), "7.25");
  EXPECT_TRUE(Print("a") == Print("a"));
  EXPECT_FALSE(Print("a") == Print("b"));
}

TEST(Printing, C0_11_Print_of_a_string_and_of_a_constant) {
  auto g = generic("g");
  testing::internal::CaptureStderr();
  EXPECT_EQ(function({g}, Print("path")(g))("a.npy")[0].as<std::string>(), "a.npy");
  function({}, Print("fixed")(constant(2.5)))();
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_HAS(error, "a.npy");
  EXPECT_HAS(error, "2.5");
}

TEST(Printing, C0_5_texts_of_variables_and_types) {
  auto x = dvector("x");
  EXPECT_EQ(x.text(), "x");
  EXPECT_NE((x + 1).text(), "");
  EXPECT_NE(dvector().text(), "");
  EXPECT_NE(constant(2).text(), "");
  EXPECT_NE(TensorType(float64, {false}).text(), TensorType(float32, {false}).text());
  EXPECT_NE((x + 1).owner().text(), "");
}
