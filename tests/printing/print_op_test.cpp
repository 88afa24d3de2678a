// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/print_op.h"

#include <gtest/gtest.h>

#include <vector>

#include "kroton/base/errors.h"
#include "kroton/graph/function_graph.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(Print, C0_11_shows_its_value_on_stderr_and_passes_it_on) {
  const Variable y = Print("y")(toy::number("x"));
  const std::vector<Value> in{Value(array({1., 2.}))};
  std::vector<Value> out(1);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  y.owner().op().perform(y.owner(), in, out);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "y = [1. 2.]\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(out[0].as<NDArray>().raw(), in[0].as<NDArray>().raw());
}

TEST(Print, C0_11_is_never_dropped_and_is_told_apart_by_its_message) {
  const Variable x = toy::number("x"), p = Print("here")(x), z = toy::apply("f", p);
  FunctionGraph fgraph({x}, {z}, false);
  fgraph.replace(z, x);
  EXPECT_EQ(fgraph.size(), 1u);
  EXPECT_EQ(p.owner().op().text(), "Print{message: here}");
  EXPECT_TRUE(Print("a") == Print("a"));
  EXPECT_FALSE(Print("a") == Print("b"));
}

TEST(Print, takes_one_input) {
  try {
    Print("y").make_node({});
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "Print: takes 1 input, not 0");
  }
}
