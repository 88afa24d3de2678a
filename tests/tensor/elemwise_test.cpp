// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/elemwise.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/compile/shared.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/shape.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Elemwise, broadcasts_by_flags_as_numpy_by_lengths) {
  const NDArray value = reference("x_float64");
  const Variable x = T::dtensor3("x"), row = T::drow("row"), col = T::dcol("col"),
                 vector = T::dvector("vector");
  const Variable z = (x * row + col) / 2 - vector;
  const Givens given{{x, value},
                     {row, value.slice({0, slice(0, 1)})},
                     {col, value.slice({1, slice(), slice(0, 1)})},
                     {vector, value.slice({1, 2})}};
  for (const char* linker : {"py", "vm"})
    expect_like(evaluate(z, given, linker), reference("broadcast"));
}

TEST(Elemwise, reads_any_strides) {
  const NDArray turned = reference("x_float64").transpose({2, 0, 1});
  const Variable x = T::dtensor3("x"), y = T::dtensor3("y"), m = T::dmatrix("m");
  const Givens given{{x, turned.slice({slice({}, {}, -2)})},
                     {y, turned.slice({slice(1, {}, 2)})},
                     {m, reference("x_float64").slice({ellipsis, 0})}};
  for (const char* linker : {"py", "vm"})
    expect_like(evaluate(x * y + m, given, linker), reference("strided"));
}

TEST(Elemwise, C6_11_a_length_1_that_is_not_flagged_does_not_stretch) {
  const Variable x = T::dmatrix("x"), y = T::dmatrix("y");
  for (const char* linker : {"py", "vm"}) {
    try {
      evaluate(x + y, {{x, NDArray::zeros({2, 3})}, {y, NDArray::zeros({1, 3})}}, linker);
      ADD_FAILURE();
    } catch (const ShapeError& error) {
      EXPECT_EQ(
          std::string(error.what())
              .find(
                  "add: x has shape (2, 3) and y has shape (1, 3); lengths must be equal, or 1 on an "
                  "axis that the type marks broadcastable"),
          0u)
          << error.what();
    }
    EXPECT_EQ(
        evaluate(x + y, {{x, NDArray::zeros({2, 3})}, {y, NDArray::zeros({2, 3})}}, linker).size(),
        6u);
  }
}

TEST(Elemwise, a_shared_row_that_does_not_stretch_is_told_how_to) {
  const NDArray row = array<double>({1, 2, 3}, {1, 3}), x = NDArray::zeros({2, 3});
  const Variable m = T::dmatrix("m");
  const SharedVariable r = shared(row, "r");
  const Function f = function({m}, m + r);
  try {
    f(x);
    ADD_FAILURE();
  } catch (const ShapeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "add: m has shape (2, 3) and r has shape (1, 3); lengths must be equal, or 1 on an "
              "axis that the type marks broadcastable; make r with broadcastable = {true, false}");
  }
  const SharedVariable told = shared(row, "r", {.broadcastable = {true, false}});
  EXPECT_EQ(function({m}, m + told)(x).only().as<NDArray>().to_vector<double>(),
            (std::vector<double>{1, 2, 3, 1, 2, 3}));
}

TEST(Elemwise, output_axes_are_broadcastable_where_all_inputs_are) {
  EXPECT_EQ((T::drow("r") + T::dcol("c")).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ((T::drow("r") + T::drow("s")).broadcastable(), (std::vector<bool>{true, false}));
  EXPECT_EQ((T::dscalar("a") + T::drow("s")).broadcastable(), (std::vector<bool>{true, false}));
}

TEST(Elemwise, works_on_empty_and_0d_arrays) {
  const Variable x = T::dmatrix("x"), s = T::dscalar("s");
  EXPECT_EQ(evaluate(x * s, {{x, NDArray::zeros({0, 3})}, {s, 2.0}}).shape(), (Shape{0, 3}));
  EXPECT_EQ(evaluate(s * s, {{s, 3.0}}).item<double>(), 9);
}

TEST(Elemwise, casts_and_choices) {
  const Variable x = T::dvector("x");
  EXPECT_EQ(T::cast(x, float64), x);
  EXPECT_EQ(evaluate(x.astype(int8), {{x, array({1.9, -1.9, 300.})}}).to_vector<std::int8_t>(),
            (std::vector<std::int8_t>{1, -1, 44}));
  EXPECT_EQ(evaluate(T::where(x > 0, x, -1), {{x, array({2., -3.})}}).to_vector<double>(),
            (std::vector<double>{2, -1}));
  EXPECT_EQ(evaluate(T::clip(x, -1, 1), {{x, array({2., -3., 0.5})}}).to_vector<double>(),
            (std::vector<double>{1, -1, 0.5}));
  EXPECT_EQ(evaluate(T::int_div(T::constant(array({7, -7})), 2)).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{3, -4}));
  EXPECT_EQ(evaluate(T::pow(T::constant(2, int64), 10)).item<int>(), 1024);
}

