// SPDX-License-Identifier: BSD-3-Clause
// Every mode and linker gives the same values; names, tags and flags that are wrong are errors.
#include "outsider.h"

#include <cmath>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
namespace T = kroton::tensor;

namespace {
std::vector<Mode> all_modes() {
  return {Mode(),
          Mode("FAST_RUN"),
          Mode("FAST_COMPILE"),
          Mode("DebugMode"),
          Mode("NanGuardMode"),
          Mode("py"),
          Mode("vm"),
          Mode("c|py"),
          Mode("py", "None"),
          Mode("py", "fast_run"),
          Mode("vm", "None"),
          Mode("vm", "fast_compile"),
          Mode("c|py", "merge"),
          Mode("vm", "merge"),
          Mode(std::string("FAST_RUN")).excluding("fusion"),
          Mode("FAST_COMPILE").including("fusion"),
          Mode("FAST_RUN").excluding("inplace"),
          Mode("vm", "fast_run")};
}
}  // namespace

TEST(Modes, C5_6_every_mode_gives_equal_values) {
  auto x = dmatrix("x"), y = dmatrix("y");
  auto v = dvector("v");
  auto i = lscalar("i");
  auto n = ivector("n");
  auto s = shared(array({1., 2., 3.}), "s");
  const Variables outs{T::tanh(x) * T::sqr(y) + v,
                       (x.T() - v.dimshuffle({0, "x"})).sum(0),
                       x[{slice(i, std::nullopt), slice(std::nullopt, std::nullopt, -1)}] / 2,
                       where(x > y, x, -y).max(1),
                       x.argmax(1),
                       n * 2 % 5,
                       T::floor_div(n, 3) + n.sum(),
                       inc_subtensor(x[0], v),
                       grad((T::exp(-x) * y).sum(), x),
                       s * v,
                       zeros({2, 3}) + x.mean({1}, {.keepdims = true}),
                       x.flatten().shape(0),
                       T::maximum(x, 0) + T::clip(y, 0, 1)};
  const NDArray a = array({.5, -1., 2., 3., 0., -2.}, {2, 3}),
                b = array({1., 0., -1., .25, 4., .5}, {2, 3}), c = array({1., 2., 3.}),
                k = array<int>({7, -7, 3});
  auto run = [&](const Mode& mode) {
    return function({x, y, v, i, n}, outs, {.mode = mode})(a, b, c, 1, k);
  };
  const Outputs expected = run(Mode("py", "None"));
  int number = 0;
  for (const Mode& mode : all_modes()) {
    const Outputs got = run(mode);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t o = 0; o < got.size(); ++o) {
      const NDArray e = expected.array(o), g = got.array(o);
      EXPECT_EQ(g.dtype(), e.dtype()) << "mode " << number << ", output " << o;
      ASSERT_EQ(g.shape(), e.shape()) << "mode " << number << ", output " << o;
      const Doubles want = list<double>(e.astype(float64)), have = list<double>(g.astype(float64));
      for (std::size_t j = 0; j < want.size(); ++j)
        EXPECT_NEAR(have[j], want[j], 1e-13 * std::max(1., std::abs(want[j])))
            << "mode " << number << ", output " << o;
    }
    ++number;
  }
}

TEST(Modes, C6_2_an_unknown_mode_is_an_error_that_repeats_it) {
  auto x = dscalar("x");
  for (const char* wrong : {"FAST_RUNN", "fastest", "pyy", " ", "None"}) {
    EXPECT_HAS(error_of([&] { return function({x}, x * 2, {.mode = wrong}); }), wrong);
  }
  error_of([&] { return function({x}, x * 2, {.mode = ""}); });
  EXPECT_HAS(error_of([&] { return function({x}, x * 2, {.mode = Mode("pyy", "None")}); }), "pyy");
  EXPECT_HAS(error_of([&] { return function({x}, x * 2, {.mode = Mode("py", "Nonsense")}); }),
             "Nonsense");
  EXPECT_EQ(function({x}, x * 2, {.mode = "py"})(2).item<double>(), 4.0);
}

TEST(Modes, C6_2_flags_with_wrong_values_name_flag_and_value) {
  const std::string text = error_of<ValueError>([] {
    base::set_flag("floatX", "float99");
    return 0;
  });
  EXPECT_HAS(text, "floatX");
  EXPECT_HAS(text, "float99");
  EXPECT_HAS(error_of<ValueError>([] {
               base::set_flag("no_such_flag", "1");
               return 0;
             }),
             "no_such_flag");
  EXPECT_EQ(base::flag("floatX"), "float64");
  EXPECT_EQ(base::config().floatX(), "float64");
}

