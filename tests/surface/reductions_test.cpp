// SPDX-License-Identifier: BSD-3-Clause
// Reductions: axes, options, dtypes, empty axes, ties.
#include "outsider.h"

#include <cmath>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
using outsider::Longs;
namespace T = kroton::tensor;

namespace {
const NDArray& table() {
  static const NDArray a = array({3., 1., 2., 0., 5., 4.}, {2, 3});
  return a;
}
NDArray of_table(Variable (*f)(const Operand&, Axes, ReduceOptions), Axes axes,
                 ReduceOptions options = {}) {
  auto x = dmatrix("x");
  return f(x, axes, options).eval({{x, table()}});
}
}  // namespace

// What reads a part of a result has not the length of what it is made of.
TEST(Reductions, C0_6_parts_of_results_are_read_from_the_whole) {
  auto v = dvector("v"), w = dmatrix("w");
  const NDArray numbers = NDArray::arange(20).astype(float64).reshape({5, 4});
  const NDArray weights = array({1., 2., 3., 4.});
  const Variable sums = T::sum(w, 0);
  const Slice head{{}, -1, {}}, tail{1, {}, {}};
  EXPECT_EQ(list<double>(function({v, w}, (sums + v)[head])(weights, numbers)[0]),
            (Doubles{41, 47, 53}));
  EXPECT_EQ(list<double>(function({v, w}, v[head] + sums[head])(weights, numbers)[0]),
            (Doubles{41, 47, 53}));
  EXPECT_EQ(list<double>(function({v, w}, v[tail] + sums[head])(weights, numbers)[0]),
            (Doubles{42, 48, 54}));
  EXPECT_EQ(list<double>(function({w}, T::sqr(sums)[head])(numbers)[0]),
            (Doubles{1600, 2025, 2500}));
  const Outputs parts = function({w}, {T::sum(w[head], 0), T::max(w, 0)})(numbers);
  EXPECT_EQ(list<double>(parts[0]), (Doubles{24, 28, 32, 36}));
  EXPECT_EQ(list<double>(parts[1]), (Doubles{16, 17, 18, 19}));
  const Outputs rows = function({w}, {T::sum(w[{slice(), head}], 1), T::max(w, 1)})(numbers);
  EXPECT_EQ(list<double>(rows[0]), (Doubles{3, 15, 27, 39, 51}));
  EXPECT_EQ(list<double>(rows[1]), (Doubles{3, 7, 11, 15, 19}));
}

TEST(Reductions, C0_6_axes_are_all_one_or_several) {
  EXPECT_EQ(of_table(T::sum, {}).item<double>(), 15.0);
  EXPECT_EQ(list<double>(of_table(T::sum, 0)), (Doubles{3, 6, 6}));
  EXPECT_EQ(list<double>(of_table(T::sum, -1)), (Doubles{6, 9}));
  EXPECT_EQ(of_table(T::sum, {0, 1}).item<double>(), 15.0);
  EXPECT_EQ(of_table(T::sum, {1}, {.keepdims = true}).shape(), (Shape{2, 1}));
  EXPECT_EQ(of_table(T::sum, {}, {.keepdims = true}).shape(), (Shape{1, 1}));
  EXPECT_EQ(list<double>(of_table(T::prod, 1)), (Doubles{6, 0}));
  EXPECT_EQ(list<double>(of_table(T::max, 0)), (Doubles{3, 5, 4}));
  EXPECT_EQ(list<double>(of_table(T::min, 1)), (Doubles{1, 0}));
  EXPECT_EQ(list<double>(of_table(T::mean, 1)), (Doubles{2, 3}));
  EXPECT_NEAR(of_table(T::var, {}).item<double>(), 35. / 12, 1e-14);
  EXPECT_NEAR(of_table(T::var, 1, {.ddof = 1}).at<double>({0}), 1.0, 1e-14);
  EXPECT_NEAR(of_table(T::std, 1).at<double>({1}), std::sqrt(14. / 3), 1e-14);
  EXPECT_EQ(list<std::int64_t>(of_table(T::argmax, 1)), (Longs{0, 1}));
  EXPECT_EQ(list<std::int64_t>(of_table(T::argmin, 0)), (Longs{1, 0, 0}));
  EXPECT_EQ(of_table(T::argmax, {}).item<int>(), 4);
  EXPECT_EQ(list<bool>(of_table(T::all, 1)), (std::vector<bool>{true, false}));
  EXPECT_EQ(of_table(T::any, {}).item<bool>(), true);
  auto x = dmatrix("x");
  error_of([&] { return x.sum(2); });
  error_of([&] { return x.sum(-3); });
  error_of([&] { return x.sum({0, 0}); });
  error_of([&] { return x.max({1, -1}); });
  EXPECT_EQ(x.sum(-2).ndim(), 1u);
}

