// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/matrix_product.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "kroton/base/config.h"
#include "kroton/base/parallel.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/detail/onednn.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
using tensor::Factor;

namespace {
NDArray random_array(Shape shape, std::uint64_t seed, DType dtype = float64) {
  NDArray out = NDArray::zeros(shape);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (double& x : out.span<double>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x = static_cast<double>(state >> 40) / 8388608.0 - 1;
  }
  return out.astype(dtype);
}
// alpha a b + beta c by plain loops.
NDArray by_loops(double alpha, const NDArray& a, const NDArray& b, double beta, const NDArray& c) {
  NDArray out = NDArray::zeros(c.shape());
  for (std::int64_t i = 0; i < c.shape()[0]; ++i) {
    for (std::int64_t j = 0; j < c.shape()[1]; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < a.shape()[1]; ++k)
        sum += a.at<double>({i, k}) * b.at<double>({k, j});
      out.at<double>({i, j}) = alpha * sum + (beta == 0 ? 0 : beta * c.at<double>({i, j}));
    }
  }
  return out;
}
void expect_near(const NDArray& got, const NDArray& wanted, double by = 1e-10) {
  ASSERT_EQ(got.shape(), wanted.shape());
  const auto a = got.astype(float64).to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], by) << i;
}
ArrayLayout layout(const NDArray& a) {
  return {a.dtype(), a.ndim(), a.shape_data(), a.strides_data()};
}
// Along an axis, as BLAS needs it.
bool has_neighbours(const NDArray& a) {
  const std::int64_t *strides = a.strides_data(), size = static_cast<std::int64_t>(a.itemsize());
  return (strides[0] == size && strides[1] > 0) || (strides[1] == size && strides[0] > 0);
}
// Every layout of an (m, n) matrix with the same elements.
std::vector<NDArray> layouts(const NDArray& a) {
  const std::int64_t m = a.shape()[0], n = a.shape()[1];
  std::vector<NDArray> all{a.copy(), a.transpose().copy().transpose()};
  for (const Slice& step : {slice({}, {}, 2), slice({}, {}, -2)}) {
    const NDArray wide = NDArray::zeros({2 * m, 2 * n}, a.dtype());
    all.push_back(wide.slice({step, step}));
    assign(all.back(), a);
  }
  const NDArray rows = NDArray::zeros({m, n + 3}, a.dtype());
  all.push_back(rows.slice({slice(), slice(1, n + 1)}));
  assign(all.back(), a);
  return all;
}
struct Deterministic {
  Deterministic() { base::set_flag("deterministic", "more"); }
  ~Deterministic() { base::set_flag("deterministic", "default"); }
};
}  // namespace

TEST(MatrixProduct, every_layout_of_factors_and_result_gives_the_same) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const NDArray a = random_array({5, 7}, 1), b = random_array({7, 3}, 2),
                c = random_array({5, 3}, 3);
  const NDArray wanted = by_loops(-1.5, a, b, 0.5, c);
  const double alpha = -1.5, beta = 0.5;
  for (const NDArray& x : layouts(a)) {
    for (const NDArray& y : layouts(b)) {
      for (const NDArray& z : layouts(c)) {
        assign(z, c);
        tensor::gemm(-1.5, x, y, 0.5, z);
        expect_near(z.copy(), wanted);
        const auto prepared = tensor::prepared_gemm(layout(x), layout(y), layout(z));
        EXPECT_EQ(prepared != nullptr, has_neighbours(x) && has_neighbours(y) && has_neighbours(z));
        if (!prepared) continue;
        assign(z, c);
        prepared(&alpha, x.raw(), y.raw(), &beta, z.raw());
        expect_near(z.copy(), wanted);
      }
    }
  }
}

TEST(MatrixProduct, float32_products_of_any_layout_are_right_whichever_library_multiplies) {
  if (!tensor::multiplies(float32)) GTEST_SKIP() << "there is no BLAS";
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // The first is one that oneDNN takes where it is installed, turned or not, the second is not.
  for (const std::int64_t k : {131, 100}) {
    const NDArray a = random_array({33, k}, 1), b = random_array({k, 257}, 2),
                  c = random_array({33, 257}, 3);
    const NDArray sums = by_loops(-1.5, a, b, 0.5, c), products = by_loops(2, a, b, 0, c);
    for (const NDArray& x : layouts(a.astype(float32))) {
      for (const NDArray& y : layouts(b.astype(float32))) {
        for (const NDArray& z : layouts(c.astype(float32))) {
          tensor::gemm(-1.5, x, y, 0.5, z);
          expect_near(z.copy(), sums, 1e-4);
          assign(z, NDArray::full({33, 257}, nan, float32));
          tensor::gemm(2, x, y, 0, z);
          expect_near(z.copy(), products, 1e-4);
        }
      }
    }
  }
}

