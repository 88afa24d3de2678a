// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Outputs, give_numbers_only_without_loss) {
  const Outputs two(Values{1.5, 2});
  EXPECT_EQ(two.item<double>(), 1.5);
  EXPECT_THROW(two.item<int>(), TypeError);
  EXPECT_EQ(error_of<ValueError>([&] { two[2]; }),
            "outputs[i]: output 2 is asked for; the function gives 2");
  EXPECT_EQ(
      error_of<ValueError>([&] { NDArray a = two; }),
      "Outputs: the function gives 2 values; take one of them by outputs[i] or outputs.array(i)");
}
}  // namespace
