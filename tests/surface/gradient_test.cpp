// SPDX-License-Identifier: BSD-3-Clause
// grad, Lop, Rop and the functions that stop or bend gradients, against slopes worked out by hand.
#include "outsider.h"

#include <cmath>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

TEST(Gradient, C0_10_slopes_are_those_of_calculus) {
  auto x = dscalar("x");
  const double at = 0.4;
  const std::pair<Variable, double> rows[] = {{x * x * x, 3 * at * at},
                                              {T::exp(2 * x), 2 * std::exp(2 * at)},
                                              {T::log(x), 1 / at},
                                              {T::sin(x) * T::cos(x), std::cos(2 * at)},
                                              {T::tanh(x), 1 - std::tanh(at) * std::tanh(at)},
                                              {1 / x, -1 / (at * at)},
                                              {T::sqrt(x), .5 / std::sqrt(at)},
                                              {T::pow(x, 3), 3 * at * at},
                                              {T::pow(2., x), std::log(2.) * std::exp2(at)},
                                              {T::abs(-x), 1},
                                              {x, 1},
                                              {where(x > 0, x * 3, x * 5), 3},
                                              {T::maximum(x, 1), 0},
                                              {clip(x, 0, 1), 1},
                                              {T::arctan2(x, 1.), 1 / (1 + at * at)},
                                              {T::floor(x), 0}};
  for (const auto& [y, slope] : rows)
    EXPECT_NEAR(grad(y, x).eval({{x, at}}).item<double>(), slope, 1e-8) << debugprint(y);
  EXPECT_NEAR(grad(grad(x * x * x, x), x).eval({{x, at}}).item<double>(), 6 * at, 1e-12);
}

