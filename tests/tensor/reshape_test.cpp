// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/reshape.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

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
    const ShapeExpr length = (*z.owner().op().infer_shape(
        z.owner(), {{{ShapeExpr::extent(x, 0), ShapeExpr::extent(x, 1)}}, {}})[0])[1];
    EXPECT_EQ(evaluate(length, {{x, NDArray::zeros({3, 4})}, {n, k}}).item<std::int64_t>(), 6);
  }
}

TEST(Reshape, wrong_shapes_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(ValueError, x.reshape({-1, -1}), "reshape: 2 lengths are -1; one may be");
  CHECK_ERROR(ValueError, x.reshape({-2, 3}),
              "reshape: length -2 is negative; only -1 has a meaning");
  CHECK_ERROR(
      TypeError, x.reshape({T::dscalar("s")}),
      "reshape: s is TensorType(float64, scalar); a length is an integer or a 0-d integer variable");
  CHECK_ERROR(ValueError, x.reshape(T::constant(array({6, 2})), 3),
              "reshape: 2 lengths are given for 3 dimensions");
  CHECK_ERROR(ValueError, x.flatten(3), "flatten: ndim is 3; x has 2 dimensions, give 1 to 2");
  verify_gradient([](const Variables& v) { return T::sqr(v[0].reshape({3, -1})); },
                  {weights({2, 3})});
  verify_gradient([](const Variables& v) { return T::sqr(v[0].T().flatten()); },
                  {weights({2, 1, 3})});
}

TEST(Reshape, one_length_may_be_left_to_the_size) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  const NDArray value = NDArray::arange(6, float64).reshape({2, 3});
  EXPECT_EQ(evaluate(x.reshape({-1}), {{x, value}}).to_vector<double>(),
            (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(evaluate(x.reshape({3, -1, 1}), {{x, value}}).shape(), (Shape{3, 2, 1}));
  EXPECT_EQ(evaluate(x.reshape({n, n + 4}), {{x, value}, {n, -1}}).shape(), (Shape{2, 3}));
  EXPECT_EQ(evaluate(x.reshape({-1, 3}), {{x, NDArray::zeros({0, 3})}}).shape(), (Shape{0, 3}));
  const Variable s = T::dscalar("s");
  EXPECT_EQ(evaluate(s.reshape({-1}), {{s, 4.0}}).shape(), Shape{1});
  EXPECT_EQ(evaluate(s.flatten(), {{s, 4.0}}).shape(), Shape{1});
  EXPECT_EQ(evaluate(x.reshape(std::vector<Operand>{}), {{x, array({7.}, {1, 1})}}).item<double>(),
            7);
}

TEST(Reshape, is_a_view_where_the_strides_allow_it_and_else_a_copy) {
  const Variable x = T::dmatrix("x");
  const NDArray value = NDArray::arange(12, float64).reshape({4, 3});
  const auto shares = [&](const NDArray& given, const std::vector<Operand>& shape) {
    return may_share_memory(evaluate(x.reshape(shape), {{x, given}}), given);
  };
  EXPECT_TRUE(shares(value, {2, 2, 3}));
  EXPECT_TRUE(shares(value.slice({slice({}, {}, 2)}), {2, 3, 1}));
  EXPECT_FALSE(shares(value.slice({slice({}, {}, 2)}), {6}));
  EXPECT_FALSE(shares(value.transpose(), {12}));
  EXPECT_EQ(evaluate(x.reshape({12}), {{x, value.transpose()}}).to_vector<double>(),
            (std::vector<double>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  EXPECT_EQ(evaluate(x.reshape({6}), {{x, value.slice({slice({}, {}, -2)})}}).to_vector<double>(),
            (std::vector<double>{9, 10, 11, 3, 4, 5}));
}

TEST(Reshape, sizes_that_do_not_fit_are_named_when_it_runs) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n"), s = T::lvector("s");
  const NDArray value = NDArray::zeros({2, 3});
  for (const char* linker : {"py", "vm"}) {
    const auto text = [&](const Variable& z, const Givens& more = {}) {
      Givens given{{x, value}};
      given.insert(given.end(), more.begin(), more.end());
      return first_line<ShapeError>([&] { evaluate(z, given, linker); });
    };
    EXPECT_EQ(
        text(x.reshape({5})),
        "reshape: shape (2, 3) holds 6 elements and cannot become shape (5,); the lengths must multiply to 6");
    EXPECT_EQ(
        text(x.reshape({4, -1})),
        "reshape: shape (2, 3) holds 6 elements and cannot become shape (4, -1); the lengths must multiply to 6");
    EXPECT_EQ(text(x.reshape({n, n}), {{n, -1}}),
              "reshape: shape (-1, -1) has 2 unknown lengths; give at most one -1");
    EXPECT_EQ(text(x.reshape({n, 3}), {{n, -2}}),
              "reshape: shape (-2, 3) has a negative length; use lengths >= 0, or -1 once");
    EXPECT_EQ(text(T::reshape(x, s, 2), {{s, array({6})}}),
              "reshape: the shape has 1 lengths; 2 are needed");
    EXPECT_EQ(text(T::reshape(x, s, 2), {{s, array({3, 2})}}), "no error");
  }
}

TEST(Reshape, wrong_inputs_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(TypeError, T::Reshape(1).make_node({x}),
              "reshape: 1 inputs are given; it takes x and its new shape");
  CHECK_ERROR(TypeError, T::reshape(x, T::dvector("v"), 1),
              "reshape: the shape is TensorType(float64, vector); it must be a vector of integers");
  CHECK_ERROR(TypeError, T::reshape(x, T::lscalar("n"), 1),
              "reshape: the shape is TensorType(int64, scalar); it must be a vector of integers");
  CHECK_ERROR(ValueError, T::reshape(x, T::lvector("v"), -1),
              "reshape: ndim is -1; it must be 0 or more");
  CHECK_ERROR(TypeError, T::reshape(generic("g"), T::lvector("v"), 1),
              "reshape: g is Generic; an array or a number is needed");
  CHECK_ERROR(ValueError, x.flatten(0), "flatten: ndim is 0; x has 2 dimensions, give 1 to 2");
  CHECK_ERROR(TypeError, generic("g").flatten(),
              "flatten: g is Generic; an array or a number is needed");
}

TEST(Reshape, a_constant_length_1_is_broadcastable) {
  const Variable x = T::dmatrix("x"), n = T::lscalar("n");
  EXPECT_EQ(x.reshape({1, n, 2}).broadcastable(), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(x.flatten(2), x);
  EXPECT_EQ(x.flatten().owner().op().text(), "Reshape{ndim: 1}");
}
