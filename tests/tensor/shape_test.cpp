// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shape.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reshape.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
std::vector<std::int64_t> ints(const NDArray& a) { return a.to_vector<std::int64_t>(); }
using Ints = std::vector<std::int64_t>;
}  // namespace

TEST(ShapeOf, gives_lengths_as_int64) {
  const Variable x = T::dmatrix("x"), row = T::drow("row");
  const NDArray value = NDArray::zeros({2, 5});
  EXPECT_EQ(ints(evaluate(x.shape(), {{x, value}})), (Ints{2, 5}));
  EXPECT_EQ(evaluate(x.shape(-1), {{x, value}}).item<std::int64_t>(), 5);
  EXPECT_FALSE(row.shape(0).owner());  // a constant 1
  EXPECT_FALSE(T::constant(value).shape().owner());
  CHECK_ERROR(ValueError, x.shape(2), "shape: axis 2 is out of range for 2 dimensions; give -2 to 1");
  EXPECT_EQ(x.shape().owner().op().text(), "ShapeOf");
  EXPECT_EQ(x.shape(1).owner().op().text(), "Shape_i{axis: 1}");
}

TEST(Length, arithmetic_on_lengths_is_looked_through) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  EXPECT_EQ(T::as_length(x.shape(0) + 1).text(), "(x.shape[0] + 1)");
  EXPECT_EQ(T::as_length(x.shape()[1] * 2).text(), "(x.shape[1] * 2)");
  EXPECT_EQ(T::as_length(x.shape()[-1]).text(), "x.shape[1]");
  EXPECT_EQ(T::as_length(T::int_div(n, 2)).text(), "(n // 2)");
  EXPECT_EQ(T::as_length(T::constant(5)).constant(), 5);
  EXPECT_EQ(T::as_length(T::maximum(n, 0) % 3).text(), "(max(n, 0) % 3)");
}

TEST(Length, expressions_read_as_variables) {
  const Variable x = T::dmatrix("x"), n = T::iscalar("n");
  const ShapeExpr rows = ShapeExpr::extent(x, 0), k(n);
  const Givens given{{x, NDArray::zeros({7, 2})}, {n, -3}};
  const auto value = [&](const ShapeExpr& e) { return evaluate(e, given).item<std::int64_t>(); };
  EXPECT_EQ(value(rows + k), 4);
  EXPECT_EQ(value(rows - 2 * k), 13);
  EXPECT_EQ(value(rows / k), -3);
  EXPECT_EQ(value(rows % k), -2);
  EXPECT_EQ(value(ShapeExpr::minimum(rows, k)), -3);
  EXPECT_EQ(value(ShapeExpr::maximum(rows, 9)), 9);
  EXPECT_EQ(static_cast<Variable>(k).dtype(), int64);
}

TEST(SpecifyShape, checks_when_it_runs) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  const Variable z = T::specify_shape(x, {n, 3});
  EXPECT_EQ(evaluate(z, {{x, NDArray::zeros({2, 3})}, {n, 2}}).shape(), (Shape{2, 3}));
  EXPECT_THROW(evaluate(z, {{x, NDArray::zeros({2, 3})}, {n, 4}}), ShapeError);
  EXPECT_TRUE(T::specify_shape(x, {1, 3}).broadcastable()[0]);
  Value out;
  CHECK_ERROR(ShapeError, (T::SpecifyShape().perform(z.owner(), std::vector<Value>{NDArray::zeros({2, 3}), array({4, 3})}, {&out, 1})),
              "specify_shape: x has shape (2, 3); the graph says (4, 3)");
  CHECK_ERROR(TypeError, T::specify_shape(x, {2}), "specify_shape: 1 lengths are given; x is TensorType(float64, matrix)");
  CHECK_ERROR(TypeError, T::specify_shape(T::drow("r"), {2, 3}),
              "specify_shape: length 2 is given for axis 0; r is TensorType(float64, row), whose axis 0 has length 1");
  verify_gradient([](const Variables& v) { return T::sqr(T::specify_shape(v[0], {2, 3})); }, {weights({2, 3})});
}

TEST(Rebroadcast, C4_9_gains_a_flag_by_a_check) {
  const Variable x = T::dmatrix("x");
  const Variable z = T::with_flags(x, {true, false});
  EXPECT_EQ(z.owner().op().text(), "Rebroadcast{flags: ((0, true),)}");
  EXPECT_EQ(evaluate(z, {{x, NDArray::zeros({1, 4})}}).shape(), (Shape{1, 4}));
  Value out;
  CHECK_ERROR(ShapeError, (z.owner().op().perform(z.owner(), std::vector<Value>{NDArray::zeros({2, 4})}, {&out, 1})),
              "rebroadcast: x has shape (2, 4); its axis 0 must have length 1 to be broadcastable");
  EXPECT_EQ(T::with_flags(x, {false, false}), x);
}

