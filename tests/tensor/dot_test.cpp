// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/dot.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/shape.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
// Values below are NumPy's.
const NDArray a = array({.5, 1., 1.5, 2., 2.5, 3.}, {2, 3});
NDArray b() {
  NDArray out = NDArray::arange(12, float64).reshape({3, 4});
  for (double& x : out.span<double>()) x -= 5;
  return out;
}
const NDArray ab = array({1., 4., 7., 10., -3.5, 4., 11.5, 19.}, {2, 4});
NDArray product(const NDArray& x, const NDArray& y, const char* linker = "vm") {
  const auto typed = [](const NDArray& value) {
    return T::tensor(value.dtype(), std::vector<bool>(value.ndim(), false));
  };
  const Variable u = typed(x), v = typed(y);
  return evaluate(T::dot(u, v), {{u, x}, {v, y}}, linker);
}
}  // namespace

TEST(Dot, multiplies_matrices_and_vectors) {
  for (const char* linker : {"py", "vm"}) {
    expect_like(product(a, b(), linker), ab);
    expect_like(product(a, array({1., -2., 3.}), linker), array({3., 6.}));
    expect_like(product(array({1., -2.}), a, linker), array({-3.5, -4., -4.5}));
    expect_like(product(array({1., -2., 3.}), array({4., 5., 6.}), linker), NDArray::full({}, 12));
  }
}

TEST(Dot, takes_every_dtype) {
  for (const DType d :
       {int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128}) {
    const NDArray x = array({1., 2., 3., -4., 5., 6.}, {2, 3}).astype(d);
    const NDArray y = array({7., 8., -9., 10., 11., 12.}, {3, 2}).astype(d);
    expect_like(product(x, y, "py"), array({22., 64., -7., 90.}, {2, 2}).astype(d));
    expect_like(product(x, array({1., 0., 2.}).astype(d), "py"), array({7., 8.}).astype(d));
  }
  const NDArray z = array<std::complex<double>>({{1, 2}, 3, 0, {0, 1}}, {2, 2});
  expect_like(product(z, z), array<std::complex<double>>({{-3, 4}, {3, 9}, 0, -1}, {2, 2}));
}

TEST(Dot, integers_wrap_bools_are_ors_of_ands_and_halves_are_summed_wide) {
  const NDArray i = array<std::int8_t>({100, 50, -3, 7}, {2, 2});
  expect_like(product(i, i), array<std::int8_t>({122, -26, -65, -101}, {2, 2}));
  const NDArray flags = array<bool>({true, false, false, false}, {2, 2});
  expect_like(product(flags, flags.transpose()), flags);
  expect_like(product(flags, array<bool>({true, true})), array<bool>({true, false}));
  const NDArray h = array({1.5, 2., 3., -.1}, {2, 2}).astype(float16);
  expect_like(product(h, h),
              array({8.25, 2.80078125, 4.19921875, 6.01171875}, {2, 2}).astype(float16));
  // 4096 ones summed in float16 itself would stay at 2048.
  const NDArray ones = NDArray::full({1, 4096}, 1, float16);
  EXPECT_EQ(product(ones, ones.transpose()).astype(float32).item<float>(), 4096);
}

TEST(Dot, promotes_mixed_dtypes) {
  expect_like(product(a, array<int>({1, -2, 3})), array({3., 6.}));
  EXPECT_EQ(T::dot(T::fmatrix(), T::imatrix()).dtype(), float64);
  EXPECT_EQ(T::dot(T::bmatrix(), T::fmatrix()).dtype(), float32);
  EXPECT_EQ(T::dot(T::fmatrix(), T::cmatrix()).dtype(), complex64);
}

