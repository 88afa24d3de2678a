// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shared.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/tensor/elemwise_functions.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

TEST(SharedArray, C0_7_is_not_broadcastable_unless_asked) {
  const auto made = T::tensor_shared_constructor(NDArray::zeros({1, 3}), "w", {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->type().text(), "TensorType(float64, matrix)");
  EXPECT_EQ(
      T::tensor_shared_constructor(NDArray::zeros({1, 3}), "w", {.broadcastable = {true, false}})
          ->type()
          .text(),
      "TensorType(float64, row)");
  EXPECT_EQ(T::tensor_shared_constructor(2, "n", {})->dtype(), int64);
  EXPECT_EQ(T::tensor_shared_constructor(2.0f, "n", {})->dtype(), float32);
  EXPECT_FALSE(T::tensor_shared_constructor("text", "s", {}));
  CHECK_ERROR(
      TypeError,
      T::tensor_shared_constructor(NDArray::zeros({2}), "w", {.broadcastable = {true, false}}),
      "shared: broadcastable has 2 flags and the value shape (2,); one flag per axis is needed");
}

TEST(SharedArray, copies_unless_it_borrows) {
  NDArray value = array({1., 2.});
  const auto copied = T::tensor_shared_constructor(value, "w", {}),
             lent = T::tensor_shared_constructor(value, "w", {.borrow = true});
  value.at<double>({0}) = 9;
  EXPECT_EQ(NDArray(copied->get_value()).at<double>({0}), 1);
  EXPECT_EQ(NDArray(lent->get_value()).at<double>({0}), 9);
}

TEST(SharedArray, C0_7_numbers_and_arrays_keep_their_dtype) {
  EXPECT_EQ(shared(1).type().text(), "TensorType(int64, scalar)");
  EXPECT_EQ(shared(std::int8_t{1}).dtype(), int8);
  EXPECT_EQ(shared(0.1).type().text(), "TensorType(float64, scalar)");
  EXPECT_EQ(shared(true).dtype(), bool_);
  EXPECT_EQ(shared(std::complex<float>(1, 2)).dtype(), complex64);
  EXPECT_EQ(shared(array({1, 2})).type().text(), "TensorType(int64, vector)");
  EXPECT_EQ(shared(NDArray::zeros({2, 1, 1}, float16)).type().text(), "TensorType(float16, 3D)");
  EXPECT_EQ(shared(2.5, "w").name(), "w");
  EXPECT_EQ(shared(1).get_value().item<std::int64_t>(), 1);
}

TEST(SharedArray, C0_7_lengths_may_change_and_the_dtype_may_not) {
  SharedVariable w = shared(NDArray::zeros({1, 3}), "w");
  w.set_value(NDArray::zeros({4, 5}));
  EXPECT_EQ(NDArray(w.get_value()).shape(), (Shape{4, 5}));
  w.set_value(NDArray::zeros({2, 2}, float32));
  EXPECT_EQ(NDArray(w.get_value()).dtype(), float64);
  CHECK_ERROR(
      TypeError, w.set_value(NDArray::zeros({3})),
      "set_value: w: TensorType(float64, matrix): the value has 1 dimensions, shape (3,); 2 are needed");
  CHECK_ERROR(
      TypeError, w.set_value("text"),
      "set_value: w: TensorType(float64, matrix): the value is 'text'; an array or a number is needed");
  SharedVariable n = shared(3, "n");
  CHECK_ERROR(
      TypeError, n.set_value(0.5),
      "set_value: n: TensorType(int64, scalar): the value is 0.5, which may lose precision as int64; convert it with astype, or pass "
      "allow_downcast = true");
  EXPECT_EQ(n.get_value().item<int>(), 3);
  SharedVariable lossy = shared(3, "n", {.allow_downcast = true});
  lossy.set_value(2.75);
  EXPECT_EQ(lossy.get_value().item<int>(), 2);
}

TEST(SharedArray, C0_7_a_broadcastable_axis_stretches_and_stays_1) {
  SharedVariable row = shared(array({10., 20.}, {1, 2}), "row", {.broadcastable = {true, false}});
  const NDArray sum = function({}, row + NDArray::zeros({3, 2}))();
  EXPECT_EQ(sum.to_vector<double>(), (std::vector<double>{10, 20, 10, 20, 10, 20}));
  CHECK_ERROR(
      TypeError, row.set_value(NDArray::zeros({2, 2})),
      "set_value: row: TensorType(float64, row): the value has shape (2, 2), whose axis 0 must have length 1; make the variable without "
      "that broadcastable axis");
  CHECK_ERROR(
      TypeError, shared(NDArray::zeros({2, 2}), "w", {.broadcastable = {true, false}}),
      "TensorType(float64, row): the value has shape (2, 2), whose axis 0 must have length 1; make the variable without "
      "that broadcastable axis");
}

TEST(SharedArray, C0_11_eval_takes_its_value_from_the_variable) {
  SharedVariable w = shared(array({1., 2.}), "w");
  try {
    (w * 2).eval({{w, array({3., 4.})}});
    ADD_FAILURE();
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(
        text.find("eval: a value is given for w, a shared variable, which has one; leave it out, "
                  "or change it by set_value\n  called at "),
        0u)
        << text;
  }
  EXPECT_EQ(NDArray((w * 2).eval()).to_vector<double>(), (std::vector<double>{2, 4}));
}

TEST(SharedArray, C6_5_strict_takes_its_own_dtype_only_and_a_refusal_changes_nothing) {
  SharedVariable w = shared(array({1., 2.}), "w", {.strict = true});
  CHECK_ERROR(
      TypeError, w.set_value(array<float>({3})),
      "set_value: w: TensorType(float64, vector): the value is float32 (1,); strict takes float64 only");
  EXPECT_EQ(NDArray(w.get_value()).to_vector<double>(), (std::vector<double>{1, 2}));
}
