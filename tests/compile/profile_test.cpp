// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Profile, writes_a_table_of_nodes_to_stderr) {
  const Variable x = vec("x");
  testing::internal::CaptureStderr();
  {
    const auto f =
        function({x}, add(x, x), {.mode = Mode("vm", "None"), .name = "timed", .profile = true});
    f(array({1.}));
    f(array({2.}));
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("function 'timed': 2 calls, "), 0u) << text;
  EXPECT_NE(text.find("  kernel       add(x, x)\n"), std::string::npos) << text;
}
}  // namespace
