// SPDX-License-Identifier: BSD-3-Clause
// function() and calls: which inputs it takes, defaults, names, duplicates, unused and missing
// ones, outputs.
#include "outsider.h"

#include <complex>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

TEST(Functions, C0_8_an_unused_input_is_an_error_that_says_how_to_go_on) {
  auto x = dscalar("x"), w = dscalar("w");
  EXPECT_EQ(
      outsider::first_line(error_of<>([&] { return function({x, w}, x * 2); })),
      "function: input 1 'w' is not used to compute any output; remove it or pass on_unused_input = ignore");
  EXPECT_EQ(function({x, w}, x * 2, {.on_unused_input = OnUnusedInput::warn})(1, 2).item<double>(),
            2.0);
  EXPECT_EQ(
      function({x, w}, x * 2, {.on_unused_input = OnUnusedInput::ignore})(1, 2).item<double>(),
      2.0);
  auto s = shared(1.0, "s");
  EXPECT_EQ(function({x, w}, x, {.updates = {{s, s + w}}})(1, 2).item<double>(), 1.0);
  EXPECT_EQ(s.get_value().item<double>(), 3.0);
  {
    base::FlagScope ignoring("on_unused_input", "ignore");
    EXPECT_EQ(
        function({x, w}, x * 2, {.on_unused_input = OnUnusedInput::ignore})(1, 2).item<double>(),
        2.0);
  }
}

TEST(Functions, C0_8_a_missing_input_is_an_error_that_names_it) {
  auto x = dscalar("x"), w = dscalar("weight");
  EXPECT_HAS(error_of([&] { return function({x}, x * w); }), "weight");
  error_of([&] { return function({}, dmatrix()); });
  EXPECT_EQ(function({x, w}, x * w)(2, 3).item<double>(), 6.0);
}

TEST(Functions, C0_8_duplicate_constant_computed_and_shared_inputs_are_errors) {
  auto x = dscalar("x");
  auto s = shared(1.0, "s");
  error_of([&] { return function({x, x}, x * 2); });
  error_of([&] { return function({constant(1.)}, constant(2.)); });
  error_of([&] { return function({s}, s * 2); });
  error_of([&] { return function({x, In(x, {.name = "y"})}, x * 2); });
  EXPECT_EQ(function({x}, x * 2)(2).item<double>(), 4.0);
}

TEST(Functions, C0_8_a_computed_variable_can_be_an_input) {
  auto x = dscalar("x");
  auto y = x + 1;
  EXPECT_EQ(function({y}, y * 2)(5).item<double>(), 10.0);
  EXPECT_EQ(function({x, y}, x + y)(5, 7).item<double>(), 12.0);
}

TEST(Functions, C0_8_an_input_can_be_an_output_and_an_output_twice) {
  auto x = dvector("x");
  auto f = function({x}, {x, x * 2, x * 2, x});
  const NDArray a = array({1., 2.});
  Outputs out = f(a);
  EXPECT_EQ(out.size(), 4u);
  out.array(0).at<double>({0}) = 100;
  NDArray first = out[0];
  first.at<double>({0}) = 100;
  EXPECT_EQ(a.at<double>({0}), 1.0);
  EXPECT_EQ(out.array(3).at<double>({0}), 1.0);
  NDArray second = out[1];
  second.at<double>({0}) = 50;
  EXPECT_EQ(out.array(2).at<double>({0}), 2.0);
}

TEST(Functions, C0_8_outputs_belong_to_the_caller) {
  auto x = dvector("x");
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py"}) {
    auto f = function({x}, {x * 2, constant(array({5., 5.})), x[slice(0, 1)]}, {.mode = mode});
    Outputs first = f(array({1., 2.}));
    NDArray kept = first[0], fixed = first[1];
    kept.at<double>({0}) = -1;
    fixed.at<double>({0}) = -1;
    Outputs second = f(array({3., 4.}));
    EXPECT_EQ(list<double>(kept), (Doubles{-1, 4}));
    EXPECT_EQ(list<double>(second.array(0)), (Doubles{6, 8}));
    EXPECT_EQ(list<double>(second.array(1)), (Doubles{5, 5}));
  }
}

