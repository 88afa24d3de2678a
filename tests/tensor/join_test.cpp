// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/join.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gradient/grad.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reshape.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
List list(const NDArray& a) { return a.to_vector<double>(); }
}  // namespace

TEST(Join, C0_6_values_are_numpys_along_each_axis) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (int axis = 0; axis < 3; ++axis) {
    const NDArray wanted = reference("join_" + std::to_string(axis));
    for (const Variable& z : {T::join(axis, {x, -x, x * 2}), T::concatenate({x, -x, x * 2}, axis),
                              T::join(axis - 3, {x, -x, x * 2})}) {
      for (const char* linker : {"py", "vm"})
        expect_like(evaluate(z, {{x, value}}, linker), wanted);
      for (const Mode& mode : modes) expect_like(function({x}, z, {.mode = mode})(value), wanted);
    }
  }
}

TEST(Join, C0_6_stack_makes_a_new_axis) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (int axis = 0; axis < 4; ++axis) {
    const Variable z = T::stack({x, -x}, axis);
    expect_like(evaluate(z, {{x, value}}, "vm"), reference("stack_" + std::to_string(axis)));
    expect_like(function({x}, T::stack({x, -x}, axis - 4))(value),
                reference("stack_" + std::to_string(axis)));
  }
  const Variable a = T::dscalar("a"), b = T::fscalar("b");
  const Variable numbers = T::stack({a, b, a * b});
  EXPECT_EQ(numbers.dtype(), float64);
  EXPECT_EQ(list(evaluate(numbers, {{a, 2.0}, {b, 0.5}}, "vm")), (List{2, 0.5, 1}));
}