TEST(Reductions, C0_6_dtypes_of_results) {
  EXPECT_EQ(bvector().sum().dtype(), int64);
  EXPECT_EQ(T::tensor(bool_, {false}).sum().dtype(), int64);
  EXPECT_EQ(T::tensor(uint8, {false}).sum().dtype(), uint64);
  EXPECT_EQ(fvector().sum().dtype(), float32);
  EXPECT_EQ(cvector().sum().dtype(), complex64);
  EXPECT_EQ(ivector().mean().dtype(), float64);
  EXPECT_EQ(fvector().mean().dtype(), float32);
  EXPECT_EQ(bvector().max().dtype(), int8);
  EXPECT_EQ(bvector().sum({}, {.dtype = int8}).dtype(), int8);
  auto x = bvector("x");
  EXPECT_EQ(x.sum().eval({{x, NDArray::full({1000}, 100, int8)}}).item<int>(), 100000);
  auto f = fvector("f");
  EXPECT_EQ(f.sum().eval({{f, NDArray::full({1 << 20}, 0.1, float32)}}).item<float>(),
            static_cast<float>((1 << 20) * static_cast<double>(0.1f)));
  auto h = T::tensor(float16, {false}, "h");
  EXPECT_EQ(NDArray(h.sum().eval({{h, NDArray::full({4096}, 1, float16)}})).item<double>(), 4096.0);
}

TEST(Reductions, C0_6_empty_axes_give_the_identity_or_an_error) {
  auto x = dmatrix("x");
  const NDArray none = NDArray::zeros({0, 3});
  EXPECT_EQ(list<double>(x.sum(0).eval({{x, none}})), (Doubles{0, 0, 0}));
  EXPECT_EQ(list<double>(T::prod(x, 0).eval({{x, none}})), (Doubles{1, 1, 1}));
  EXPECT_EQ(NDArray(x.sum(1).eval({{x, none}})).shape(), (Shape{0}));
  error_of([&] { return x.max(0).eval({{x, none}}); });
  error_of([&] { return T::argmin(x, 0).eval({{x, none}}); });
  EXPECT_EQ(NDArray(x.max(1).eval({{x, none}})).shape(), (Shape{0}));
  EXPECT_TRUE(std::isnan(x.mean().eval({{x, none}}).item<double>()));
}

TEST(Reductions, C0_6_max_and_argmax_agree) {
  auto x = dmatrix("x");
  auto [most, where_most] = max_and_argmax(x, 1);
  auto f = function({x}, {most, where_most});
  Outputs out = f(table());
  EXPECT_EQ(list<double>(out.array(0)), (Doubles{3, 5}));
  EXPECT_EQ(list<std::int64_t>(out.array(1)), (Longs{0, 1}));
  auto b = bvector("b");
  EXPECT_EQ(T::min(b).eval({{b, array<std::int8_t>({-128, 5})}}).item<int>(), -128);
  EXPECT_EQ(b.argmax().eval({{b, array<std::int8_t>({5, 5, 5})}}).item<int>(), 0);
}

TEST(Reductions, C6_4_the_gradient_of_a_max_is_shared_at_ties) {
  auto x = dvector("x");
  const NDArray tied = array({1., 4., 4., 2.});
  EXPECT_EQ(list<double>(grad(x.max(), x).eval({{x, tied}})), (Doubles{0, .5, .5, 0}));
  EXPECT_EQ(list<double>(grad(T::min(x), x).eval({{x, array({4., 1., 1., 1.})}})),
            (Doubles{0, 1. / 3, 1. / 3, 1. / 3}));
  auto y = dvector("y");
  auto g = grad(T::maximum(x, y).sum(), {x, y});
  Outputs out = function({x, y}, g)(array({1., 2.}), array({1., 1.}));
  EXPECT_EQ(out.array(0).at<double>({0}) + out.array(1).at<double>({0}), 1.0);
  EXPECT_EQ(out.array(0).at<double>({1}), 1.0);
}
