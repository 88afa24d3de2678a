// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/gemm.h"

#include <cmath>

#include "kroton/base/errors.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/blas.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;
using T::Gemm, T::Product;

namespace {
const NDArray a = array({1., 2., 3., 4., 5., 6.}, {2, 3}),
              b = array({1., 0., 2., 1., 0., 3.}, {3, 2});
const NDArray c = array({10., 20., 30., 40.}, {2, 2}), x = array({1., 2., 3.}),
              y = array({5., -5.});
NDArray number(double value, DType d = float64) { return NDArray::full({}, value, d); }
struct Case {
  Product product;
  NDArray c, a, b, wanted;  // 2 a b - 0.5 c
};
// a b = {5, 11, 14, 23}, a x = {14, 32}, x y^T = {{5, -5}, {10, -10}, {15, -15}}
const Case cases[] = {
    {Product::matrices, c, a, b, array({5., 12., 13., 26.}, {2, 2})},
    {Product::with_vector, y, a, x, array({25.5, 66.5})},
    {Product::outer, b, x, y, array({9.5, -10., 19., -20.5, 30., -31.5}, {3, 2})},
};
Variables inputs_of(const Case& one, DType d = float64) {
  Variables all;
  for (const NDArray& value : {one.c, number(2), one.a, one.b, number(-.5)})
    all.push_back(T::tensor(d, std::vector<bool>(value.ndim(), false)));
  return all;
}
Givens givens_of(const Case& one, const Variables& v, DType d = float64) {
  return {{v[0], one.c.copy().astype(d)},
          {v[1], number(2, d)},
          {v[2], one.a.astype(d)},
          {v[3], one.b.astype(d)},
          {v[4], number(-.5, d)}};
}
}  // namespace

TEST(Gemm, adds_a_scaled_product_to_a_scaled_array) {
  for (const Case& one : cases) {
    for (const DType d : {float64, float32, float16, complex64}) {
      const Variables v = inputs_of(one, d);
      const Variable z = Gemm(one.product).make_node(v).outputs()[0];
      for (const char* linker : {"py", "vm"}) {
        const Givens givens = givens_of(one, v, d);
        expect_like(evaluate(z, givens, linker), one.wanted.astype(d));
        expect_like(givens[0].second, one.c.astype(d));
      }
    }
  }
}

TEST(Gemm, in_place_the_result_lies_where_c_was) {
  for (const Case& one : cases) {
    const Variables v = inputs_of(one);
    const Variable z = Gemm(one.product, true).make_node(v).outputs()[0];
    for (const char* linker : {"py", "vm"}) {
      const Givens givens = givens_of(one, v);
      expect_like(evaluate(z, givens, linker), one.wanted);
      const bool is_compiled = std::string(linker) == "vm";
      if (is_compiled || T::blas::find("gemm", float64)) expect_like(givens[0].second, one.wanted);
    }
  }
  EXPECT_EQ(Gemm(Product::matrices, true).destroy_map(), (AliasMap{{0, {0}}}));
  EXPECT_TRUE(Gemm(Product::matrices).destroy_map().empty());
  EXPECT_EQ(Gemm(Product::with_vector).text(), "Gemv{inplace: false}");
  EXPECT_EQ(Gemm(Product::outer, true).text(), "Ger{inplace: true}");
}

TEST(Gemm, in_place_a_view_that_repeats_or_a_factor_is_not_written) {
  const Variable u = T::dmatrix("u"), one = T::dscalar("one");
  const NDArray row = array({1., 2.}, {1, 2});
  const NDArray repeated = row.view(2, Shape{2, 2}.data(), Shape{0, 8}.data());
  const Variable z = Gemm(Product::matrices, true)(u, one, u * 1.0, u * 1.0, one);
  expect_like(evaluate(z, {{u, repeated}, {one, 1.0}}), array({4., 8., 4., 8.}, {2, 2}));
  expect_like(row, array({1., 2.}, {1, 2}));
}

