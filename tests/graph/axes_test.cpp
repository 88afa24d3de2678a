// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/axes.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"

using namespace kroton;

TEST(Axes, are_one_several_or_all) {
  EXPECT_FALSE(Axes().list());
  EXPECT_EQ(*Axes(-1).list(), (std::vector<int>{-1}));
  EXPECT_EQ(*Axes({0, 2L}).list(), (std::vector<int>{0, 2}));
  EXPECT_EQ(*Axes(std::vector<int>{}).list(), std::vector<int>{});
}

TEST(ShuffleAxis, is_a_number_or_x) {
  EXPECT_EQ(ShuffleAxis(1).axis, 1);
  EXPECT_FALSE(ShuffleAxis("x").axis);
  EXPECT_FALSE(ShuffleAxis('x').axis);
  try {
    ShuffleAxis("y");
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "dimshuffle: 'y' is no axis; give numbers and \"x\" for a new axis");
  }
}
