// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

class FunctionOf : public testing::TestWithParam<const char*> {
 protected:
  Mode mode() const { return Mode(GetParam(), "None"); }
};
INSTANTIATE_TEST_SUITE_P(Linkers, FunctionOf, testing::Values("py", "vm"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(FunctionOf, C0_8_compute_one_output_or_a_list) {
  const Variable x = vec("x"), y = vec("y");
  const auto f = function({x, y}, add(x, y), {.mode = mode()});
  const NDArray z = f(array({1., 2.}), array({10., 20.}));
  EXPECT_EQ(list(z), (List{11, 22}));
  const auto g = function({x, y}, {add(x, y), mul(x, y)}, {.mode = mode(), .name = "g"});
  const Outputs out = g(array({1., 2.}), array({10., 20.}));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(list(out[1]), (List{10, 40}));
  EXPECT_EQ(g.name(), "g");
  EXPECT_EQ(g.nodes().size(), 2u);
  const auto nothing = function({}, {}, {.mode = mode()});
  EXPECT_EQ(nothing().size(), 0u);
}

TEST(FunctionErrors, name_a_default_value_that_does_not_fit_and_an_empty_function) {
  const Variable x = vec("x");
  const auto text = error_of<TypeError>([&] { function({In(x, {.value = "text"})}, x); });
  EXPECT_TRUE(text.starts_with("function: the default value of input 0 'x': ")) << text;
  EXPECT_EQ(error_of<ValueError>([] { Function().name(); }),
            "Function: an empty function was used; make one by function(inputs, outputs)");
  const auto f = function({In(x, {.value = array({2.})})}, x);
  EXPECT_EQ(list(f().only()), (List{2}));
}

TEST(FunctionErrors, say_where_function_was_called) {
  const Variable x = vec("x");
  try {
    function({x, x}, x);
    FAIL();
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(text.rfind(':')), ":" + std::to_string(__LINE__ - 4));
    EXPECT_NE(text.find("function_test.cpp"), std::string::npos);
  }
}
}  // namespace