TEST(MatrixProduct, onednn_multiplies_where_it_is_ahead) {
  if (tensor::onednn::describe().empty()) GTEST_SKIP() << "oneDNN is not installed";
  const auto ahead = [](bool a_turned, bool b_turned, std::int64_t m, std::int64_t n,
                        std::int64_t k) {
    return tensor::onednn::is_ahead(
        {a_turned, b_turned, m, n, k, a_turned ? m : k, b_turned ? k : n, n});
  };
  EXPECT_TRUE(ahead(false, false, 33, 257, 131));
  EXPECT_TRUE(ahead(true, false, 512, 64, 1024));
  EXPECT_TRUE(ahead(false, true, 64, 256, 1024));
  EXPECT_FALSE(ahead(false, false, 1000, 1000, 100));
  EXPECT_FALSE(ahead(false, false, 16, 16, 1024));
  EXPECT_FALSE(ahead(true, false, 1024, 64, 1024));
  EXPECT_FALSE(ahead(false, true, 64, 64, 1024));
  EXPECT_FALSE(ahead(true, true, 512, 512, 512));
  const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  float c[] = {1, 1, 1, 1};
  // (1 2; 3 4)^T (5 6; 7 8) = (26 30; 38 44)
  EXPECT_TRUE(tensor::onednn::multiply({true, false, 2, 2, 2, 2, 2, 2}, 2, a, b, 10, c));
  EXPECT_EQ(std::vector(c, c + 4), (std::vector<float>{62, 70, 86, 98}));
}

TEST(MatrixProduct, products_with_vectors_take_every_layout) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const NDArray a = random_array({5, 7}, 1), x = random_array({7, 1}, 2),
                y = random_array({5, 1}, 3);
  const NDArray wanted = by_loops(2, a, x, -1, y), outer = by_loops(0.5, y, x.transpose(), 1, a);
  const auto column = [](const NDArray& m) { return m.slice({slice(), 0}); };
  int prepared_ones = 0;
  for (const NDArray& left : layouts(a)) {
    for (const NDArray& right : layouts(x)) {
      for (const NDArray& out : layouts(y)) {
        assign(out, y);
        tensor::gemv(2, left, column(right), -1, column(out));
        expect_near(out.copy(), wanted);
        assign(out, y);
        const double alpha = 2, beta = -1;
        if (const auto prepared =
                tensor::prepared_gemv(layout(left), layout(column(right)), layout(column(out)))) {
          ++prepared_ones;
          prepared(&alpha, left.raw(), column(right).raw(), &beta, column(out).raw());
          expect_near(out.copy(), wanted);
          assign(out, y);
        }
        const NDArray matrix = left.copy();
        assign(left, a);
        tensor::ger(0.5, column(out), column(right), 1, left);
        expect_near(left.copy(), outer);
        assign(left, matrix);
      }
    }
  }
  // Three of the five layouts of the matrix, and all vectors but those that run backwards.
  EXPECT_EQ(prepared_ones, 3 * 4 * 4);
}