TEST(MakeVector, joins_numbers) {
  const Variable n = T::lscalar("n");
  EXPECT_EQ(ints(evaluate(T::vector_of_lengths({n, T::constant(3, int64)}), {{n, 2}})), (Ints{2, 3}));
  EXPECT_FALSE(T::vector_of_lengths({T::constant(3, int64)}).owner());
  CHECK_ERROR(TypeError, T::MakeVector().make_node({T::iscalar("i")}), "MakeVector: i is TensorType(int32, scalar); 0-d variables of int64 are needed");
  verify_gradient([](const Variables& x) { return T::sqr(T::MakeVector(float64).make_node({x[0], x[1]}).outputs()[0]); }, {array({2.}, {}), array({3.}, {})});
}

TEST(DimShuffle, moves_adds_and_drops_axes) {
  const Variable x = T::tensor(float64, {false, true, false}, "x");
  const NDArray value = NDArray::arange(6, float64).reshape({2, 1, 3});
  const Variable z = x.dimshuffle({2, "x", 0});
  EXPECT_EQ(z.broadcastable(), (std::vector<bool>{false, true, false}));
  const NDArray got = evaluate(z, {{x, value}});
  EXPECT_EQ(got.shape(), (Shape{3, 1, 2}));
  EXPECT_EQ(got.at<double>({2, 0, 1}), 5);
  EXPECT_TRUE(may_share_memory(got, value));
  EXPECT_EQ(evaluate(x.T(), {{x, value}}).shape(), (Shape{3, 1, 2}));
  EXPECT_EQ(z.owner().op().text(), "DimShuffle{order: (2, x, 0)}");
  EXPECT_EQ(x.dimshuffle({0, 1, 2}), x);
  EXPECT_EQ(x.dimshuffle({-1, 1, 0}).owner().op(), x.dimshuffle({2, 1, 0}).owner().op());
  verify_gradient([](const Variables& v) { return T::sqr(v[0].dimshuffle({2, 'x', 0})); }, {weights({2, 1, 3})});
}

TEST(DimShuffle, wrong_orders_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, x.dimshuffle({0, 3}), "dimshuffle: axis 3 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, x.dimshuffle({0, 0}), "dimshuffle: axis 0 is given twice; each axis may stand once");
  CHECK_ERROR(ValueError, x.dimshuffle({0}), "dimshuffle: axis 1 of x, which is TensorType(float64, matrix), is left out; only broadcastable axes may be");
  EXPECT_EQ(x.dimshuffle({1, 0}).ndim(), 2u);
}

TEST(Reshape, keeps_the_order_of_elements) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  const NDArray value = NDArray::arange(12, float64).reshape({3, 4});
  const Givens given{{x, value}, {n, 2}};
  EXPECT_EQ(evaluate(x.reshape({2, -1}), given).shape(), (Shape{2, 6}));
  EXPECT_EQ(evaluate(x.reshape({n, n, 3}), given).shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(evaluate(x.T().reshape({12}), given).at<double>({1}), 4);
  EXPECT_EQ(evaluate(x.flatten(), given).shape(), Shape{12});
  EXPECT_EQ(evaluate(T::flatten(x.dimshuffle({0, "x", 1}), 2), given).shape(), (Shape{3, 4}));
  EXPECT_EQ(evaluate(x.reshape(T::constant(array({6, 2})), 2), given).shape(), (Shape{6, 2}));
  EXPECT_TRUE(x.reshape({1, -1}).broadcastable()[0]);
  EXPECT_TRUE(may_share_memory(evaluate(x.reshape({12}), given), value));
}

TEST(Reshape, the_predicted_shape_is_that_of_the_result) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  for (const std::int64_t k : {std::int64_t{-1}, std::int64_t{6}}) {
    const Variable z = x.reshape({2, n});
    const ShapeExpr length = (*z.owner().op().infer_shape(z.owner(), {{{ShapeExpr::extent(x, 0), ShapeExpr::extent(x, 1)}}, {}})[0])[1];
    EXPECT_EQ(evaluate(length, {{x, NDArray::zeros({3, 4})}, {n, k}}).item<std::int64_t>(), 6);
  }
}

TEST(Reshape, wrong_shapes_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, x.reshape({-1, -1}), "reshape: 2 lengths are -1; one may be");
  CHECK_ERROR(ValueError, x.reshape({-2, 3}), "reshape: length -2 is negative; only -1 has a meaning");
  CHECK_ERROR(TypeError, x.reshape({T::dscalar("s")}), "reshape: s is TensorType(float64, scalar); a length is an integer or a 0-d integer variable");
  CHECK_ERROR(ValueError, x.reshape(T::constant(array({6, 2})), 3), "reshape: 2 lengths are given for 3 dimensions");
  CHECK_ERROR(ValueError, x.flatten(3), "flatten: ndim is 3; x has 2 dimensions, give 1 to 2");
  EXPECT_THROW(evaluate(x.reshape({5}), {{x, NDArray::zeros({2, 3})}}), ShapeError);
  verify_gradient([](const Variables& v) { return T::sqr(v[0].reshape({3, -1})); }, {weights({2, 3})});
  verify_gradient([](const Variables& v) { return T::sqr(v[0].T().flatten()); }, {weights({2, 1, 3})});
}
