// SPDX-License-Identifier: BSD-3-Clause
// Elementwise functions: dtypes of literals and pairs, integers at their width, values,
// broadcasting.
#include "outsider.h"

#include <cmath>
#include <complex>
#include <functional>
#include <limits>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
using outsider::Longs;
namespace T = kroton::tensor;

namespace {
Variable of(DType d) { return T::tensor(d, {false}, name(d)); }
// f(a, b) of two one-element arrays, or the text of the Error.
template <class X>
std::vector<X> pair_value(const std::function<Variable(Variable, Variable)>& f,
                          const std::vector<X>& a, const std::vector<X>& b) {
  NDArray left = array(a), right = array(b);
  auto x = of(left.dtype()), y = of(right.dtype());
  return list<X>(function({x, y}, f(x, y))(left, right));
}
}  // namespace

TEST(Elementwise, C6_4_integer_literals_take_the_smallest_type) {
  EXPECT_EQ((bvector() + 1).dtype(), int8);
  EXPECT_EQ((bvector() + 127).dtype(), int8);
  EXPECT_EQ((bvector() + 128).dtype(), int16);
  EXPECT_EQ((bvector() * 40000).dtype(), int32);
  EXPECT_EQ((bvector() - (std::int64_t{1} << 40)).dtype(), int64);
  EXPECT_EQ((ivector() + 1).dtype(), int32);
  EXPECT_EQ((fvector() * 2).dtype(), float32);
  EXPECT_EQ((of(float16) * 2).dtype(), float16);
  EXPECT_EQ((dvector() + 1).dtype(), float64);
}

TEST(Elementwise, C6_4_float_literals_widen_only_when_they_must) {
  EXPECT_EQ((fvector() + 0.5).dtype(), float32);
  EXPECT_EQ((fvector() + 0.1).dtype(), float64);
  EXPECT_EQ((fvector() + 0.1f).dtype(), float32);
  EXPECT_EQ((ivector() + 0.1).dtype(), float64);
  base::FlagScope single("floatX", "float32");
  EXPECT_EQ((fvector() + 0.1).dtype(), float32);
  EXPECT_EQ((ivector() / ivector()).dtype(), float32);
}

TEST(Elementwise, C6_4_pairs_of_types_promote_as_NumPy_arrays) {
  const std::tuple<DType, DType, DType> rows[] = {
      {int32, int64, int64},     {int64, uint64, float64},         {int8, uint8, int16},
      {float32, int32, float64}, {float32, int16, float32},        {float16, int8, float16},
      {bool_, bool_, bool_},     {complex64, float64, complex128}, {uint8, uint16, uint16},
      {bool_, int8, int8},       {float16, float32, float32},      {complex64, float32, complex64}};
  for (const auto& [a, b, c] : rows) {
    EXPECT_EQ((of(a) + of(b)).dtype(), c) << name(a) << " + " << name(b);
    EXPECT_EQ((of(b) + of(a)).dtype(), c) << name(b) << " + " << name(a);
  }
  EXPECT_EQ((of(int32) / of(int32)).dtype(), float64);
  EXPECT_EQ((of(int32) < of(float32)).dtype(), bool_);
  EXPECT_EQ(T::sqrt(of(int8)).dtype(), float32);
  EXPECT_EQ(T::exp(of(int64)).dtype(), float64);
  EXPECT_EQ(T::abs(of(complex64)).dtype(), float32);
  EXPECT_EQ(T::isnan(of(float32)).dtype(), bool_);
}

TEST(Elementwise, C6_4_division_is_true_also_of_integers) {
  auto x = lvector("x");
  EXPECT_EQ(list<double>(NDArray((x / 2).eval({{x, array({1, -3})}}))), (Doubles{.5, -1.5}));
  EXPECT_TRUE(std::isinf(list<double>(NDArray((x / 0).eval({{x, array({1})}})))[0]));
  EXPECT_EQ(list<std::int64_t>(NDArray(T::int_div(x, 2).eval({{x, array({3, -3})}}))),
            (Longs{1, -2}));
  EXPECT_EQ(list<std::int64_t>(NDArray(T::floor_div(x, 2).eval({{x, array({3, -3})}}))),
            (Longs{1, -2}));
  EXPECT_EQ(list<std::int64_t>(NDArray((x % 3).eval({{x, array({4, -4})}}))), (Longs{1, 2}));
  auto d = dvector("d");
  EXPECT_EQ(list<double>(NDArray((d % 3.).eval({{d, array({4., -4.})}}))), (Doubles{1, 2}));
  EXPECT_EQ(list<double>(NDArray(T::floor_div(d, 2.).eval({{d, array({3., -3.})}}))),
            (Doubles{1, -2}));
}