TEST(Functions, C0_9_calls_with_wrong_arguments_are_errors_and_the_next_call_works) {
  auto x = dvector("x"), y = dscalar("y");
  auto f = function({x, y}, x * y, {.name = "scale"});
  const NDArray a = array({1., 2.});
  const auto works = [&] { return list<double>(f(a, 2)) == Doubles{2, 4}; };
  error_of([&] { return f(a); });
  EXPECT_TRUE(works());
  error_of([&] { return f(); });
  error_of([&] { return f(a, 2, 3); });
  EXPECT_TRUE(works());
  error_of<TypeError>([&] { return f("text", 2); });
  error_of<TypeError>([&] { return f(NDArray::zeros({2, 2}), 2); });
  error_of<TypeError>([&] { return f(a, a); });
  error_of<TypeError>([&] { return f(a, std::complex<double>(1, 2)); });
  error_of<TypeError>([&] { return f(a.astype(complex128), 2); });
  error_of([&] { return f(Value(), 2); });
  error_of<TypeError>([&] { return f(Value::object(3), 2); });
  EXPECT_TRUE(works());
  error_of([&] { return f(a, arg("z") = 2); });
  error_of([&] { return f(a, 2, arg("y") = 2); });
  error_of([&] { return f(a, arg("y") = 2, arg("y") = 3); });
  EXPECT_TRUE(works());
  EXPECT_EQ(list<double>(f(arg("y") = 3, arg("x") = a)), (Doubles{3, 6}));
  EXPECT_EQ(list<double>(f(a.astype(float32), 2)), (Doubles{2, 4}));
  EXPECT_EQ(list<double>(f(array({1, 2}).astype(int32), 2)), (Doubles{2, 4}));
}

TEST(Functions, C0_9_wrong_arguments_are_named_in_the_text) {
  auto x = fvector("weights");
  auto f = function({x}, x * 2, {.name = "scale"});
  const std::string text = error_of<TypeError>([&] { return f(array({0.1})); });
  EXPECT_HAS(text, "weights");
  EXPECT_HAS(text, "float64");
  EXPECT_HAS(text, "float32");
  EXPECT_EQ(text, error_of<TypeError>([&] { return f(array({0.1})); }));
  EXPECT_EQ(f(array<float>({1})).array().dtype(), float32);
}

TEST(Functions, C0_8_downcasts_happen_only_when_allowed) {
  auto x = fvector("x"), s = fscalar("s");
  auto i = iscalar("i");
  error_of<TypeError>([&] { return function({x}, x)(array({0.5})); });
  EXPECT_EQ(function({x}, x, {.allow_input_downcast = true})(array({0.5})).array().dtype(),
            float32);
  EXPECT_EQ(function({In(x, {.allow_downcast = true})}, x)(array({0.5})).array().dtype(), float32);
  error_of<TypeError>(
      [&] { return function({In(x, {.allow_downcast = false})}, x)(array({0.5})); });
  EXPECT_EQ(function({i}, i)(3).item<int>(), 3);
  error_of<TypeError>([&] { return function({i}, i)(3.5); });
  error_of<TypeError>([&] { return function({i}, i)(std::int64_t{1} << 40); });
  EXPECT_EQ(function({i}, i, {.allow_input_downcast = true})(3.5).item<int>(), 3);
  error_of<TypeError>([&] { return function({In(x, {.strict = true})}, x)(array({1, 2})); });
  error_of<TypeError>([&] { return function({In(x, {.strict = true})}, x)(array({1., 2.})); });
  EXPECT_EQ(function({In(x, {.strict = true})}, x)(array<float>({1, 2})).array().size(), 2u);
  base::FlagScope single("floatX", "float32");
  EXPECT_EQ(function({s}, s)(0.5).item<float>(), 0.5f);
  EXPECT_EQ(function({s}, s)(0.1).item<float>(), 0.1f);
}

TEST(Functions, C0_9_outputs_out_of_range_and_of_another_kind_are_errors) {
  auto x = dscalar("x");
  auto f = function({x}, {x * 2, x * 0.25});
  Outputs out = f(2);
  error_of([&] { return out[2]; });
  error_of([&] { return out.array(2); });
  error_of([&] { return out.item<double>(9); });
  error_of([&] { return NDArray(out.operator NDArray()); });
  error_of<TypeError>([&] { return out.item<int>(1); });
  EXPECT_EQ(out.item<int>(0), 4);
  EXPECT_EQ(out.item<float>(1), 0.5f);
  auto g = generic("g");
  error_of<TypeError>([&] { return function({g}, g)("text").array(); });
  error_of<TypeError>([&] { return NDArray(function({g}, g)("text")); });
  error_of([&] { return function({}, {})().operator NDArray(); });
  auto v = dvector("v");
  error_of([&] { return function({v}, v)(array({1., 2.})).item<double>(); });
  EXPECT_EQ(function({v}, v)(array({1.})).item<double>(), 1.0);
}

