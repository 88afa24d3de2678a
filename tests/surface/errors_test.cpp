// SPDX-License-Identifier: BSD-3-Clause
// What a user reads when something is wrong: one line, the fact, the remedy, the place of the
// user's own line.
#include "outsider.h"

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

TEST(Errors, C6_11_length_mismatches_give_both_shapes_and_the_users_line) {
  auto x = dvector("x"), y = dvector("y");
  const int line = __LINE__ + 1;
  auto z = x + y;
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py", "DebugMode"}) {
    auto f = function({x, y}, T::exp(z) * 2, {.mode = mode});
    const std::string text =
        error_of<ShapeError>([&] { return f(array({1., 2.}), array({1., 2., 3.})); });
    EXPECT_HAS(text, "(2,)");
    EXPECT_HAS(text, "(3,)");
    EXPECT_HAS(text, "errors_test.cpp:" + std::to_string(line));
    EXPECT_EQ(text, error_of<ShapeError>([&] { return f(array({1., 2.}), array({1., 2., 3.})); }));
    EXPECT_EQ(f(array({0.}), array({0.})).array().at<double>({0}), 2.0);
    error_of<ShapeError>([&] { return f(array({1., 2.}), array({1.})); });
  }
}

TEST(Errors, C6_11_the_line_of_each_kind_of_expression_is_known) {
  auto x = dvector("x"), y = dvector("y");
  auto i = lscalar("i");
  std::vector<std::pair<int, Variable>> made;
  made.emplace_back(__LINE__, x * y);
  made.emplace_back(__LINE__, T::maximum(x, y));
  made.emplace_back(__LINE__, x < y);
  made.emplace_back(__LINE__, T::where(x > 0, x, y));
  made.emplace_back(__LINE__, x[{i + 100}]);
  made.emplace_back(__LINE__, x.reshape({7, -1}));
  made.emplace_back(__LINE__, specify_shape(x, {9}));
  made.emplace_back(__LINE__, x[slice(0, 0)].max());
  made.emplace_back(__LINE__, x[i + 7]);
  for (const auto& [line, z] : made) {
    auto f = function({x, y, i}, z, {.on_unused_input = OnUnusedInput::ignore});
    const std::string text = error_of([&] { return f(array({1., 2.}), array({1., 2., 3.}), 0); });
    EXPECT_HAS(text, "errors_test.cpp:" + std::to_string(line));
  }
}

TEST(Errors, C0_12_texts_are_one_line_of_who_what_and_remedy) {
  auto x = dmatrix("x"), w = dscalar("w");
  const std::string texts[] = {error_of([&] { return grad(x, x); }),
                               error_of([&] { return function({x, w}, x); }),
                               error_of([&] { return function({}, x); }),
                               error_of([&] { return x.sum(5); }),
                               error_of([&] { return x.dimshuffle({0}); }),
                               error_of([&] { return LoadFromDisk(int64, {}, "w+"); }),
                               error_of([&] { return load("missing.npy", int64, {}).eval(); }),
                               error_of([&] { return shared(Value()); }),
                               error_of([&] { return function({x}, x * 2)(1); }),
                               error_of([&] { return function({x}, x, {.mode = "nonsense"}); })};
  for (const std::string& whole : texts) {
    const std::string text = outsider::first_line(whole);
    EXPECT_HAS(text, ": ");
    EXPECT_TRUE(outsider::has(text, "; ") || outsider::has(text, ", ")) << text;
    EXPECT_GT(text.size(), 20u) << text;
  }
}

TEST(Errors, C6_5_after_any_error_a_correct_call_works) {
  auto x = dvector("x");
  auto i = lscalar("i");
  const auto check = [&](const Variable& y, const NDArray& good, int at, const NDArray& bad,
                         int wrong) {
    for (const char* mode : {"FAST_RUN", "py"}) {
      auto f = function({x, i}, y, {.mode = mode, .on_unused_input = OnUnusedInput::ignore});
      const NDArray before = f(good, at);
      const std::string first = error_of([&] { return f(bad, wrong); }),
                        second = error_of([&] { return f(bad, wrong); });
      EXPECT_EQ(first, second);
      const NDArray after = f(good, at);
      EXPECT_EQ(list<double>(before.astype(float64)), list<double>(after.astype(float64)));
    }
  };
  const NDArray a = array({1., 2., 3.});
  check(x[i] * 2, a, 1, a, 3);
  check(x.max(), a, 0, NDArray::zeros({0}), 0);
  check(x.reshape({3, i}), a, 1, a, 2);
  check(alloc(x.sum(), {i}), a, 1, a, -1);
  check(x + array({1., 1., 1.}), a, 0, array({1.}), 0);
  check(set_subtensor(x[slice(0, 2)], x[slice(0, i)]), a, 2, a, 3);
  check(specify_shape(x, {3}) * 2, a, 0, array({1., 2.}), 0);
}

TEST(Errors, C6_3_nothing_as_an_argument_is_an_error) {
  auto x = dvector("x");
  auto f = function({x}, x * 2);
  EXPECT_HAS(error_of([&] { return f(Value()); }), "x");
  EXPECT_EQ(list<double>(f(array({1.}))), (Doubles{2}));
}

TEST(Errors, C0_12_errors_are_caught_by_any_of_their_bases) {
  auto x = dvector("x"), y = dvector("y");
  auto f = function({x, y}, x + y);
  EXPECT_THROW(f(array({1.}), array({1., 2.})), ShapeError);
  EXPECT_THROW(f(array({1.}), array({1., 2.})), Error);
  EXPECT_THROW(f(array({1.}), array({1., 2.})), std::runtime_error);
  EXPECT_THROW(f(array({1.}), array({1., 2.})), std::exception);
}

TEST(Errors, C6_5_building_errors_leave_variables_usable) {
  auto x = dmatrix("x");
  auto g = generic("g");
  for (int i = 0; i < 3; ++i) {
    error_of([&] { return x + g; });
    error_of([&] { return T::exp(g); });
    error_of([&] { return T::sum(g); });
    error_of([&] { return cast(g, float32); });
    error_of([&] { return g[0]; });
    error_of([&] { return x.sum({0, 1, 2}); });
    error_of([&] { return x + Variable(); });
    error_of([&] { return T::where(x, x, g); });
    error_of([&] { return alloc(g, {2}); });
    error_of([&] { return alloc(0., {x}); });
    error_of([&] { return arange(x); });
    error_of([&] { return T::eye(0.5); });
    error_of([&] { return x.reshape({0.5}); });
    error_of([&] { return specify_shape(x, {2}); });
    EXPECT_EQ((x + 1).eval({{x, NDArray::zeros({1, 1})}}).item<double>(), 1.0);
  }
}