TEST(Elementwise, C6_4_integer_division_by_zero_is_no_signal_and_the_minimum_wraps) {
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min();
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE", "py"}) {
    auto x = lvector("x"), y = lvector("y");
    auto f = function({x, y}, {T::floor_div(x, y), x % y}, {.mode = mode});
    try {
      Outputs out = f(array({7, -7}), array({0, 0}));
      EXPECT_EQ(list<std::int64_t>(out.array(0)), (Longs{0, 0}));
      EXPECT_EQ(list<std::int64_t>(out.array(1)), (Longs{0, 0}));
    } catch (const Error&) {
    }
    Outputs out = f(array<std::int64_t>({low, 7}), array<std::int64_t>({-1, 2}));
    EXPECT_EQ(list<std::int64_t>(out.array(0)), (Longs{low, 3}));
    EXPECT_EQ(list<std::int64_t>(out.array(1)), (Longs{0, 1}));
    auto b = bvector("b");
    EXPECT_EQ(list<std::int8_t>(
                  function({b}, T::floor_div(b, -1), {.mode = mode})(array<std::int8_t>({-128}))),
              (std::vector<std::int8_t>{-128}));
  }
}

TEST(Elementwise, C6_4_integers_wrap_at_their_own_width) {
  using U8 = std::uint8_t;
  using I8 = std::int8_t;
  EXPECT_EQ(pair_value<U8>([](Variable x, Variable y) { return x + y; }, {200}, {100}),
            (std::vector<U8>{44}));
  EXPECT_EQ(pair_value<U8>([](Variable x, Variable y) { return x - y; }, {1}, {2}),
            (std::vector<U8>{255}));
  EXPECT_EQ(pair_value<I8>([](Variable x, Variable y) { return x * y; }, {100}, {2}),
            (std::vector<I8>{-56}));
  EXPECT_EQ(pair_value<I8>([](Variable x, Variable y) { return -x + y; }, {-128}, {0}),
            (std::vector<I8>{-128}));
  EXPECT_EQ(pair_value<I8>([](Variable x, Variable y) { return T::abs(x) + y; }, {-128}, {0}),
            (std::vector<I8>{-128}));
  const std::int64_t high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(pair_value<std::int64_t>([](Variable x, Variable y) { return x + y; }, {high}, {1}),
            (Longs{-high - 1}));
  EXPECT_EQ(
      pair_value<std::int64_t>([](Variable x, Variable y) { return T::pow(x, y); }, {3}, {39}),
      (Longs{4052555153018976267}));
  EXPECT_EQ(pair_value<U8>([](Variable x, Variable y) { return (x / y > 0) * x; }, {9}, {3}),
            (std::vector<U8>{9}));
  EXPECT_EQ(pair_value<std::uint64_t>([](Variable x, Variable y) { return T::floor_div(x, y); },
                                      {UINT64_MAX}, {2}),
            (std::vector<std::uint64_t>{UINT64_MAX / 2}));
  EXPECT_EQ(pair_value<std::int32_t>(
                [](Variable x, Variable y) { return (x & y) + (x | y) + (x ^ y); }, {12}, {10}),
            (std::vector<std::int32_t>{8 + 14 + 6}));
  EXPECT_EQ(
      pair_value<std::int32_t>([](Variable x, Variable y) { return ~x + T::invert(y); }, {0}, {5}),
      (std::vector<std::int32_t>{-7}));
}

TEST(Elementwise, C6_4_maximum_and_minimum_propagate_NaN) {
  const double nan = std::nan("");
  for (const char* mode : {"FAST_RUN", "py"}) {
    auto x = dvector("x"), y = dvector("y");
    auto f =
        function({x, y}, {T::maximum(x, y), T::minimum(x, y), x.max(), T::min(x)}, {.mode = mode});
    Outputs out = f(array({nan, 1., 2.}), array({1., nan, 3.}));
    EXPECT_TRUE(std::isnan(out.array(0).at<double>({0})) &&
                std::isnan(out.array(0).at<double>({1})));
    EXPECT_TRUE(std::isnan(out.array(1).at<double>({0})) &&
                std::isnan(out.array(1).at<double>({1})));
    EXPECT_EQ(out.array(0).at<double>({2}), 3.0);
    EXPECT_EQ(out.array(1).at<double>({2}), 2.0);
    EXPECT_TRUE(std::isnan(out.item<double>(2)) && std::isnan(out.item<double>(3)));
  }
}