TEST(Functions, C6_6_defaults_come_back_and_updated_inputs_stay) {
  auto x = dscalar("x"), y = dscalar("y");
  auto f = function({In(x, {.value = 5.0}), In(y, {.value = 1.0, .update = y + x})}, x + y);
  EXPECT_EQ(f().item<double>(), 6.0);
  EXPECT_EQ(f(100).item<double>(), 106.0);
  EXPECT_EQ(f().item<double>(), 111.0);
  EXPECT_EQ(f(0, 0).item<double>(), 0.0);
  EXPECT_EQ(f().item<double>(), 5.0);
  auto v = dvector("v");
  const NDArray initial = array({1., 1.});
  auto g = function({In(v, {.value = initial, .update = v * 2})}, v.sum());
  g();
  EXPECT_EQ(g().item<double>(), 4.0);
  EXPECT_EQ(list<double>(initial), (Doubles{1, 1}));
}

TEST(Functions, C6_3_a_mutable_input_that_is_not_borrowed_is_an_error) {
  auto x = dvector("x");
  error_of([&] { return function({In(x, {.mutable_ = true, .borrow = false})}, x * 2); });
  auto f = function({In(x, {.mutable_ = true})}, x * 2 + 1);
  EXPECT_EQ(list<double>(f(array({1., 2.}))), (Doubles{3, 5}));
}

TEST(Functions, C6_3_two_inputs_of_one_name_cannot_be_named) {
  auto x = dscalar("same"), y = dscalar("same");
  auto f = function({x, y}, x - y);
  EXPECT_EQ(f(5, 3).item<double>(), 2.0);
  error_of([&] { return f(arg("same") = 5, 3); });
  error_of([&] { return f(5, arg("same") = 3); });
  EXPECT_EQ(f(5, 3).item<double>(), 2.0);
}

TEST(Functions, C0_9_a_function_is_a_handle_and_outlives_its_makers) {
  Function f = [] {
    auto x = dvector("x");
    auto w = shared(array({2., 3.}));
    return function({x}, (x * w).sum(), {.name = "inner"});
  }();
  Function g = f;
  EXPECT_EQ(g(array({1., 1.})).item<double>(), 5.0);
  EXPECT_EQ(g.name(), "inner");
  EXPECT_GE(f.nodes().size(), 1u);
  EXPECT_EQ(f.fgraph().outputs().size(), 1u);
  for (const Apply& node : f.nodes()) EXPECT_NE(node.text(), "");
}

TEST(Functions, C0_9_empty_functions_and_outputs_are_errors_to_use) {
  struct Model {
    Function predict;
    SharedVariable weights;
    Outputs last;
    Variable input;
  } model;
  EXPECT_EQ(model.last.size(), 0u);
  error_of([&] { return model.predict(1); });
  error_of([&] { return model.predict.nodes(); });
  error_of([&] { return model.last[0]; });
  error_of([&] { return model.weights.get_value(); });
  model.input = dscalar("x");
  model.weights = shared(2.0, "w");
  model.predict = function({model.input}, model.input * model.weights);
  model.last = model.predict(4);
  EXPECT_EQ(model.last.item<double>(), 8.0);
}

TEST(Functions, C0_10_an_input_of_which_only_the_slope_is_left_counts_as_used) {
  auto x = dscalar("x"), w = dscalar("w"), b = dscalar("b");
  EXPECT_EQ(function({x}, grad(3 * x, x))(5).item<double>(), 3.0);
  EXPECT_EQ(function({x, w, b}, grad(w * x + b, {w, b}))(5, 1, 1).item<double>(1), 1.0);
  EXPECT_EQ(function({x, w, b}, grad(w * x + b, {w, b}), {.mode = Mode("py", "None")})(5, 1, 1)
                .item<double>(0),
            5.0);
}

TEST(Functions, C0_8_a_chain_of_many_nodes_compiles_and_runs) {
  auto x = dscalar("x");
  Variable y = x;
  for (int i = 0; i < 300; ++i) y = y * 1.0 + 1.0;
  EXPECT_EQ(function({x}, y)(1).item<double>(), 301.0);
  EXPECT_EQ(function({x}, grad(y, x), {.mode = "FAST_COMPILE"})(1).item<double>(), 1.0);
}