TEST(Elemwise, C6_4_integer_division_by_zero_is_zero_and_true_division_is_of_floats) {
  const Variable i = T::lvector("i");
  EXPECT_EQ(evaluate(T::floor_div(i, 0), {{i, array({5, -5})}}).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(evaluate(i / 2, {{i, array({5, -5})}}).to_vector<double>(),
            (std::vector<double>{2.5, -2.5}));
  const NDArray low =
      NDArray::full({1}, static_cast<double>(std::numeric_limits<std::int64_t>::min()), int64);
  EXPECT_EQ(evaluate(T::floor_div(i, -1), {{i, low}}).at<std::int64_t>({0}),
            std::numeric_limits<std::int64_t>::min());
}

TEST(Elemwise, is_told_by_its_row) {
  const Variable z = T::exp(T::dvector("x"));
  EXPECT_TRUE(T::is(z.owner(), scalars::op::exp));
  EXPECT_FALSE(T::is(z.owner(), scalars::op::log));
  EXPECT_EQ(z.owner().op().text(), "Elemwise{exp}");
  EXPECT_EQ(z.owner().text(), "Elemwise{exp}(x)");
  EXPECT_TRUE(T::Elemwise(scalars::op::exp) == T::Elemwise(scalars::op::exp));
  EXPECT_FALSE(T::Elemwise(scalars::op::exp) == T::Elemwise(scalars::op::log));
  EXPECT_FALSE(T::Elemwise(scalars::op::exp) == T::Elemwise(scalars::op::exp, {{0, {0}}}));
}

TEST(Elemwise, in_place_needs_an_input_of_the_outputs_type) {
  const Variable x = T::dvector("x"), i = T::ivector("i");
  EXPECT_NO_THROW(T::Elemwise(scalars::op::add, {{0, {0}}}).make_node({x, i}));
  CHECK_ERROR(TypeError, T::Elemwise(scalars::op::add, {{0, {1}}}).make_node({x, i}),
              "add: input 1 is TensorType(int32, vector) and cannot hold output 0 in place");
}

TEST(Elemwise, a_row_made_at_run_time_is_an_op) {
  auto row = std::make_shared<scalars::Row>(scalars::op::sqr);
  row->name = "sqr_of_mine";
  const Variable x = T::dvector("x"), z = T::Elemwise(row)(x);
  EXPECT_EQ(evaluate(z, {{x, array({3., -2.})}}).to_vector<double>(), (std::vector<double>{9, 4}));
}

TEST(Elemwise, wrong_uses_are_named) {
  const Variable x = T::dvector("x");
  CHECK_ERROR(TypeError, x + generic("path"),
              "add: path is Generic; an array or a number is needed");
  CHECK_ERROR(TypeError, T::Elemwise(scalars::op::add)(x), "add: 1 inputs are given; it takes 2");
  EXPECT_THROW(T::cast(T::zvector("z"), float64), TypeError);
  EXPECT_THROW(x & x, TypeError);
}

TEST(Elemwise, the_gradient_of_a_stretched_input_is_summed) {
  const NDArray a = weights({2, 3}, 2), row = weights({1, 3}, 3), v = weights({3}, 4),
                s = weights({}, 5);
  verify_gradient([](const Variables& x) { return T::exp(x[0]) * x[1] / x[2] + x[3]; },
                  {a, row, v, s});
  verify_gradient([](const Variables& x) { return T::where(x[0] > 1, x[1] * x[0], x[2]); },
                  {a, row, v});
  verify_gradient(
      [](const Variables& x) { return T::maximum(x[0], x[1]) - T::clip(x[0], 0.8, 1.2); },
      {a, row});
  verify_gradient([](const Variables& x) { return T::second(x[0], x[1]); }, {a, row});
}

TEST(Elemwise, shapes_are_predicted_from_any_input) {
  const Variable x = T::dmatrix("x"), r = T::drow("r");
  const Apply node = (r + x).owner();
  const Shapes shapes = node.op().infer_shape(
      node, {{{ShapeExpr(1), ShapeExpr::extent(r, 1)}}, {{ShapeExpr::extent(x, 0), ShapeExpr(7)}}});
  EXPECT_EQ(shapes[0]->at(0).text(), "x.shape[0]");
  EXPECT_EQ(shapes[0]->at(1).text(), "7");
}

TEST(Elemwise, nodes_carry_the_users_line) {
  const Variable x = T::dvector("x");
  const Variable z = x + 1;
  EXPECT_EQ(z.owner().line().line(), static_cast<unsigned>(__LINE__ - 1));
  EXPECT_NE(std::string(z.owner().line().file_name()).find("elemwise_test.cpp"), std::string::npos);
}
