// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <limits>

#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(NanGuardMode, names_the_node_whose_output_is_not_finite) {
  const Variable x = vec("x"), y = vec("y");
  const auto f =
      function({x, y}, mul(add(x, y), y), {.mode = Mode("py", "None").with_nan_guard({})});
  const double inf = std::numeric_limits<double>::infinity(),
               nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(list(f(array({1.}), array({2.})).only()), (List{6}));
  EXPECT_EQ(
      error_of<ValueError>([&] { f(array({1e10, 0.}), array({1e10, 0.})); }),
      "NanGuardMode: output 0 of add holds values that are 1 beyond 1e10, of 2; what went into that node was free of them");
  EXPECT_EQ(
      error_of<ValueError>([&] { f(array({nan, inf}), array({1., 2.})); }),
      "NanGuardMode: input x holds values that are 1 NaN, 1 infinite, of 2; pass other values, or a mode that does not look");
  const auto only_nan = function(
      {x, y}, add(x, y), {.mode = Mode("py", "None").with_nan_guard({.inf = false, .big = false})});
  EXPECT_EQ(list(only_nan(array({inf}), array({2.})).only()), (List{inf}));
  EXPECT_EQ(list(f(array({1.}), array({2.})).only()), (List{6}));
}
}  // namespace