TEST(MatrixProduct, what_is_prepared_fits_its_lengths_and_reads_no_old_result) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const double nan = std::numeric_limits<double>::quiet_NaN(), one = 1, zero = 0;
  const NDArray a = NDArray::full({2, 3}, 1), b = NDArray::full({3, 2}, 2),
                x = b.slice({slice(), 0}), z = NDArray::full({2, 2}, nan),
                v = NDArray::full({2}, nan);
  EXPECT_FALSE(tensor::prepared_gemm(layout(a), layout(a), layout(z)));
  EXPECT_FALSE(tensor::prepared_gemm(layout(a), layout(b), layout(b)));
  EXPECT_FALSE(tensor::prepared_gemv(layout(a), layout(v), layout(v)));
  EXPECT_FALSE(tensor::prepared_gemv(layout(a), layout(x), layout(x)));
  const NDArray half = a.astype(float16);
  EXPECT_FALSE(tensor::prepared_gemm(layout(half), layout(half.transpose()), layout(half)));
  tensor::prepared_gemm(layout(a), layout(b), layout(z))(&one, a.raw(), b.raw(), &zero, z.raw());
  expect_like(z, NDArray::full({2, 2}, 6));
  tensor::prepared_gemv(layout(a), layout(x), layout(v))(&one, a.raw(), x.raw(), &zero, v.raw());
  expect_like(v, NDArray::full({2}, 6));
  const NDArray none = NDArray::zeros({2, 0}), nothing = NDArray::zeros({0});
  tensor::prepared_gemv(layout(none), layout(nothing), layout(v))(&one, none.raw(), nothing.raw(),
                                                                  &zero, v.raw());
  expect_like(v, NDArray::zeros({2}));
}

TEST(MatrixProduct, what_a_result_held_is_not_read_when_beta_is_0) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType d : {float32, float64, float16}) {
    const NDArray z = NDArray::full({2, 2}, nan, d), v = NDArray::full({2}, nan, d);
    const NDArray a = NDArray::full({2, 3}, 1, d), x = NDArray::full({3}, 2, d);
    tensor::gemm(1, a, a.transpose(), 0, z);
    expect_like(z, NDArray::full({2, 2}, 3, d));
    tensor::gemv(1, a, x, 0, v);
    expect_like(v, NDArray::full({2}, 6, d));
    const NDArray none = NDArray::zeros({2, 0}, d);
    assign(z, NDArray::full({2, 2}, nan, d));
    tensor::gemm(1, none, none.transpose(), 0, z);
    expect_like(z, NDArray::zeros({2, 2}, d));
  }
}

TEST(MatrixProduct, large_products_are_right_on_any_number_of_threads) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const NDArray a = random_array({300, 200}, 1), b = random_array({200, 700}, 2),
                c = NDArray::zeros({300, 700});
  const NDArray wanted = by_loops(1, a, b, 0, c);
  for (const int threads : {1, 2, 3, 7}) {
    const base::ThreadLimit limit(threads);
    assign(c, NDArray::full({300, 700}, -1));
    tensor::gemm(1, a, b, 0, c);
    expect_near(c, wanted);
  }
}

TEST(MatrixProduct, bits_do_not_depend_on_threads_when_asked_for) {
  if (!tensor::multiplies(float64)) GTEST_SKIP() << "there is no BLAS";
  const Deterministic more;
  struct Sizes {
    std::int64_t m, n, k;
  };
  for (const auto& [m, n, k] : {Sizes{700, 500, 40}, Sizes{33, 1100, 300}, Sizes{1500, 30, 240}}) {
    const NDArray a = random_array({m, k}, 1), b = random_array({k, n}, 2),
                  c = NDArray::zeros({m, n});
    tensor::gemm(1, a, b, 0, c);
    NDArray again = NDArray::zeros({m, n});
    {
      const base::ThreadLimit one(1);
      tensor::gemm(1, a, b, 0, again);
    }
    EXPECT_EQ(std::memcmp(c.raw(), again.raw(), c.nbytes()), 0);
    expect_near(c, by_loops(1, a, b, 0, c));
    const NDArray y = NDArray::zeros({m});
    tensor::gemv(1, a, b.slice({slice(), 0}), 0, y);
    expect_near(y.reshape({m, 1}), c.slice({slice(), slice(0, 1)}).copy());
  }
}

TEST(MatrixProduct, complex_factors_scale) {
  if (!tensor::multiplies(complex128)) GTEST_SKIP() << "there is no BLAS";
  using Z = std::complex<double>;
  const NDArray a = array<Z>({{1, 1}, {0, 2}}, {1, 2}), b = array<Z>({{2, 0}, {1, -1}}, {2, 1});
  const NDArray c = array<Z>({{0, 1}}, {1, 1});
  tensor::gemm(Factor(0, 1), a, b, Factor(2, 0), c);
  // (2 + 2i) + (2 + 2i) = 4 + 4i, times i, plus 2i.
  EXPECT_EQ(c.item<Z>(), Z(-4, 6));
}
