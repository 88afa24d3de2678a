// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/cholesky.h"

#include <cmath>

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
class Cholesky : public testing::Test {
  void SetUp() override {
    if (!T::blas::find("potrf", float64)) GTEST_SKIP() << "there is no LAPACK";
  }
};
// Factors are NumPy's.
const NDArray spd = array({4., 2., .6, 2., 5., 1.5, .6, 1.5, 3.}, {3, 3});
const NDArray factor = array({2., 0., 0., 1., 2., 0., .3, .6, 1.5968719422671311}, {3, 3});
NDArray with(NDArray a, std::int64_t i, std::int64_t j, double value) {
  a = a.copy();
  a.at<double>({i, j}) = value;
  return a;
}
}  // namespace

TEST_F(Cholesky, factors_either_triangle_and_reads_only_that_one) {
  const Variable x = T::dmatrix("x");
  const double nan = std::nan("");
  for (const char* linker : {"py", "vm"}) {
    expect_like(evaluate(T::cholesky(x), {{x, with(spd, 0, 2, nan)}}, linker), factor, 1e-15);
    expect_like(evaluate(T::cholesky(x, false), {{x, with(spd, 2, 0, nan)}}, linker),
                factor.transpose().copy(), 1e-15);
    expect_like(evaluate(T::cholesky(x), {{x, spd.transpose()}}, linker), factor, 1e-15);
  }
  EXPECT_EQ(evaluate(T::cholesky(x), {{x, NDArray::zeros({0, 0})}}).shape(), (Shape{0, 0}));
  EXPECT_EQ(T::cholesky(x, false).owner().op().text(), "Cholesky{lower: false, on_error: raise}");
}

TEST_F(Cholesky, takes_the_dtypes_of_lapack_and_integers) {
  expect_like(evaluate(T::cholesky(spd.astype(float32))), factor.astype(float32), 1e-6);
  expect_like(evaluate(T::cholesky(array({4, 2, 2, 5}, {2, 2}))), array({2., 0., 1., 2.}, {2, 2}));
  expect_like(
      evaluate(T::cholesky(array<Z>({2, {0, 1}, {0, -1}, 3}, {2, 2}))),
      array<Z>({1.4142135623730951, 0, {0, -0.7071067811865475}, 1.5811388300841898}, {2, 2}),
      1e-15);
  CHECK_ERROR(
      TypeError, T::cholesky(T::tensor(float16, {false, false}, "h")),
      "cholesky: h is TensorType(float16, matrix); LAPACK has float32 and wider, cast it with "
      "astype");
  CHECK_ERROR(TypeError, T::cholesky(T::dvector("v")),
              "cholesky: v is TensorType(float64, vector); a matrix is needed");
}

TEST_F(Cholesky, gradients_are_those_of_the_elements_that_are_read) {
  for (const bool lower : {true, false}) {
    verify_gradient([&](const Variables& v) { return T::cholesky(v[0], lower); }, {spd});
    // Of a gradient, as a second derivative has it.
    verify_gradient(
        [&](const Variables& v) {
          return grad(T::sum(T::sqr(T::cholesky(v[0], lower)) * factor), v[0]);
        },
        {spd}, 1e-5, 1e-4);
  }
  const Variable z = T::zmatrix("z");
  CHECK_ERROR(
      GradientError, grad(T::sum(T::abs(T::cholesky(z))), z),
      "grad: the gradient with respect to z does not exist; the gradient of Cholesky{lower: true, on_error: raise} with respect to input 0 (z) "
      "is not implemented: the factor of a complex matrix");
}

TEST_F(Cholesky, a_matrix_that_is_not_positive_definite_is_named_with_the_minor) {
  const Variable x = T::dmatrix("x");
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(
        first_line<ValueError>(
            [&] { evaluate(T::cholesky(x), {{x, with(spd, 1, 1, 1.)}}, linker); }),
        "cholesky: x, of shape (3, 3), is not positive definite: its leading minor of order 2 is "
        "not positive; add a small multiple of eye(n), or pass on_error = OnError::nan");
    EXPECT_EQ(first_line<ShapeError>(
                  [&] { evaluate(T::cholesky(x), {{x, NDArray::zeros({2, 3})}}, linker); }),
              "cholesky: x has shape (2, 3); it must be square");
    expect_like(evaluate(T::cholesky(x), {{x, spd}}, linker), factor, 1e-15);
  }
  const NDArray nans = evaluate(T::cholesky(x, true, T::OnError::nan), {{x, with(spd, 1, 1, 1.)}});
  EXPECT_TRUE(std::isnan(nans.at<double>({0, 0})) && std::isnan(nans.at<double>({2, 1})));
  EXPECT_EQ(nans.at<double>({0, 2}), 0);
}
