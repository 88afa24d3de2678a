// SPDX-License-Identifier: BSD-3-Clause
// Shared variables: values, borrowing, types, sharing between functions.
#include "outsider.h"

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;

TEST(Shared, C0_7_values_are_copied_in_and_out) {
  NDArray a = array({1., 2.});
  auto w = shared(a, "w");
  EXPECT_EQ(w.name(), "w");
  a.at<double>({0}) = 100;
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{1, 2}));
  NDArray out = w.get_value();
  out.at<double>({0}) = 100;
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{1, 2}));
  w.set_value(a);
  a.at<double>({1}) = 200;
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{100, 2}));
}

TEST(Shared, C0_7_borrowed_values_share_memory) {
  NDArray a = array({1., 2.});
  auto w = shared(a, "w", {.borrow = true});
  EXPECT_EQ(NDArray(w.get_value(true)).data<double>(), a.data<double>());
  EXPECT_NE(NDArray(w.get_value(false)).data<double>(), a.data<double>());
  EXPECT_NE(NDArray(w.get_value(false, true)).data<double>(), a.data<double>());
  EXPECT_EQ(NDArray(w.get_value(true, true)).data<double>(), a.data<double>());
  a.at<double>({0}) = 10;
  EXPECT_EQ(function({}, w[0])().item<double>(), 10.0);
}

TEST(Shared, C6_6_set_value_with_borrow_keeps_the_pointer) {
  auto w = shared(array({1., 2.}), "w");
  NDArray b = array({5., 6., 7.});
  w.set_value(b, true);
  EXPECT_EQ(NDArray(w.get_value(true)).data<double>(), b.data<double>());
  EXPECT_EQ(function({}, w.sum())().item<double>(), 18.0);
  w.set_value(b, false);
  EXPECT_NE(NDArray(w.get_value(true)).data<double>(), b.data<double>());
}

TEST(Shared, C0_7_every_function_sees_the_change) {
  auto w = shared(1.0, "w");
  auto x = dscalar("x");
  auto f = function({x}, w * x), g = function({}, w + 0, {.updates = {{w, w + 1}}});
  EXPECT_EQ(f(3).item<double>(), 3.0);
  g();
  EXPECT_EQ(f(3).item<double>(), 6.0);
  w.set_value(10);
  EXPECT_EQ(f(3).item<double>(), 30.0);
  SharedVariable same = w;
  same.set_value(20.0);
  EXPECT_EQ(f(3).item<double>(), 60.0);
  EXPECT_TRUE(same == w);
  EXPECT_TRUE(as<SharedVariable>(Variable(w)));
  EXPECT_FALSE(as<Constant>(Variable(w)));
}

TEST(Shared, C0_7_types_come_from_the_value) {
  EXPECT_EQ(shared(1.0).dtype(), float64);
  EXPECT_EQ(shared(1).dtype(), int64);
  EXPECT_EQ(shared(array<float>({1}, {1, 1})).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(shared(array<float>({1}, {1, 1}), "", {.broadcastable = {true, false}}).broadcastable(),
            (std::vector<bool>{true, false}));
  EXPECT_TRUE(shared("text").type() == Generic());
  EXPECT_EQ(shared("text").get_value().as<std::string>(), "text");
  EXPECT_EQ((shared(Value::object(std::pair(7, 8))).get_value().as<std::pair<int, int>>().second),
            8);
  EXPECT_EQ(shared(true).get_value().item<bool>(), true);
  error_of([] { return shared(Value()); });
  error_of([] { return shared(NDArray::zeros({2, 2}), "", {.broadcastable = {true, false}}); });
  error_of([] { return shared(NDArray::zeros({2, 2}), "", {.broadcastable = {false}}); });
}

TEST(Shared, C0_7_wrong_values_are_refused_and_the_old_one_stays) {
  auto w = shared(array({1., 2.}), "w");
  error_of<TypeError>([&] {
    w.set_value(NDArray::zeros({2, 2}));
    return 0;
  });
  error_of<TypeError>([&] {
    w.set_value("text");
    return 0;
  });
  error_of<TypeError>([&] {
    w.set_value(Value());
    return 0;
  });
  error_of<TypeError>([&] {
    w.set_value(NDArray::zeros({2}, complex128));
    return 0;
  });
  EXPECT_EQ(list<double>(w.get_value()), (Doubles{1, 2}));
  w.set_value(array({1, 2, 3}));
  EXPECT_EQ(NDArray(w.get_value()).dtype(), float64);
  auto strict = shared(array({1., 2.}), "s", {.strict = true});
  error_of<TypeError>([&] {
    strict.set_value(array({1, 2}));
    return 0;
  });
  auto loose = shared(array<float>({1, 2}), "l", {.allow_downcast = true});
  loose.set_value(array({0.1}));
  EXPECT_EQ(NDArray(loose.get_value()).dtype(), float32);
  error_of<TypeError>([&] {
    shared(array<float>({1, 2})).set_value(array({0.1}));
    return 0;
  });
  EXPECT_EQ(list<double>(shared(w.get_value()).get_value()), (Doubles{1, 2, 3}));
}

TEST(Shared, C0_7_an_empty_shared_variable_is_an_error) {
  SharedVariable nothing;
  EXPECT_FALSE(nothing);
  error_of([&] { return nothing.get_value(); });
  error_of([&] {
    nothing.set_value(1);
    return 0;
  });
  error_of([&] { return function({}, nothing); });
}

TEST(Shared, C0_7_a_shared_length_one_axis_does_not_stretch_by_itself) {
  auto m = dmatrix("m");
  auto r = shared(array({1., 2., 3.}, {1, 3}), "r");
  auto flagged = shared(array({1., 2., 3.}, {1, 3}), "r", {.broadcastable = {true, false}});
  error_of<ShapeError>([&] { return function({m}, m + r)(NDArray::zeros({2, 3})); });
  EXPECT_EQ(function({m}, m + flagged)(NDArray::zeros({2, 3})).array().at<double>({1, 2}), 3.0);
}

TEST(Shared, C0_7_training_by_gradient_descent_converges) {
  auto x = dmatrix("x");
  auto y = dvector("y");
  auto w = shared(NDArray::zeros({2}), "w");
  auto b = shared(0.0, "b");
  auto error = (x * w).sum(1) + b - y;
  auto cost = tensor::sqr(error).mean();
  auto g = grad(cost, {w, b});
  auto train = function({x, y}, cost, {.updates = {{w, w - 0.1 * g[0]}, {b, b - 0.1 * g[1]}}});
  const NDArray in = array({0., 0., 0., 1., 1., 0., 1., 1.}, {4, 2}), out = array({1., 3., 4., 6.});
  double last = 0;
  for (int i = 0; i < 500; ++i) last = train(in, out).item<double>();
  EXPECT_LT(last, 1e-3);
  EXPECT_NEAR(NDArray(w.get_value()).at<double>({0}), 3.0, 0.1);
  EXPECT_NEAR(b.get_value().item<double>(), 1.0, 0.1);
}
