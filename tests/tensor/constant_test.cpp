// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/constant.h"

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Constant, numbers_take_the_smallest_dtype_that_holds_them) {
  EXPECT_EQ(T::constant(1).dtype(), int8);
  EXPECT_EQ(T::constant(-300).dtype(), int16);
  EXPECT_EQ(T::constant(100000).dtype(), int32);
  EXPECT_EQ(T::constant(std::int64_t{1} << 40).dtype(), int64);
  EXPECT_EQ(T::constant(0.5).dtype(), float32);
  EXPECT_EQ(T::constant(0.1).dtype(), float64);
  EXPECT_EQ(T::constant(true).dtype(), bool_);
  EXPECT_EQ(T::constant(3, float32).dtype(), float32);
}

TEST(Constant, C6_4_a_literal_meets_a_variable_by_its_value) {
  EXPECT_EQ((T::bvector("x") + 1).dtype(), int8);
  EXPECT_EQ((T::bvector("x") + 1000).dtype(), int16);
  EXPECT_EQ((T::fvector("x") + 0.5).dtype(), float32);
  EXPECT_EQ((T::fvector("x") + 0.1).dtype(), float64);
  EXPECT_EQ((T::ivector("x") / 2).dtype(), float64);
  const base::FlagScope flag("floatX", "float32");
  EXPECT_EQ((T::fvector("x") + 0.1).dtype(), float32);
}

TEST(Constant, axes_of_length_1_are_broadcastable_and_the_memory_is_its_own) {
  NDArray value = NDArray::zeros({1, 3});
  const Variable x = T::constant(value, "x");
  EXPECT_EQ(x.broadcastable(), (std::vector<bool>{true, false}));
  value.at<double>({0, 0}) = 5;
  EXPECT_EQ(evaluate(x).at<double>({0, 0}), 0);
  EXPECT_EQ(x.name(), "x");
}

TEST(Constant, values_are_read_through_dimshuffles) {
  const Variable five = T::constant(5, int64);
  EXPECT_EQ(T::constant_integer(T::shuffled(T::pad_left(five, 2), {})), 5);
  EXPECT_EQ(T::constant_integer(five), 5);
  EXPECT_FALSE(T::constant_integer(T::lscalar("n")));
  EXPECT_FALSE(T::constant_integer(T::constant(0.5)));
}

TEST(Constant, what_is_no_array_is_refused) {
  CHECK_ERROR(TypeError, T::constant("text"),
              "constant: the value is 'text'; an array or a number is needed");
  CHECK_ERROR(TypeError, T::as_tensor_variable(generic("g")),
              "as_tensor_variable: g is Generic; an array or a number is needed");
  EXPECT_EQ(T::as_tensor_variable(array({1, 2})).ndim(), 1u);
}
