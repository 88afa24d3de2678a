// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/determinant.h"

#include <cmath>
#include <limits>

#include "kroton/base/errors.h"
#include "kroton/tensor/blas.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;
using Z = std::complex<double>;

namespace {
class Determinant : public testing::Test {
  void SetUp() override {
    if (!T::blas::find("getrf", float64)) GTEST_SKIP() << "there is no LAPACK";
  }
};
// Values are NumPy's.
const NDArray m = array({2., 1., -1., -3., -1., 3., -2., 1., 2.}, {3, 3});
const NDArray z = array<Z>({{1, 2}, 3, {0, .5}, -1}, {2, 2});
const NDArray singular = array({1., 2., 2., 4.}, {2, 2});

void expect_near(const NDArray& got, const NDArray& wanted, double tolerance = 1e-15) {
  ASSERT_EQ(got.shape(), wanted.shape());
  EXPECT_EQ(name(got.dtype()), name(wanted.dtype()));
  const auto a = got.astype(complex128).to_vector<Z>(),
             b = wanted.astype(complex128).to_vector<Z>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LE(std::abs(a[i] - b[i]), tolerance * 8) << i;
}
}  // namespace

TEST_F(Determinant, inverses) {
  const NDArray inverse = array({1., .6, -.4, 0., -.4, .6, 1., .8, -.2}, {3, 3});
  for (const char* linker : {"py", "vm"}) {
    expect_near(evaluate(T::matrix_inverse(m), {}, linker), inverse);
    expect_near(evaluate(T::matrix_inverse(m.astype(float32)), {}, linker), inverse.astype(float32),
                1e-6);
  }
  expect_near(evaluate(T::matrix_inverse(m.transpose())), inverse.transpose().copy());
  expect_near(evaluate(T::matrix_inverse(z)), array<Z>({{0.07547169811320756, -0.2641509433962264},
                                                        {0.22641509433962265, -0.7924528301886793},
                                                        {0.1320754716981132, 0.037735849056603765},
                                                        {-0.6037735849056604, 0.11320754716981134}},
                                                       {2, 2}));
  EXPECT_EQ(evaluate(T::matrix_inverse(NDArray::zeros({0, 0}))).shape(), (Shape{0, 0}));
}

TEST_F(Determinant, determinants_and_their_logarithms) {
  expect_near(evaluate(T::det(m)), NDArray::full({}, -5));
  expect_near(evaluate(T::det(m.astype(int64))), NDArray::full({}, -5));
  expect_near(evaluate(T::det(z)), array<Z>({{-1, -3.5}}, {}));
  EXPECT_EQ(evaluate(T::det(NDArray::zeros({0, 0}))).item<double>(), 1);
  EXPECT_EQ(evaluate(T::det(singular)).item<double>(), 0);
  const auto [sign, logarithm] = T::slogdet(m);
  EXPECT_EQ(evaluate(sign).item<double>(), -1);
  expect_near(evaluate(logarithm), NDArray::full({}, 1.6094379124341005));
  const auto [direction, size] = T::slogdet(z);
  expect_near(evaluate(direction), array<Z>({{-0.274721127897378, -0.961523947640823}}, {}));
  expect_near(evaluate(size), NDArray::full({}, 1.2919987762161158));
  const auto [none, minus_infinity] = T::slogdet(singular);
  EXPECT_EQ(evaluate(none).item<double>(), 0);
  EXPECT_EQ(evaluate(minus_infinity).item<double>(), -std::numeric_limits<double>::infinity());
  // A determinant that overflows.
  NDArray large = NDArray::zeros({200, 200});
  for (std::int64_t i = 0; i < 200; ++i) large.at<double>({i, i}) = 1e3;
  EXPECT_NEAR(evaluate(T::slogdet(large).second).item<double>(), 200 * std::log(1e3), 1e-10);
}

TEST_F(Determinant, gradients) {
  verify_gradient([](const Variables& v) { return T::matrix_inverse(v[0]); }, {m});
  verify_gradient([](const Variables& v) { return T::det(v[0]); }, {m});
  verify_gradient([](const Variables& v) { return T::slogdet(v[0]).second; }, {m});
  verify_gradient([](const Variables& v) { return grad(T::slogdet(v[0]).second, v[0]); }, {m}, 1e-6,
                  1e-4);
  const Variable x = T::dmatrix("x");
  expect_near(evaluate(grad(T::slogdet(x).first, x), {{x, m}}), NDArray::zeros({3, 3}));
}

TEST_F(Determinant, wrong_matrices_are_named) {
  const Variable x = T::dmatrix("x");
  CHECK_ERROR(TypeError, T::det(T::dvector("v")),
              "det: v is TensorType(float64, vector); a matrix is needed");
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(
        first_line<ValueError>([&] { evaluate(T::matrix_inverse(x), {{x, singular}}, linker); }),
        "matrix_inverse: x, of shape (2, 2), is singular: pivot 1 of its factorization is 0; it has no "
        "inverse");
    EXPECT_EQ(first_line<ShapeError>(
                  [&] { evaluate(T::slogdet(x).second, {{x, NDArray::zeros({2, 3})}}, linker); }),
              "slogdet: x has shape (2, 3); it must be square");
    expect_near(evaluate(T::det(x), {{x, m}}, linker), NDArray::full({}, -5));
  }
}