TEST(Gradient, C0_10_gradients_have_the_shape_of_what_they_are_taken_of) {
  auto m = dmatrix("m");
  auto v = dvector("v");
  auto r = drow("r");
  auto cost = (m * v + r).sum() + T::sqr(v).sum();
  auto g = grad(cost, {m, v, r});
  Outputs out = function({m, v, r}, g)(NDArray::arange(6, float64).reshape({2, 3}),
                                       array({1., 2., 3.}), NDArray::zeros({1, 3}));
  EXPECT_EQ(list<double>(out.array(0)), (Doubles{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(list<double>(out.array(1)), (Doubles{3 + 2, 5 + 4, 7 + 6}));
  EXPECT_EQ(out.array(2).shape(), (Shape{1, 3}));
  EXPECT_EQ(list<double>(out.array(2)), (Doubles{2, 2, 2}));
}

TEST(Gradient, C0_10_gradients_pass_through_shapes_indices_and_reductions) {
  auto x = dmatrix("x");
  const NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  auto at = [&](const Variable& cost) { return list<double>(grad(cost, x).eval({{x, a}})); };
  EXPECT_EQ(at(T::sqr(x.T()).sum()), (Doubles{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(at((x.reshape({3, 2}) * array({1., 10.})).sum()), (Doubles{1, 10, 1, 10, 1, 10}));
  EXPECT_EQ(at(x.mean()), (Doubles(6, 1. / 6)));
  EXPECT_EQ(at(x[1].sum()), (Doubles{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(at(x[{slice(), slice(std::nullopt, std::nullopt, 2)}].sum()),
            (Doubles{1, 0, 1, 1, 0, 1}));
  EXPECT_EQ(at(x.max(1).sum()), (Doubles{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(at(T::prod(x[1]) + 0), (Doubles{0, 0, 0, 20, 15, 12}));
  EXPECT_EQ(at(x.flatten()[2] * 3), (Doubles{0, 0, 3, 0, 0, 0}));
  EXPECT_EQ(at(set_subtensor(x[0], 0.).sum()), (Doubles{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(at(x.dimshuffle({0, "x", 1}).sum()), (Doubles(6, 1.)));
  EXPECT_EQ(at((alloc(x[{0, 1}], {4})).sum()), (Doubles{0, 4, 0, 0, 0, 0}));
}

TEST(Gradient, C0_10_a_cost_that_is_no_scalar_is_refused_with_the_remedy) {
  auto m = dmatrix("m");
  EXPECT_EQ(error_of<>([&] { return grad(m * 2, m); }),
            "grad: cost has 2 dimensions; it must be a scalar, take sum(cost) or mean(cost) first");
  EXPECT_EQ(list<double>(grad((m * 2).sum(), m).eval({{m, NDArray::zeros({1, 1})}})), (Doubles{2}));
  error_of([&] { return grad(generic("g"), m); });
}

TEST(Gradient, C0_10_disconnected_inputs_raise_or_are_zero) {
  auto x = dscalar("x"), y = dvector("y");
  error_of([&] { return grad(x * 2, y); });
  for (auto how : {DisconnectedInputs::ignore, DisconnectedInputs::warn}) {
    auto g = grad(x * 2, y, {.disconnected_inputs = how});
    EXPECT_EQ(list<double>(g.eval({{y, array({1., 2.})}})), (Doubles{0, 0}));
  }
  EXPECT_FALSE(grad(x * 2, {y},
                    {.disconnected_inputs = DisconnectedInputs::ignore,
                     .return_disconnected = ReturnDisconnected::none})
                   .at(0));
  EXPECT_TRUE(grad(x * 2, {y},
                   {.disconnected_inputs = DisconnectedInputs::ignore,
                    .return_disconnected = ReturnDisconnected::disconnected})
                  .at(0)
                  .type() == DisconnectedType());
  error_of([&] { return grad((x * y.shape(0)).sum(), y); });
  EXPECT_EQ(grad(x * 2, x).eval({{x, 1}}).item<double>(), 2.0);
}

TEST(Gradient, C0_10_considered_constants_and_stops) {
  auto x = dscalar("x"), w = dscalar("w");
  auto u = x * w;
  EXPECT_EQ(grad(u + w, w, {.consider_constant = {u}}).eval({{x, 3}, {w, 1}}).item<double>(), 1.0);
  auto at = [&](const Variable& cost) { return grad(cost, x).eval({{x, 3}}).item<double>(); };
  EXPECT_EQ(at(x * consider_constant(x)), 3.0);
  EXPECT_EQ(at(x * zero_grad(x)), 3.0);
  EXPECT_EQ(at(zero_grad(x) * 2), 0.0);
  EXPECT_EQ(at(x * disconnected_grad(x)), 3.0);
  error_of([&] { return grad(disconnected_grad(x) * 2, x); });
  error_of([&] { return grad(undefined_grad(x) * 2, x); });
  EXPECT_EQ(at(grad_scale(x, 10) * 2), 20.0);
  EXPECT_EQ(at(grad_clip(x, -1, 1) * 2), 1.0);
  EXPECT_EQ(at(grad_clip(x, -1, 1) * grad_clip(x, -5, 5)), 4.0);
  for (auto stop : {consider_constant, zero_grad, disconnected_grad, undefined_grad})
    EXPECT_EQ(stop(x).eval({{x, 3}}).item<double>(), 3.0);
  EXPECT_EQ(grad_clip(x, 0, 1).eval({{x, 3}}).item<double>(), 3.0);
}

TEST(Gradient, C0_10_known_gradients_replace_computed_ones) {
  auto x = dscalar("x");
  auto u = x * x, cost = T::exp(u);
  EXPECT_EQ(grad(cost, x, {.known_grads = {{u, 10.0}}}).eval({{x, 3}}).item<double>(), 60.0);
  EXPECT_EQ(grad(cost, x, {.known_grads = {{u, constant(2.0)}}}).eval({{x, 3}}).item<double>(),
            12.0);
  EXPECT_EQ(grad(Variable(), x, {.known_grads = {{u, 1.0}}}).eval({{x, 3}}).item<double>(), 6.0);
  error_of([&] { return grad(cost, x, {.known_grads = {{u, dvector("v")}}}); });
}

TEST(Gradient, C0_10_integers_have_no_integer_gradients) {
  auto i = lscalar("i");
  auto x = dscalar("x");
  EXPECT_EQ(grad(x * i, x).eval({{x, 2}, {i, 3}}).item<double>(), 3.0);
  EXPECT_EQ(name(grad(x * i, i).dtype()).substr(0, 5), "float");
  EXPECT_EQ(grad((x > 1) * x, x).eval({{x, 2}}).item<double>(), 1.0);
}

TEST(Gradient, C0_10_names_say_what_is_derived) {
  auto w = dscalar("w");
  auto cost = w * w;
  cost.set_name("cost");
  EXPECT_EQ(grad(cost, w).name(), "(dcost/dw)");
}

TEST(Gradient, C0_10_Lop_and_Rop_multiply_from_either_side) {
  auto x = dvector("x"), v = dvector("v");
  auto y = x * x;
  const NDArray a = array({1., 2., 3.}), b = array({1., 0., 2.});
  EXPECT_EQ(list<double>(Lop(y, x, v).eval({{x, a}, {v, b}})), (Doubles{2, 0, 12}));
  EXPECT_EQ(list<double>(Rop(y, x, v).eval({{x, a}, {v, b}})), (Doubles{2, 0, 12}));
  EXPECT_EQ(list<double>(Lop(y, {x}, v).at(0).eval({{x, a}, {v, b}})), (Doubles{2, 0, 12}));
  auto z = dvector("z");
  EXPECT_EQ(list<double>(Rop(x * z, {x, z}, {v, v}).eval({{x, a}, {z, a}, {v, b}})),
            (Doubles{2, 0, 12}));
  EXPECT_EQ(list<double>(Rop(T::exp(x.sum()) * x, x, v).eval({{x, NDArray::zeros({3})}, {v, b}})),
            (Doubles{1, 0, 2}));
  error_of([&] { return Rop(y, {x, z}, {v}); });
  error_of([&] { return Rop(y, x, dmatrix("m")); });
  EXPECT_EQ(list<double>(Rop(y, x, v).eval({{x, a}, {v, b}})), (Doubles{2, 0, 12}));
}

TEST(Gradient, C0_10_undefined_gradients_say_why) {
  auto x = dscalar("x");
  const Print op("p");
  EXPECT_HAS(grad_undefined(op, 0, x, "for a reason").type().text(), "for a reason");
  EXPECT_TRUE(grad_not_implemented(op, 0, x));
  EXPECT_TRUE(grad(undefined_grad(x) * 2, {x}, {.null_gradients = NullGradients::return_}).at(0));
}

TEST(Gradient, C0_10_a_function_of_gradients_compiles_in_every_mode) {
  auto x = dvector("x");
  auto cost = (T::exp(-T::sqr(x)) * T::sin(x)).sum();
  auto g = grad(cost, x);
  const NDArray a = array({.1, -.5, 2.});
  const Doubles expected = list<double>(function({x}, g, {.mode = Mode("py", "None")})(a));
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "DebugMode", "NanGuardMode"}) {
    const Doubles got = list<double>(function({x}, g, {.mode = mode})(a));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(got[i], expected[i], 1e-14) << mode;
  }
  const double h = 1e-6;
  auto f = function({x}, cost);
  for (std::size_t i = 0; i < 3; ++i) {
    NDArray up = a.copy(), down = a.copy();
    up.at<double>({static_cast<std::int64_t>(i)}) += h;
    down.at<double>({static_cast<std::int64_t>(i)}) -= h;
    EXPECT_NEAR(expected[i], (f(up).item<double>() - f(down).item<double>()) / (2 * h), 1e-8);
  }
}