TEST(Dot, takes_views_as_they_are) {
  const NDArray wide = NDArray::arange(48, float64).reshape({6, 8});
  const auto reference = [](const NDArray& x, const NDArray& y) {
    NDArray z = NDArray::zeros({x.shape()[0], y.shape()[1]});
    for (std::int64_t i = 0; i < x.shape()[0]; ++i)
      for (std::int64_t j = 0; j < y.shape()[1]; ++j)
        for (std::int64_t k = 0; k < x.shape()[1]; ++k)
          z.at<double>({i, j}) += x.at<double>({i, k}) * y.at<double>({k, j});
    return z;
  };
  const std::vector<NDArray> views = {
      wide.slice({slice(0, 4), slice(2, 6)}), wide.slice({slice(0, 4), slice(0, 4)}).transpose(),
      wide.slice({slice(1, 5), slice(0, 8, 2)}), wide.slice({slice({}, 1, -1), slice(4, 0, -1)}),
      wide.slice({slice(0, 1), slice(0, 4)}).view(2, Shape{4, 4}.data(), Shape{0, 8}.data())};
  for (const NDArray& x : views) {
    for (const NDArray& y : views) expect_like(product(x, y), reference(x, y));
    const NDArray v = wide.slice({slice(0, 4), 3}), backward = wide.slice({2, slice(7, 3, -1)});
    for (const NDArray& w : {v, backward}) {
      expect_like(product(x, w), reference(x, w.reshape({4, 1})).reshape({4}));
      expect_like(product(w, x), reference(w.reshape({1, 4}), x).reshape({4}));
    }
  }
}

TEST(Dot, of_nothing_is_zero_or_nothing) {
  expect_like(product(NDArray::zeros({2, 0}), NDArray::zeros({0, 3})), NDArray::zeros({2, 3}));
  expect_like(product(NDArray::zeros({2, 0}), NDArray::zeros({0})), NDArray::zeros({2}));
  expect_like(product(NDArray::zeros({0}), NDArray::zeros({0, 2})), NDArray::zeros({2}));
  expect_like(product(NDArray::zeros({0}), NDArray::zeros({0})), NDArray::zeros({}));
  EXPECT_EQ(product(NDArray::zeros({0, 3}), NDArray::zeros({3, 2})).shape(), (Shape{0, 2}));
}

TEST(Dot, numbers_scale_and_more_axes_are_summed_as_numpy_does) {
  const Variable x = T::dtensor3("x"), y = T::dmatrix("y"), w = T::dtensor3("w"),
                 s = T::dscalar("s");
  const NDArray vx = NDArray::arange(24, float64).reshape({2, 3, 4});
  NDArray vy = NDArray::arange(12, float64).reshape({4, 3});
  for (double& v : vy.span<double>()) v -= 3;
  NDArray vw = NDArray::arange(40, float64).reshape({5, 4, 2});
  for (double& v : vw.span<double>()) v /= 4;
  expect_like(evaluate(T::dot(x, y), {{x, vx}, {y, vy}}),
              array({24., 30., 36., 48., 70., 92., 72., 110., 148., 96., 150., 204., 120., 190.,
                     260., 144., 230., 316.},
                    {2, 3, 3}));
  const NDArray high = evaluate(x.dot(w), {{x, vx}, {w, vw}});
  EXPECT_EQ(high.shape(), (Shape{2, 3, 5, 2}));
  EXPECT_EQ(high.at<double>({1, 2, 3, 0}), 583);
  EXPECT_EQ(high.at<double>({1, 2, 3, 1}), 604.5);
  expect_like(evaluate(T::dot(y, s), {{y, a}, {s, 2.0}}), array({1., 2., 3., 4., 5., 6.}, {2, 3}));
  expect_like(evaluate(T::outer(array({1., 2.}), array({3., 4., 5.}))),
              array({3., 4., 5., 6., 8., 10.}, {2, 3}));
  expect_like(evaluate(T::outer(y, 2.0), {{y, a}}), array({1., 2., 3., 4., 5., 6.}, {6, 1}));
}