TEST(Join, a_stack_of_lengths_is_a_shape_that_is_known_before_anything_runs) {
  const Variable x = T::dvector("x"), n = T::lscalar("n");
  const Variable z = T::reshape(x, T::stack({n, T::constant(2, int64)}), 2);
  EXPECT_EQ(z.broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(function({x, n}, z)(array({1., 2., 3., 4.}), 2).array().shape(), (Shape{2, 2}));
}

TEST(Join, the_dtype_is_the_common_one_and_flags_are_those_of_any_part) {
  const Variable a = T::tensor(int8, {false, false}), b = T::tensor(float32, {true, false}),
                 c = T::tensor(float64, {false, true});
  EXPECT_EQ(T::join(0, {a, b}).dtype(), float32);
  EXPECT_EQ(T::join(0, {a, c}).dtype(), float64);
  EXPECT_EQ(T::join(0, {a, b}).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(T::join(1, {a, b}).broadcastable(), (std::vector<bool>{true, false}));
  EXPECT_EQ(T::join(0, {a, c}).broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(T::join(0, {b, b}).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(T::join(0, {b}), b);
}

TEST(Join, many_parts_are_joined_in_order) {
  Variables parts;
  Givens givens;
  List wanted;
  for (int i = 0; i < 40; ++i) {
    parts.push_back(T::dvector());
    givens.emplace_back(parts.back(), NDArray::full({i % 3}, i));
    for (int k = 0; k < i % 3; ++k) wanted.push_back(i);
  }
  EXPECT_EQ(list(evaluate(T::join(0, parts), givens, "vm")), wanted);
  EXPECT_EQ(list(evaluate(T::join(0, parts), givens)), wanted);
}

TEST(Join, lengths_that_differ_are_named_with_both_shapes) {
  const Variable x = T::dmatrix("x"), y = T::dmatrix("y"), col = T::dcol("col");
  for (const Mode& mode : modes) {
    const auto f = function({x, y}, T::join(0, {x, y}), {.mode = mode});
    EXPECT_EQ(first_line<ShapeError>([&] { f(NDArray::zeros({2, 3}), NDArray::zeros({2, 4})); }),
              "join: x has shape (2, 3) and y has shape (2, 4); lengths must be equal, or 1 on an "
              "axis that the type marks broadcastable");
    EXPECT_EQ(f(NDArray::zeros({2, 3}), NDArray::zeros({1, 3})).array().shape(), (Shape{3, 3}));
    const auto g = function({x, col}, T::concatenate({x, col}), {.mode = mode});
    EXPECT_EQ(
        first_line<ShapeError>([&] { g(NDArray::zeros({2, 3}), NDArray::zeros({2, 1})); }),
        "concatenate: x has shape (2, 3) and col has shape (2, 1); lengths must be equal, or "
        "1 on an axis that the type marks broadcastable; make col with broadcastable = {false, true}");
    EXPECT_EQ(g(NDArray::zeros({2, 1}), NDArray::zeros({2, 1})).array().shape(), (Shape{4, 1}));
  }
}

TEST(Join, wrong_uses_are_named) {
  const Variable x = T::dmatrix("x"), v = T::dvector("v"), s = T::dscalar("s");
  CHECK_ERROR(TypeError, T::join(0, {x, v}),
              "join: x is TensorType(float64, matrix) and v is TensorType(float64, vector); they "
              "must have one dtype and number of dimensions");
  CHECK_ERROR(TypeError, T::stack({x, v}),
              "stack: x is TensorType(float64, matrix) and v is TensorType(float64, vector); they "
              "must have one number of dimensions");
  CHECK_ERROR(
      TypeError, T::join(0, {s, s}),
      "join: s is TensorType(float64, scalar); numbers have no axis to be joined along, use "
      "stack");
  CHECK_ERROR(ValueError, T::join(2, {x, x}),
              "join: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, T::stack({x, x}, 3),
              "stack: axis 3 is out of range for 3 dimensions; give -3 to 2");
  CHECK_ERROR(ValueError, T::concatenate({}),
              "concatenate: no variables are given; give at least one");
  CHECK_ERROR(ValueError, T::split(x, {2, -1}), "split: size -1 is negative; sizes are lengths");
  CHECK_ERROR(ValueError, T::split(x, std::vector<std::int64_t>{}),
              "split: 0 parts are asked for; give 1 or more");
  CHECK_ERROR(
      TypeError, T::split(x, v, 2),
      "split: the sizes are TensorType(float64, vector); they must be a vector of integers");
  CHECK_ERROR(ValueError, T::split(x, T::constant(array({1, 2, 3})), 2),
              "split: 3 sizes are given for 2 parts");
  EXPECT_EQ(T::split(x, {2, 1}).size(), 2u);
}

TEST(Split, parts_are_views_in_order) {
  const Variable x = T::dmatrix("x"), sizes = T::lvector("sizes");
  const NDArray value = array({1., 2., 3., 4., 5., 6.}, {2, 3});
  for (const Mode& mode : modes) {
    const auto f = function({x}, T::split(x, {1, 0, 2}, 1), {.mode = mode});
    const Outputs out = f(value);
    EXPECT_EQ(list(out.array(0)), (List{1, 4}));
    EXPECT_EQ(out.array(1).shape(), (Shape{2, 0}));
    EXPECT_EQ(list(out.array(2)), (List{2, 3, 5, 6}));
    const auto g = function({x, sizes}, T::split(x, sizes, 2, -1), {.mode = mode});
    EXPECT_EQ(list(g(value, array({2, 1})).array(1)), (List{3, 6}));
    EXPECT_EQ(list(g(value, array({0, 3})).array(1)), list(value));
  }
  EXPECT_EQ(T::split(x, {1, 2})[0].broadcastable(), (std::vector<bool>{true, false}));
  const Values parts = evaluate_all(T::split(x, {1, 1}), {{x, value}});
  EXPECT_TRUE(may_share_memory(parts[0].as<NDArray>(), value));
}

TEST(Split, parts_feed_kernels_without_a_copy) {
  const Variable x = T::dvector("x");
  const auto parts = T::split(x, {2, 2});
  const auto f = function({x}, parts[0] * parts[1]);
  EXPECT_EQ(list(f(array({1., 2., 3., 4.}))), (List{3, 8}));
  EXPECT_EQ(list(f(array({1., 2., 3., 5.}))), (List{3, 10}));
}

TEST(Split, sizes_that_do_not_add_up_are_named) {
  const Variable x = T::dvector("x");
  for (const Mode& mode : modes) {
    const auto f = function({x}, T::split(x, {2, 3}), {.mode = mode});
    EXPECT_EQ(first_line<ShapeError>([&] { f(NDArray::zeros({6})); }),
              "split: the sizes are (2, 3) and x has shape (6,); 2 lengths must add up to 6, its "
              "length along axis 0");
    EXPECT_EQ(f(NDArray::zeros({5})).size(), 2u);
  }
}

TEST(Join, gradients_agree_with_differences) {
  const NDArray a = weights({2, 3}, 5), b = weights({2, 2}, 6), c = weights({1, 3}, 7);
  verify_gradient([](const Variables& x) { return T::sqr(T::join(1, {x[0], x[1], x[0]})); },
                  {a, b});
  verify_gradient([](const Variables& x) { return T::sqr(T::join(0, {x[0], x[1]})); }, {a, c});
  verify_gradient([](const Variables& x) { return T::sqr(T::stack({x[0], x[0] * 2}, 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::split(x[0], {1, 2}, 1)[1]); }, {a});
  verify_gradient(
      [](const Variables& x) {
        const auto parts = T::split(x[0], {1, 2}, 1);
        return T::join(1, {parts[1], parts[0] * parts[1]});
      },
      {c});
}

TEST(Join, second_derivatives_pass_through_parts) {
  const Variable x = T::dvector("x"), y = T::dvector("y");
  const Variable z = T::join(0, {x, y});
  const Variable gy = grad(T::sum(z * z * z), y);
  const Variable ggy = grad(T::sum(gy), y);
  const Givens given{{x, array({1., 2.})}, {y, array({3., 4., 5.})}};
  for (const char* linker : {"py", "vm"})
    EXPECT_EQ(list(evaluate(ggy, given, linker)), (List{18, 24, 30}));
}
