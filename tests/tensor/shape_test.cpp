// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shape.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/graph/function_graph.h"
#include "kroton/link/plan.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/repeat.h"
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
  CHECK_ERROR(ValueError, x.shape(2),
              "shape: axis 2 is out of range for 2 dimensions; give -2 to 1");
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
  CHECK_ERROR(ShapeError,
              (T::SpecifyShape().perform(
                  z.owner(), std::vector<Value>{NDArray::zeros({2, 3}), array({4, 3})}, {&out, 1})),
              "specify_shape: x has shape (2, 3); the graph says (4, 3)");
  CHECK_ERROR(TypeError, T::SpecifyShape().make_node({x}),
              "specify_shape: 1 inputs are given; it takes x and its shape");
  CHECK_ERROR(TypeError, T::SpecifyShape().make_node({x, T::dvector("s")}),
              "specify_shape: the shape is TensorType(float64, vector); it must be a vector of "
              "integers");
  CHECK_ERROR(TypeError, T::specify_shape(x, {2}),
              "specify_shape: 1 lengths are given; x is TensorType(float64, matrix)");
  CHECK_ERROR(
      TypeError, T::specify_shape(T::drow("r"), {2, 3}),
      "specify_shape: length 2 is given for axis 0; r is TensorType(float64, row), whose axis 0 has length 1");
  verify_gradient([](const Variables& v) { return T::sqr(T::specify_shape(v[0], {2, 3})); },
                  {weights({2, 3})});
}

TEST(SpecifyShape, C5_3_the_error_of_a_node_names_the_line_that_op_x_y_or_a_creation_line_brings) {
  const Variable x = T::dvector("x"), two = T::constant(array({2}));
  const T::SpecifyShape op;
  const auto last_line = [&](const Variable& y) -> std::string {
    try {
      function({x}, y)(NDArray::zeros({3}));
    } catch (const ShapeError& error) {
      const std::string text = error.what();
      const std::size_t at = text.find("\n    made at ");
      return at == text.npos ? "" : text.substr(at + 13, text.find('\n', at + 1) - at - 13);
    }
    return "nothing was thrown";
  };
  const auto line = [](const std::source_location& at, unsigned behind) {
    return std::string(at.file_name()) + ":" + std::to_string(at.line() + behind);
  };
  const auto here = std::source_location::current();
  const Variable called = op(x, two);
  EXPECT_EQ(last_line(called), line(here, 1));
  EXPECT_EQ(last_line(op.make_node({x, two}).outputs()[0]), "");
  const CreationLine scope(here);
  EXPECT_EQ(last_line(op.make_node({x, two}).outputs()[0]), line(here, 0));
}

TEST(Rebroadcast, C4_9_gains_a_flag_by_a_check) {
  const Variable x = T::dmatrix("x");
  const Variable z = T::with_flags(x, {true, false});
  EXPECT_EQ(z.owner().op().text(), "Rebroadcast{flags: ((0, true),)}");
  EXPECT_EQ(evaluate(z, {{x, NDArray::zeros({1, 4})}}).shape(), (Shape{1, 4}));
  Value out;
  CHECK_ERROR(
      ShapeError,
      (z.owner().op().perform(z.owner(), std::vector<Value>{NDArray::zeros({2, 4})}, {&out, 1})),
      "rebroadcast: x has shape (2, 4); its axis 0 must have length 1 to be broadcastable");
  CHECK_ERROR(ValueError, T::Rebroadcast({{2, true}})(x),
              "rebroadcast: axis 2 is out of range; x is TensorType(float64, matrix)");
  EXPECT_EQ(T::with_flags(x, {false, false}), x);
}

TEST(Shape_i, what_is_computed_of_lengths_is_planned_with_the_arrays) {
  const Variable x = T::dvector("x");
  const Variable z = T::roll(T::repeat(x * 2, 2, 0), x.shape(0), 0);
  const FunctionGraph fgraph({x}, {z});
  EXPECT_EQ(link::Blueprint(fgraph, fgraph.toposort()).segments.size(), 1u);
  EXPECT_EQ(evaluate(z, {{x, array({1., 2.})}}, "vm").to_vector<double>(),
            (std::vector<double>{4, 4, 2, 2}));
  EXPECT_EQ(evaluate(z, {{x, array({1., 2., 3.})}}, "vm").to_vector<double>(),
            (std::vector<double>{4, 6, 6, 2, 2, 4}));
}

TEST(MakeVector, joins_numbers) {
  const Variable n = T::lscalar("n");
  EXPECT_EQ(ints(evaluate(T::vector_of_lengths({n, T::constant(3, int64)}), {{n, 2}})),
            (Ints{2, 3}));
  EXPECT_FALSE(T::vector_of_lengths({T::constant(3, int64)}).owner());
  CHECK_ERROR(TypeError, T::MakeVector().make_node({T::iscalar("i")}),
              "MakeVector: i is TensorType(int32, scalar); 0-d variables of int64 are needed");
  verify_gradient(
      [](const Variables& x) {
        return T::sqr(T::MakeVector(float64).make_node({x[0], x[1]}).outputs()[0]);
      },
      {array({2.}, {}), array({3.}, {})});
}