TEST(Dot, gradients_and_directional_derivatives) {
  const auto f = [](const Variables& v) { return T::dot(v[0], v[1]); };
  verify_gradient(f, {weights({2, 3}), weights({3, 4}, 2)});
  verify_gradient(f, {weights({2, 3}), weights({3}, 2)});
  verify_gradient(f, {weights({2}), weights({2, 3}, 2)});
  verify_gradient(f, {weights({3}), weights({3}, 2)});
  verify_gradient(f, {weights({1, 3}), weights({3, 1}, 2)});
  verify_gradient(f, {weights({2, 1}), weights({1, 3}, 2)});
  verify_gradient(f, {weights({2, 3, 2}), weights({2, 2}, 2)});
  verify_gradient([](const Variables& v) { return T::outer(v[0], v[1]); },
                  {weights({2}), weights({3}, 2)});
}

TEST(Dot, the_gradient_of_complex_factors_is_conjugated) {
  const Variable x = T::zvector("x"), y = T::zvector("y");
  const Variable cost = T::sum(T::sqr(T::abs(T::dot(x, y))));
  const NDArray vx = array<std::complex<double>>({{1, 2}, {0, 1}});
  const NDArray vy = array<std::complex<double>>({{3, -1}, {2, 0}});
  // z = x.y = 5 + 7i; a step along 2 z conj(y) is steepest.
  const NDArray g = evaluate(grad(cost, x), {{x, vx}, {y, vy}});
  expect_like(g, array<std::complex<double>>({{16, 52}, {20, 28}}), 1e-14);
}

TEST(Dot, shapes_and_flags_are_known_before_it_runs) {
  const Variable x = T::dmatrix("x"), row = T::drow("row"), col = T::dcol("col");
  EXPECT_EQ(T::dot(x, col).broadcastable(), (std::vector<bool>{false, true}));
  EXPECT_EQ(T::dot(row, col).broadcastable(), (std::vector<bool>{true, true}));
  const Variable z = T::dot(x, row.T());
  const Shapes shapes = z.owner().op().infer_shape(
      z.owner(),
      {{{ShapeExpr::extent(x, 0), ShapeExpr::extent(x, 1)}}, {{ShapeExpr(7), ShapeExpr(1)}}});
  EXPECT_TRUE((*shapes[0])[0].same_as(ShapeExpr::extent(x, 0)));
  EXPECT_EQ((*shapes[0])[1].constant(), 1);
}

TEST(Dot, wrong_factors_are_named_when_the_graph_is_built) {
  CHECK_ERROR(TypeError, T::dot(generic("g"), T::dmatrix("x")),
              "dot: g is Generic; an array or a number is needed");
  CHECK_ERROR(
      TypeError, T::dot(NDArray::zeros({3, 4}), NDArray::zeros({5, 2})),
      "dot: x is float64 (3, 4) and y is float64 (5, 2); x.shape[1] (4) must equal y.shape[0] (5)");
  CHECK_ERROR(
      TypeError, T::dot(T::fcol("c"), NDArray::zeros({2})),
      "dot: x is float64 (?, 1) and y is float64 (2,); x.shape[1] (1) must equal y.shape[0] (2)");
  CHECK_ERROR(
      TypeError, T::Dot().make_node({T::dtensor3("x"), T::dmatrix("y")}),
      "dot: x is TensorType(float64, 3D); Dot takes vectors and matrices, the function dot() the rest");
  EXPECT_EQ(T::dot(NDArray::zeros({3, 4}), NDArray::zeros({4, 2})).ndim(), 2u);
}

TEST(Dot, lengths_that_differ_are_named_when_it_runs) {
  const Variable x = T::dmatrix("x"), y = T::dmatrix("y"), i = T::lmatrix("i");
  const Variable z = T::dot(x, y);
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(
        first_line<ShapeError>([&] { evaluate(z, {{x, a}, {y, a}}, linker); }),
        "dot: x has shape (2, 3) and y has shape (2, 3); x.shape[1] (3) must equal y.shape[0] (2)");
    EXPECT_EQ(
        first_line<ShapeError>(
            [&] { evaluate(T::dot(i, i), {{i, NDArray::zeros({2, 3}, int64)}}, linker); }),
        "dot: i has shape (2, 3) and i has shape (2, 3); i.shape[1] (3) must equal i.shape[0] (2)");
    expect_like(evaluate(z, {{x, a}, {y, b()}}, linker), ab);
  }
}