TEST(Gemm, in_place_an_array_that_is_a_factor_too_is_right) {
  const Variable u = T::dmatrix("u"), v = T::dvector("v"), one = T::dscalar("one");
  const NDArray square = array({1., 2., 3., 4.}, {2, 2});
  const Variable z = Gemm(Product::matrices, true)(u, one, u, u.T(), one);
  expect_like(evaluate(z, {{u, square.copy()}, {one, 1.0}}), array({6., 13., 14., 29.}, {2, 2}));
  const Variable w = Gemm(Product::with_vector, true)(v, one, u, v, one);
  expect_like(evaluate(w, {{u, square}, {v, array({1., -1.})}, {one, 1.0}}), array({0., -2.}));
}

TEST(Gemm, in_a_function_it_reads_and_writes_every_layout) {
  for (const DType d : {float64, float32, complex64}) {
    const Case& one = cases[0];
    const Variables v = inputs_of(one, d);
    const Variable z = Gemm(Product::matrices).make_node(v).outputs()[0];
    const auto turned = [](const NDArray& m) { return m.transpose().copy().transpose(); };
    const auto spread = [](const NDArray& m) {
      const NDArray wide = NDArray::zeros({m.shape()[0] * 2, m.shape()[1] * 2}, m.dtype());
      const NDArray part = wide.slice({slice({}, {}, 2), slice({}, {}, 2)});
      assign(part, m);
      return part;
    };
    for (const NDArray& from :
         {one.c.astype(d), turned(one.c.astype(d)), spread(one.c.astype(d))}) {
      for (const NDArray& left :
           {one.a.astype(d), turned(one.a.astype(d)), spread(one.a.astype(d))}) {
        const NDArray kept = from.copy();
        const Givens givens{{v[0], from},
                            {v[1], number(2, d)},
                            {v[2], left},
                            {v[3], one.b.astype(d)},
                            {v[4], number(-.5, d)}};
        expect_like(evaluate(z, givens, "vm"), one.wanted.astype(d));
        expect_like(from.copy(), kept);
      }
    }
  }
}

TEST(Gemm, gradients) {
  for (const Case& one : cases) {
    verify_gradient(
        [&](const Variables& v) {
          return Gemm(one.product).make_node({v[0], v[1], v[2], v[3], v[4]}).outputs()[0];
        },
        {one.c.copy(), number(2), one.a.copy(), one.b.copy(), number(-.5)});
  }
}

TEST(Gemm, wrong_inputs_are_named) {
  const Variable m = T::dmatrix("m"), f = T::fmatrix("f"), s = T::dscalar("s"), v = T::dvector("v");
  CHECK_ERROR(
      TypeError, Gemm(Product::matrices)(m, s, m, f, s),
      "gemm: f is TensorType(float32, matrix); b has 2 dimensions, and all arrays have one dtype, which "
      "is no integer");
  CHECK_ERROR(
      TypeError, Gemm(Product::with_vector)(m, s, m, v, s),
      "gemv: m is TensorType(float64, matrix); c has 1 dimensions, and all arrays have one dtype, which "
      "is no integer");
  const Variable left = T::dmatrix("left"), right = T::dmatrix("right");
  const Variable z = Gemm(Product::matrices)(m, 1.0, left, right, 1.0);
  // Kernels, which multiply where there is no BLAS, name another pair of lengths.
  const bool by_blas = T::blas::find("gemm", float64);
  const auto said = [&](const NDArray& add_to, const NDArray& second, const char* linker) {
    return first_line<ShapeError>(
        [&] { evaluate(z, {{m, add_to}, {left, a}, {right, second}}, linker); });
  };
  for (const char* linker : {"py", "vm"}) {
    const std::string factors = said(c, a, linker), sum = said(b, b, linker);
    EXPECT_TRUE(factors.starts_with("gemm: ") && sum.starts_with("gemm: ")) << factors << sum;
    if (by_blas) {
      EXPECT_EQ(
          factors,
          "gemm: left has shape (2, 3) and right has shape (2, 3); left.shape[1] (3) must equal "
          "right.shape[0] (2)");
      EXPECT_EQ(sum,
                "gemm: left has shape (2, 3) and m has shape (3, 2); left.shape[0] (2) must equal "
                "m.shape[0] (3)");
    }
    expect_like(evaluate(z, {{m, c}, {left, a}, {right, b}}, linker),
                array({15., 31., 44., 63.}, {2, 2}));
  }
}