TEST(Modes, C6_2_the_mode_flag_chooses_the_default_mode) {
  auto x = dscalar("x");
  for (const char* mode : {"FAST_COMPILE", "DebugMode", "FAST_RUN"}) {
    base::FlagScope scope("mode", mode);
    EXPECT_EQ(function({x}, x * 2)(2).item<double>(), 4.0);
  }
  base::FlagScope scope("mode", "nonsense");
  EXPECT_HAS(error_of([&] { return function({x}, x * 2); }), "nonsense");
}

TEST(Modes, C5_6_the_NaN_guard_names_the_node) {
  auto x = dvector("x");
  auto f = function({x}, T::log(x) * 2, {.mode = "NanGuardMode"});
  EXPECT_EQ(list<double>(f(array({1.}))), (Doubles{0}));
  error_of([&] { return f(array({-1.})); });
  error_of([&] { return f(array({std::nan("")})); });
  error_of([&] { return f(array({0.})); });
  EXPECT_EQ(list<double>(f(array({1.}))), (Doubles{0}));
  EXPECT_TRUE(std::isnan(list<double>(function({x}, T::log(x) * 2)(array({-1.})))[0]));
}

TEST(Modes, C6_1_DebugMode_finds_nothing_wrong_in_sound_graphs) {
  auto x = dmatrix("x");
  auto w = shared(array({1., 2.}), "w");
  auto cost = T::sqr((x * w).sum(1) - 1).mean();
  auto f = function({x}, cost, {.updates = {{w, w - 0.01 * grad(cost, w)}}, .mode = "DebugMode"});
  const double first = f(array({1., 2., 3., 4.}, {2, 2})).item<double>();
  EXPECT_GT(first, f(array({1., 2., 3., 4.}, {2, 2})).item<double>());
}

TEST(Modes, C0_8_empty_arrays_pass_through_every_mode) {
  auto x = dmatrix("x");
  for (const Mode& mode : all_modes()) {
    Outputs out = function({x}, {x * 2 + 1, x.sum(0), T::exp(x.T()), x[slice(0, 0)]},
                           {.mode = mode})(NDArray::zeros({0, 3}));
    EXPECT_EQ(out.array(0).shape(), (Shape{0, 3}));
    EXPECT_EQ(list<double>(out.array(1)), (Doubles{0, 0, 0}));
    EXPECT_EQ(out.array(2).shape(), (Shape{3, 0}));
    EXPECT_EQ(out.array(3).shape(), (Shape{0, 3}));
  }
}

TEST(Modes, C0_8_shapes_may_change_from_call_to_call) {
  auto x = dmatrix("x");
  auto f = function({x}, {T::exp(x * 0) + x.sum(0), x.reshape({-1})[slice(0, 2)]});
  for (std::int64_t n : {1, 7, 64, 3, 1000, 2}) {
    for (std::int64_t m : {2, 1, 33}) {
      Outputs out = f(NDArray::full({n, m}, 1));
      EXPECT_EQ(out.array(0).shape(), (Shape{n, m}));
      EXPECT_EQ(out.array(0).at<double>({n - 1, m - 1}), 1.0 + static_cast<double>(n));
      EXPECT_EQ(out.array(1).size(), static_cast<std::size_t>(std::min<std::int64_t>(2, n * m)));
    }
  }
}

TEST(Modes, C0_8_strided_inputs_of_every_layout_give_the_same_values) {
  auto x = dmatrix("x");
  auto f = function({x}, {x * 2 + 1, x.sum(1), T::max(x, 0)});
  const NDArray base = NDArray::arange(48, float64).reshape({6, 8});
  const NDArray views[] = {
      base.slice({slice(0, 4), slice(0, 4)}), base.transpose().slice({slice(0, 4), slice(0, 4)}),
      base.slice({slice(std::nullopt, std::nullopt, -2), slice(7, std::nullopt, -2)}),
      base.slice({slice(2, 3), slice()}), base.slice({slice(), slice(3, 4)})};
  for (const NDArray& view : views) {
    Outputs strided = f(view), plain = f(view.copy());
    for (std::size_t o = 0; o < 3; ++o)
      EXPECT_EQ(list<double>(strided.array(o)), list<double>(plain.array(o)));
  }
}
