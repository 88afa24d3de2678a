// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

class MemoryOf : public testing::TestWithParam<const char*> {
 protected:
  Mode mode() const { return Mode(GetParam(), "None"); }
};
INSTANTIATE_TEST_SUITE_P(Linkers, MemoryOf, testing::Values("py", "vm"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(MemoryOf, never_hand_out_memory_that_the_function_keeps) {
  SharedVariable w("w", Array({false}), array({1., 2.}));
  const Variable x = vec("x"), c = constant(array({3., 4.}));
  const auto f = function({x}, {x, reverse(x), c, w}, {.mode = mode()});
  const NDArray given = array({7., 8.});
  const Outputs out = f(given);
  EXPECT_FALSE(may_share_memory(out[0], Value(given)));
  EXPECT_FALSE(may_share_memory(out[1], Value(given)));
  EXPECT_FALSE(may_share_memory(out[0], out[1]));
  EXPECT_FALSE(may_share_memory(out[3], w.get_value(true)));
  NDArray constant_out = out.array(2);
  constant_out.at<double>({0}) = 99;
  EXPECT_EQ(list(f(given)[2]), (List{3, 4}));
}

TEST_P(MemoryOf, share_memory_where_both_sides_borrow) {
  const Variable x = vec("x");
  const auto f =
      function({In(x, {.borrow = true})}, Out(reverse(x), {.borrow = true}), {.mode = mode()});
  const NDArray given = array({7., 8.});
  const Outputs out = f(given);
  EXPECT_TRUE(may_share_memory(out[0], Value(given)));
  const auto g = function({x}, Out(reverse(x), {.borrow = true}), {.mode = mode()});
  EXPECT_FALSE(may_share_memory(g(given)[0], Value(given)));
}
}  // namespace