TEST(Elementwise, C0_6_functions_have_the_values_of_the_standard_library) {
  const double at = 0.625;
  auto x = dscalar("x");
  const std::pair<Variable, double> rows[] = {{T::abs(-x), at},
                                              {T::sgn(-x), -1},
                                              {T::neg(x), -at},
                                              {T::sqr(x), at * at},
                                              {T::sqrt(x), std::sqrt(at)},
                                              {T::exp(x), std::exp(at)},
                                              {T::exp2(x), std::exp2(at)},
                                              {T::expm1(x), std::expm1(at)},
                                              {T::log(x), std::log(at)},
                                              {T::log2(x), std::log2(at)},
                                              {T::log10(x), std::log10(at)},
                                              {T::log1p(x), std::log1p(at)},
                                              {T::sin(x), std::sin(at)},
                                              {T::cos(x), std::cos(at)},
                                              {T::tan(x), std::tan(at)},
                                              {T::arcsin(x), std::asin(at)},
                                              {T::arccos(x), std::acos(at)},
                                              {T::arctan(x), std::atan(at)},
                                              {T::sinh(x), std::sinh(at)},
                                              {T::cosh(x), std::cosh(at)},
                                              {T::tanh(x), std::tanh(at)},
                                              {T::arcsinh(x), std::asinh(at)},
                                              {T::arccosh(x + 1), std::acosh(at + 1)},
                                              {T::arctanh(x), std::atanh(at)},
                                              {T::ceil(x), 1},
                                              {T::floor(-x), -1},
                                              {T::trunc(-x), 0},
                                              {T::round(x * 4), 2},
                                              {T::inv(x), 1 / at},
                                              {T::deg2rad(x), at * (std::acos(-1.) / 180)},
                                              {T::rad2deg(x), at * (180 / std::acos(-1.))},
                                              {T::arctan2(x, -1.), std::atan2(at, -1.)},
                                              {T::pow(x, 3.5), std::pow(at, 3.5)},
                                              {T::true_div(x, 3), at / 3},
                                              {T::add(x, 1), at + 1},
                                              {T::sub(x, 1), at - 1},
                                              {T::mul(x, 3), at * 3},
                                              {T::mod(-x, 1), .375}};
  for (const auto& [y, expected] : rows) {
    const double value = y.eval({{x, at}}).item<double>();
    EXPECT_NEAR(value, expected, 1e-14 * std::max(1., std::abs(expected))) << debugprint(y);
  }
}

TEST(Elementwise, C0_6_complex_numbers_compute) {
  using C = std::complex<double>;
  auto z = zvector("z");
  const C at(1.5, -2);
  auto f = function({z}, {z * z, z / (z + 1), T::exp(z), T::abs(z), -z, T::sqrt(z)});
  Outputs out = f(array<C>({at}));
  const C expected[] = {at * at, at / (at + 1.), std::exp(at), std::abs(at), -at, std::sqrt(at)};
  for (std::size_t i : {0u, 1u, 2u, 4u, 5u})
    EXPECT_LT(std::abs(out.array(i).at<C>({0}) - expected[i]), 1e-13) << i;
  EXPECT_NEAR(out.array(3).at<double>({0}), std::abs(at), 1e-14);
  error_of<TypeError>([&] { return z < z; });
  error_of<TypeError>([&] { return T::floor(z); });
}

TEST(Elementwise, C0_6_wrong_types_are_errors_when_the_graph_is_built) {
  error_of<TypeError>([] { return dvector() & dvector(); });
  error_of<TypeError>([] { return ~dvector(); });
  error_of<TypeError>([] { return of(bool_) - of(bool_); });
  error_of<TypeError>([] { return generic("g") * 2; });
  error_of<TypeError>([] { return -of(bool_); });
  EXPECT_EQ((~of(bool_)).dtype(), bool_);
}

TEST(Elementwise, C6_11_only_flagged_axes_stretch) {
  auto m = dmatrix("m"), n = dmatrix("n"), r = drow("r"), c = dcol("c");
  auto v = dvector("v");
  const NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  EXPECT_EQ(list<double>(function({m, r}, m + r)(a, array({10., 20., 30.}, {1, 3}))),
            (Doubles{10, 21, 32, 13, 24, 35}));
  EXPECT_EQ(list<double>(function({m, v}, m * v)(a, array({1., 0., 2.}))),
            (Doubles{0, 0, 4, 3, 0, 10}));
  EXPECT_EQ(function({c, r}, c + r)(NDArray::zeros({4, 1}), NDArray::zeros({1, 5})).array().shape(),
            (Shape{4, 5}));
  auto f = function({m, n}, m + n);
  const std::string text = error_of<ShapeError>([&] { return f(a, NDArray::zeros({1, 3})); });
  EXPECT_HAS(text, "(2, 3)");
  EXPECT_HAS(text, "(1, 3)");
  EXPECT_HAS(text, "elementwise_test.cpp");
  error_of<ShapeError>([&] { return f(a, NDArray::zeros({2, 4})); });
  error_of<ShapeError>([&] { return f(a, NDArray::zeros({0, 3})); });
  EXPECT_EQ(f(a, a).array().at<double>({1, 2}), 10.0);
  EXPECT_EQ(function({m, v}, m + v)(NDArray::zeros({0, 3}), NDArray::zeros({3})).array().shape(),
            (Shape{0, 3}));
  EXPECT_EQ((m + r).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ((r + r).broadcastable(), (std::vector<bool>{true, false}));
  error_of<TypeError>([&] { return function({r}, r)(NDArray::zeros({2, 3})); });
}
