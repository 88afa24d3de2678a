// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/axes_order.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(AxesOrder, axes_come_and_go) {
  const Variable x = T::dmatrix("x"), row = T::drow("row"), t = T::dtensor3("t");
  const NDArray m = NDArray::arange(6).astype(float64).reshape({2, 3});
  const auto shape = [&](const Variable& z, const Variable& of, const NDArray& value) {
    return evaluate(z, {{of, value}}, "vm").shape();
  };
  EXPECT_EQ(shape(T::squeeze(row), row, NDArray::zeros({1, 3})), (Shape{3}));
  EXPECT_EQ(shape(T::squeeze(x, 0), x, NDArray::zeros({1, 3})), (Shape{3}));
  EXPECT_EQ(shape(T::expand_dims(x, {0, -1}), x, m), (Shape{1, 2, 3, 1}));
  EXPECT_EQ(shape(T::swapaxes(t, 0, -1), t, NDArray::zeros({2, 3, 4})), (Shape{4, 3, 2}));
  EXPECT_EQ(shape(T::moveaxis(t, 0, -1), t, NDArray::zeros({2, 3, 4})), (Shape{3, 4, 2}));
  EXPECT_EQ(shape(T::moveaxis(t, 2, 0), t, NDArray::zeros({2, 3, 4})), (Shape{4, 2, 3}));
  EXPECT_EQ(shape(T::shape_padleft(x, 2), x, m), (Shape{1, 1, 2, 3}));
  EXPECT_EQ(shape(T::shape_padright(x), x, m), (Shape{2, 3, 1}));
  EXPECT_EQ(shape(T::shape_padaxis(x, 1), x, m), (Shape{2, 1, 3}));
  EXPECT_EQ(shape(T::atleast_3d(x), x, m), (Shape{1, 2, 3}));
  EXPECT_EQ(T::atleast_2d(x), x);
  EXPECT_EQ(T::atleast_1d(2.0).ndim(), 1u);
  expect_everywhere(T::flip(x), x, m, array({5., 4., 3., 2., 1., 0.}, {2, 3}));
  expect_everywhere(T::flip(x, 1), x, m, array({2., 1., 0., 5., 4., 3.}, {2, 3}));
}

TEST(AxesOrder, flags_come_and_go) {
  const Variable x = T::dmatrix("x"), row = T::drow("row");
  using Flags = std::vector<bool>;
  EXPECT_EQ(T::addbroadcast(x, 0).broadcastable(), (Flags{true, false}));
  EXPECT_EQ(T::unbroadcast(row, 0).broadcastable(), (Flags{false, false}));
  EXPECT_EQ(T::patternbroadcast(row, {false, true}).broadcastable(), (Flags{false, true}));
  const auto f = function({x}, T::squeeze(x, 1));
  EXPECT_EQ(first_line<ShapeError>([&] { f(NDArray::zeros({2, 3})); }),
            "rebroadcast: x has shape (2, 3); its axis 1 must have length 1 to be broadcastable");
  EXPECT_EQ(f(NDArray::zeros({2, 1})).array().shape(), Shape{2});
}

TEST(AxesOrder, gradients_agree_with_differences) {
  const NDArray a = weights({2, 3}, 5), one = weights({1, 3}, 6);
  verify_gradient([](const Variables& x) { return T::sqr(T::moveaxis(x[0], 0, 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::flip(x[0], 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::squeeze(x[0])); }, {one});
}

TEST(AxesOrder, wrong_axes_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, T::swapaxes(x, 0, 2),
              "swapaxes: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, T::expand_dims(x, {0, 0}),
              "expand_dims: axis 0 is given twice; each may be once");
  CHECK_ERROR(ValueError, T::expand_dims(x, Axes()),
              "expand_dims: no axis is given; say where the new ones stand");
  CHECK_ERROR(ValueError, T::shape_padleft(x, -1),
              "shape_padleft: -1 new axes are asked for; give 0 or more");
  CHECK_ERROR(ValueError, T::patternbroadcast(x, {true}),
              "patternbroadcast: 1 flags are given; x is TensorType(float64, matrix), give 2");
  EXPECT_EQ(T::swapaxes(x, 0, 1).ndim(), 2u);
}
