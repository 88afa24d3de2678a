// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/detail/leaf_text.h"

#include <gtest/gtest.h>

#include "kroton/graph/generic_type.h"
#include "kroton/ndarray/ndarray.h"
#include "tests/graph/toy.h"

using namespace kroton;
using toy::number;

TEST(LeafText, names_types_and_values) {
  const Variable x = number("x"), a = number(""), b = number("");
  LeafTexts text;
  EXPECT_EQ(text(x), "x");
  EXPECT_EQ(text(a), "<Number>");
  EXPECT_EQ(text(b), "<Number 2>");
  EXPECT_EQ(text(a), "<Number>");
  EXPECT_EQ(text(Constant(Generic(), Value("a.npy"))), "'a.npy'");
  EXPECT_EQ(text(Constant(Generic(), Value(array({2.5}, {1, 1})))), "2.5");
  EXPECT_EQ(text(Constant(Generic(), Value(array({1, 2})))), "[1 2]");
}
