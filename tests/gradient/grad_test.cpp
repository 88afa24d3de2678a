// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gradient/grad.h"

#include <gtest/gtest.h>

#include "kroton/gradient/stop.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// The value of Y; GIVEN may hold more than Y needs.
double at(const Variable& y, const std::vector<std::pair<Variable, Value>>& given) {
  std::vector<std::pair<Variable, Value>> needed;
  for (const auto& item : given) {
    if (depends_on(y, item.first)) needed.push_back(item);
  }
  return y.eval(needed).item<double>();
}

// Two inputs, two outputs: the first is x + y, the second does not depend on y.
class Pair final : public OpOf<Pair> {
 public:
  static constexpr std::string_view op_name = "Pair";
  explicit Pair(std::string fault = "") : fault_(std::move(fault)) {}
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {in[0].type()(), in[0].type()()});
  }
  Connections connection_pattern(const Apply&) const override {
    if (fault_ == "pattern") return {{true}};
    return {{true, true}, {true, false}};
  }
  Variables grad(const Apply& node, Variables gz) const override {
    if (fault_ == "count") return {gz[0]};
    if (fault_ == "integer") return {T::constant(Value(1)), gz[0]};
    if (fault_ == "dimensions") return {gz[0].dimshuffle({"x"}), gz[0]};
    if (fault_ == "disconnected") return {DisconnectedType()(), gz[0]};
    if (fault_ == "null")
      return {gz[0], grad_undefined(*this, 1, node.inputs()[1], "nobody knows")};
    const bool second = !dynamic_cast<const DisconnectedType*>(&gz[1].type());
    const bool first = !dynamic_cast<const DisconnectedType*>(&gz[0].type());
    const Variable gx = first && second ? gz[0] + gz[1] : (first ? gz[0] : gz[1]);
    return {gx, first ? gz[0] : DisconnectedType()()};
  }

 private:
  std::string fault_;

 public:
  static constexpr auto fields = std::tuple{Field{"fault", &Pair::fault_}};
};
}  // namespace

TEST(Grad, C0_10_of_a_product_and_a_chain) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y");
  const auto g = grad(x * y + T::exp(x), {x, y});
  EXPECT_NEAR(at(g[0], {{x, 0.5}, {y, 3.0}}), 3.0 + std::exp(0.5), 1e-12);
  EXPECT_NEAR(at(g[1], {{x, 0.5}, {y, 3.0}}), 0.5, 1e-15);
}

TEST(Grad, C0_10_sums_the_paths_to_a_variable_used_more_than_once) {
  const Variable x = T::dscalar("x"), a = x * x, b = a * x;
  EXPECT_NEAR(at(grad(a + b, x), {{x, 2.0}}), 4.0 + 12.0, 1e-12);
}

TEST(Grad, C0_10_reaches_variables_in_the_middle_of_the_graph) {
  const Variable x = T::dscalar("x"), a = x * 3.0, y = a * a;
  EXPECT_NEAR(at(grad(y, a), {{x, 2.0}}), 12.0, 1e-12);
  EXPECT_NEAR(at(grad(y, y), {{x, 2.0}}), 1.0, 0.0);
}

TEST(Grad, C0_10_of_a_gradient_is_the_second_derivative) {
  const Variable x = T::dscalar("x");
  const Variable second = grad(grad(T::sin(x), x), x);
  EXPECT_NEAR(at(second, {{x, 0.7}}), -std::sin(0.7), 1e-12);
}

TEST(Grad, C0_10_keeps_the_dtype_of_the_wrt) {
  const Variable x = T::fscalar("x"), n = T::lscalar("n");
  const auto g = grad(T::cast(x, float64) * n, {x, n});
  EXPECT_EQ(g[0].dtype(), float32);
  EXPECT_EQ(g[1].dtype(), float64);
}

