// SPDX-License-Identifier: BSD-3-Clause
// Indexing of variables against the same indexing of host arrays, and writing into parts.
#include "outsider.h"

#include <functional>

using namespace kroton;
using outsider::Doubles;
using outsider::error_of;
using outsider::list;
using outsider::Longs;
namespace T = kroton::tensor;

namespace {
const NDArray& cube() {
  static const NDArray a = NDArray::arange(24, float64).reshape({2, 3, 4});
  return a;
}
NDArray of_cube(const std::function<Variable(Variable)>& f) {
  auto x = dtensor3("x");
  return f(x).eval({{x, cube()}});
}
}  // namespace

TEST(Indexing, C0_6_basic_indices_are_those_of_arrays){
#define SAME(...)                                                                 \
  {                                                                               \
    const NDArray got = of_cube([](Variable x) { return x[{__VA_ARGS__}] * 1; }); \
    const NDArray expected = cube().slice({__VA_ARGS__});                         \
    EXPECT_EQ(got.shape(), expected.shape()) << #__VA_ARGS__;                     \
    EXPECT_EQ(list<double>(got), list<double>(expected)) << #__VA_ARGS__;         \
  }
    SAME(1) SAME(-1, 2) SAME(1, 2, 3) SAME(slice(1)) SAME(slice(), slice(0, 2))
        SAME(slice(), slice(-2, std::nullopt), slice(std::nullopt, -1)) SAME(ellipsis, 0)
            SAME(0, ellipsis, slice(3, 0, -1)) SAME(newaxis, 1, newaxis, ellipsis, newaxis)
                SAME(slice(std::nullopt, std::nullopt, -1), slice(5, std::nullopt, -2))
                    SAME(slice(0, 0)) SAME(slice(1, 100), slice(-100, 2)) SAME(slice(), slice(2, 1))
#undef SAME
}

TEST(Indexing, parts_that_were_set_are_reduced_and_gathered) {
  auto v = dvector("v");
  auto set = T::set_subtensor(v[{slice(1, -1)}], 7.0);
  auto f =
      function({v}, {T::max(set, 0), T::min(set, 0), T::take(set, array({0, 1, -1}), 0), set * 2});
  Outputs out = f(array({1., 2., 3., 9.}));
  EXPECT_EQ(out.item<double>(0), 9.0);
  EXPECT_EQ(out.item<double>(1), 1.0);
  EXPECT_EQ(list<double>(out.array(2)), (Doubles{1, 7, 9}));
  EXPECT_EQ(list<double>(out.array(3)), (Doubles{2, 14, 14, 18}));
}

TEST(Indexing, C0_6_symbolic_indices_follow_their_values) {
  auto x = dvector("x");
  auto i = lscalar("i"), j = iscalar("j");
  const NDArray a = array({0., 10., 20., 30., 40.});
  auto f = function({x, i, j}, {x[i], x[slice(i, j)], x[slice(j, i, -1)], x[slice(std::nullopt, j)],
                                x[slice(i, std::nullopt, 2)]});
  Outputs out = f(a, 1, 4);
  EXPECT_EQ(out.item<double>(0), 10.0);
  EXPECT_EQ(list<double>(out.array(1)), (Doubles{10, 20, 30}));
  EXPECT_EQ(list<double>(out.array(2)), (Doubles{40, 30, 20}));
  EXPECT_EQ(list<double>(out.array(3)), (Doubles{0, 10, 20, 30}));
  EXPECT_EQ(list<double>(out.array(4)), (Doubles{10, 30}));
  out = f(a, -5, -1);
  EXPECT_EQ(out.item<double>(0), 0.0);
  EXPECT_EQ(list<double>(out.array(1)), (Doubles{0, 10, 20, 30}));
  error_of([&] { return f(a, 5, 1); });
  error_of([&] { return f(a, -6, 1); });
  EXPECT_EQ(f(a, 4, 1).item<double>(0), 40.0);
  auto k = dscalar("k");
  error_of<TypeError>([&] { return x[k]; });
}

TEST(Indexing, C0_6_wrong_indices_are_errors) {
  auto x = dmatrix("x");
  error_of([&] { return x[{0, 0, 0}]; });
  error_of([&] { return x[{ellipsis, ellipsis}]; });
  error_of([&] { return dscalar("s")[0]; });
  error_of([&] { return function({x}, x[slice(0, 2, 0)])(NDArray::zeros({2, 2})); });
  error_of([&] { return function({x}, x[3])(NDArray::zeros({2, 2})); });
  error_of([&] { return x[generic("g")]; });
  error_of([&] { return x[Variable()]; });
  EXPECT_EQ(function({x}, x[1])(NDArray::zeros({2, 2})).array().shape(), (Shape{2}));
}

TEST(Indexing, C0_6_slices_keep_flags_as_the_original_does) {
  auto r = drow("r");
  EXPECT_EQ((r[{slice(0, 1)}].broadcastable()), (std::vector<bool>{true, false}));
  EXPECT_EQ((r[{slice(), slice(0, 1)}].broadcastable()), (std::vector<bool>{true, false}));
  EXPECT_EQ((dvector("v")[{newaxis, slice(0, 1)}].broadcastable()),
            (std::vector<bool>{true, false}));
}

TEST(Indexing, C0_6_parts_are_set_and_increased_in_a_new_tensor) {
  auto x = dvector("x");
  const NDArray a = array({1., 2., 3., 4.});
  auto at = [&](const Variable& y) { return list<double>(y.eval({{x, a}})); };
  EXPECT_EQ(at(set_subtensor(x[1], 20.)), (Doubles{1, 20, 3, 4}));
  EXPECT_EQ(at(set_subtensor(x[slice(0, 2)], array({7., 8.}))), (Doubles{7, 8, 3, 4}));
  EXPECT_EQ(at(inc_subtensor(x[slice(std::nullopt, std::nullopt, 2)], 10)),
            (Doubles{11, 2, 13, 4}));
  EXPECT_EQ(at(set_subtensor(x[slice(1, 3)], x[slice(0, 2)])), (Doubles{1, 1, 2, 4}));
  EXPECT_EQ(list<double>(a), (Doubles{1, 2, 3, 4}));
  auto m = dmatrix("m");
  const NDArray b = NDArray::zeros({2, 3});
  EXPECT_EQ(list<double>(inc_subtensor(m[{slice(), 1}], array({1., 2.})).eval({{m, b}})),
            (Doubles{0, 1, 0, 0, 2, 0}));
  EXPECT_EQ(list<double>(set_subtensor(m[1], 5.).eval({{m, b}})), (Doubles{0, 0, 0, 5, 5, 5}));
  error_of([&] { return set_subtensor(x, 1.); });
  error_of([&] { return set_subtensor(x[0], array({1., 2.})); });
  error_of([&] { return set_subtensor(x[slice(0, 2)], array({1., 2., 3.})).eval({{x, a}}); });
  error_of([&] { return set_subtensor(x[9], 1.).eval({{x, a}}); });
  error_of<TypeError>([&] { return set_subtensor(lvector("l")[0], 1.5); });
}
