// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shape_book.h"

#include <gtest/gtest.h>

#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/subtensor.h"
#include "kroton/tensor/type.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
}  // namespace

TEST(ShapeBook, lengths_are_followed_to_the_leaves) {
  ShapeBook book;
  const Variable x = mat("x");
  const Variable z = sum(exp(transpose(tanh(x))), 0);
  ASSERT_EQ(book.lengths(z).size(), 1u);
  EXPECT_EQ(book.lengths(z)[0].text(), "x.shape[0]");
}

TEST(ShapeBook, a_shape_that_is_asked_of_a_computed_array_is_followed_too) {
  ShapeBook book;
  const Variable x = mat("x");
  const Variable e = exp(x);
  EXPECT_TRUE(book.same_shape(alloc(1.0, {e.shape(0), e.shape(1)}), x));
  EXPECT_FALSE(book.same_shape(alloc(1.0, {e.shape(1), e.shape(0)}), x));
}

TEST(ShapeBook, what_is_not_known_differs) {
  ShapeBook book;
  const Variable x = mat("x"), y = mat("y");
  EXPECT_FALSE(book.same_shape(exp(x), exp(y)));
  EXPECT_FALSE(book.same_shape(x, sum(x, 0)));
}

TEST(ShapeBook, an_expression_that_grows_too_large_is_a_length_of_its_own) {
  ShapeBook book;
  Variable x = TensorType(float64, {false})("x");
  for (int i = 0; i < 40; ++i) x = x[{slice(1, -1)}];
  EXPECT_LT(book.lengths(x)[0].text().size(), 20000u);
}