TEST(Grad, C0_10_names_gradients_of_named_variables) {
  Variable x = T::dscalar("x"), cost = x * x;
  cost.set_name("cost");
  EXPECT_EQ(grad(cost, x).name(), "(dcost/dx)");
  EXPECT_EQ(grad(cost, x, {.add_names = false}).name(), "");
}

TEST(Grad, C0_10_a_cost_that_is_no_scalar_is_refused) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(
      GradientError, grad(x * 2, x),
      "grad: cost has 2 dimensions; it must be a scalar, take sum(cost) or mean(cost) first");
  CHECK_ERROR(
      GradientError, grad(T::dvector("v"), x),
      "grad: cost has 1 dimension; it must be a scalar, take sum(cost) or mean(cost) first");
  CHECK_ERROR(GradientError, grad(generic("path"), x),
              "grad: cost path is Generic; it must be a scalar array variable");
  EXPECT_NO_THROW(grad(T::sum(x * 2), x));
}

TEST(Grad, C0_10_disconnected_inputs_raise_warn_or_are_ignored) {
  const Variable x = T::dscalar("x"), w = T::dvector("w"), cost = x * x;
  CHECK_ERROR(
      GradientError, grad(cost, w),
      "grad: the cost is no function of w, or only through operations that are not differentiable; pass "
      "disconnected_inputs = ignore if that is meant");
  const Variable zero = grad(cost, w, {.disconnected_inputs = DisconnectedInputs::ignore});
  EXPECT_EQ(NDArray(zero.eval({{w, array({1., 2.})}})).at<double>({1}), 0.0);
  testing::internal::CaptureStderr();
  grad(cost, w, {.disconnected_inputs = DisconnectedInputs::warn});
  EXPECT_NE(testing::internal::GetCapturedStderr().find("the cost is no function of w"),
            std::string::npos);
  EXPECT_FALSE(grad(cost, w,
                    {.disconnected_inputs = DisconnectedInputs::ignore,
                     .return_disconnected = ReturnDisconnected::none}));
  const Variable marked = grad(cost, w,
                               {.disconnected_inputs = DisconnectedInputs::ignore,
                                .return_disconnected = ReturnDisconnected::disconnected});
  EXPECT_TRUE(marked.type() == DisconnectedType());
}

TEST(Grad, C0_10_consider_constant_stops_the_walk) {
  const Variable x = T::dscalar("x"), a = x * x, y = a * x;
  EXPECT_NEAR(at(grad(y, x, {.consider_constant = {a}}), {{x, 3.0}}), 9.0, 1e-12);
}

TEST(Grad, C0_10_known_gradients_replace_computed_ones) {
  const Variable x = T::dscalar("x"), a = x * x, y = a * 5.0;
  EXPECT_NEAR(at(grad(y, x, {.known_grads = {{a, 1.0}}}), {{x, 3.0}}), 6.0, 1e-12);
  EXPECT_NEAR(at(grad(Variable(), x, {.known_grads = {{a, 2.0}}}), {{x, 3.0}}), 12.0, 1e-12);
  CHECK_ERROR(GradientError, grad(Variable(), x),
              "grad: there is no cost; give one, or known_grads to begin with");
}

TEST(Grad, C0_10_known_gradients_and_wrt_that_cannot_be_are_named) {
  const Variable x = T::dscalar("x"), a = x * x;
  CHECK_ERROR(GradientError, grad(Variable(), x, {.known_grads = {{a, 2}}}),
              "grad: the known gradient of Elemwise{mul}.0 is TensorType(int8, scalar); a gradient "
              "is never an integer, cast it");
  CHECK_ERROR(GradientError, grad(Variable(), x, {.known_grads = {{a, T::dvector("g")}}}),
              "grad: the known gradient of Elemwise{mul}.0 has 1 dimensions and the variable has "
              "0; they must be equal");
  CHECK_ERROR(GradientError, grad(a, Variable()), "grad: a wrt is an empty variable");
  const Variable undefined = grad(undefined_grad(x), x, {.null_gradients = NullGradients::return_});
  CHECK_ERROR(GradientError, grad(undefined, x),
              "grad: the cost is itself an undefined gradient (the gradient of UndefinedGrad with "
              "respect to input 0 (x) is undefined: undefined_grad was applied)");
  EXPECT_NO_THROW(grad(Variable(), x, {.known_grads = {{a, 2.0}}}));
}

TEST(Grad, C0_10_null_gradients_raise_or_come_back) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y");
  const Variable z = Pair("null").make_node({x, y}).outputs()[0];
  CHECK_ERROR(
      GradientError, grad(z, y),
      "grad: the gradient with respect to y does not exist; the gradient of Pair{fault: null} with respect to input 1 "
      "(y) is undefined: nobody knows");
  const Variable null = grad(z, y, {.null_gradients = NullGradients::return_});
  EXPECT_TRUE(dynamic_cast<const NullType*>(&null.type()));
  EXPECT_NO_THROW(grad(z, x));
  // One null term makes the whole sum null.
  CHECK_ERROR(
      GradientError, grad(z + y, y),
      "grad: the gradient with respect to y does not exist; the gradient of Pair{fault: null} with respect to input 1 "
      "(y) is undefined: nobody knows");
}

TEST(Grad, C0_10_connection_patterns_decide_what_is_disconnected) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y");
  const Apply node = Pair().make_node({x, y});
  EXPECT_NEAR(at(grad(node.outputs()[0] * 2.0, y), {{x, 1.0}, {y, 1.0}}), 2.0, 0.0);
  CHECK_ERROR(
      GradientError, grad(node.outputs()[1], y),
      "grad: the cost is no function of y, or only through operations that are not differentiable; pass "
      "disconnected_inputs = ignore if that is meant");
}

TEST(Grad, C0_10_what_an_op_returns_is_checked) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y");
  const auto first = [&](const char* fault) { return Pair(fault).make_node({x, y}).outputs()[0]; };
  CHECK_ERROR(GradientError, grad(first("count"), x),
              "grad: Pair{fault: count}.grad returned 1 terms for 2 inputs");
  CHECK_ERROR(
      GradientError, grad(first("disconnected"), x),
      "grad: Pair{fault: disconnected}.grad returned a disconnected gradient for input 0 (x), which its "
      "connection_pattern says is connected");
  CHECK_ERROR(
      GradientError, grad(first("pattern"), x),
      "grad: Pair{fault: pattern}.connection_pattern must have a row for each of 2 inputs with an entry for each of 2 "
      "outputs");
  CHECK_ERROR(
      GradientError, grad(first("integer"), x),
      "grad: Pair{fault: integer}.grad returned TensorType(int8, scalar) for input 0 (x); a gradient is never an "
      "integer");
  CHECK_ERROR(
      GradientError, grad(first("dimensions"), x),
      "grad: Pair{fault: dimensions}.grad returned TensorType(float64, (true,)) for input 0 (x), which has 0 "
      "dimensions");
  EXPECT_NO_THROW(grad(first(""), x));
}

TEST(Grad, C0_10_Lop_is_the_row_vector_times_the_jacobian) {
  const Variable x = T::dvector("x"), v = T::dvector("v");
  const NDArray g =
      Lop(T::sqr(x), x, v).eval({{x, array({1., 2., 3.})}, {v, array({1., 10., 100.})}});
  EXPECT_EQ(g.at<double>({0}), 2.0);
  EXPECT_EQ(g.at<double>({2}), 600.0);
}

TEST(Grad, a_chain_of_a_million_nodes_is_differentiated_on_a_small_stack) {
  const Variable x = T::dscalar("x");
  Variable y = x;
  for (int i = 0; i < 1'000'000; ++i) y = T::neg(y);
  EXPECT_TRUE(grad(y, x));
}
