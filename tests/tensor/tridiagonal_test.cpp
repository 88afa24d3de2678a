// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/tridiagonal.h"

#include <gtest/gtest.h>

#include "kroton/kroton.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"

using namespace kroton;
namespace T = kroton::tensor;
using namespace kroton::support;

namespace {
const NDArray lower = NDArray(array({0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0})).reshape({2, 4});
const NDArray middle = NDArray(array({6., 6.5, 7., 7.5, 8., 8.5, 9., 9.5})).reshape({2, 4});
const NDArray upper = NDArray(array({2.0, 1.75, 1.5, 1.25, 1.0, 0.75, 0.5, 0.25})).reshape({2, 4});
const NDArray rhs = NDArray(array({1., 2., -1., 3., 0., 4., -2., 5.})).reshape({2, 4});
// numpy.linalg.solve of the two systems.
const std::vector<double> solution = {0.04026544257060172, 0.37920367228819485, -0.2771180520906097,
                                      0.4369490736120813,  -0.0641588912039134, 0.5132711296313072,
                                      -0.3554216867469879, 0.6011414077362078};

void expect_near(const NDArray& got, const std::vector<double>& wanted, double tolerance) {
  const std::vector<double> values = got.astype(float64).to_vector<double>();
  ASSERT_EQ(values.size(), wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], wanted[i], tolerance);
}
}  // namespace

TEST(Tridiagonal, solves_each_system_along_the_axis) {
  const Variable a = dmatrix("a"), b = dmatrix("b"), c = dmatrix("c"), d = dmatrix("d");
  for (const std::string linker : {"py", "vm"}) {
    const Givens givens{{a, lower}, {b, middle}, {c, upper}, {d, rhs}};
    expect_near(evaluate(T::solve_tridiagonal(a, b, c, d), givens, linker), solution, 1e-15);
    const Variable along_0 = T::transpose(T::solve_tridiagonal(
        T::transpose(a), T::transpose(b), T::transpose(c), T::transpose(d), 0));
    expect_near(evaluate(along_0, givens, linker), solution, 1e-15);
  }
}

TEST(Tridiagonal, what_lies_outside_the_matrix_is_not_used) {
  const Variable a = dmatrix("a"), c = dmatrix("c");
  const double inf = std::numeric_limits<double>::infinity();
  NDArray low = lower.copy(), high = upper.copy();
  low.at<double>({0, 0}) = low.at<double>({1, 0}) = inf;
  high.at<double>({0, 3}) = high.at<double>({1, 3}) = std::nan("");
  const Variable x = T::solve_tridiagonal(a, NDArray(middle), c, NDArray(rhs));
  for (const std::string linker : {"py", "vm"})
    expect_near(evaluate(x, {{a, low}, {c, high}}, linker), solution, 1e-15);
}

TEST(Tridiagonal, equations_of_one_and_of_no_unknown) {
  const Variable x = dvector("x");
  const Function half = function({x}, T::solve_tridiagonal(x, x + 2.0, x, x));
  EXPECT_EQ(NDArray(half(array({2.}))).to_vector<double>(), std::vector<double>{0.5});
  EXPECT_EQ(NDArray(half(NDArray::zeros({0}))).size(), 0U);
}

TEST(Tridiagonal, diagonals_stretch_and_dtypes_are_promoted) {
  const Variable d = fmatrix("d");
  const Variable x = T::solve_tridiagonal(1, 4, 1, d);
  EXPECT_EQ(x.dtype(), float32);
  const NDArray column = NDArray(array({5., 6., 5.})).reshape({1, 3}).astype(float32);
  expect_near(evaluate(x, {{d, column}}, "vm"), {1, 1, 1}, 1e-6);
}

TEST(Tridiagonal, the_coefficients_are_computed_where_they_are_used) {
  const Variable k = dtensor3("k"), d = dtensor3("d");
  const Function fn = function({k, d}, T::solve_tridiagonal(-0.5 * k, 1.0 + k, -0.5 * k, d * 2.0));
  EXPECT_EQ(fn.nodes().size(), 1U);
}

TEST(Tridiagonal, gradients_agree_with_differences) {
  const auto f = [](const Variables& x) {
    return T::solve_tridiagonal(x[0], x[1] + 4.0, x[2], x[3]);
  };
  const NDArray b = weights({2, 4}, 3);
  support::verify_gradient(f, {weights({2, 4}, 1), weights({2, 4}, 2), b, weights({2, 4}, 4)});
  support::verify_gradient(
      f, {weights({1, 4}, 1), weights({2, 4}, 2), weights({1, 4}, 3), weights({2, 4}, 4)});
  support::verify_gradient(
      [](const Variables& x) { return T::solve_tridiagonal(x[0], x[1] + 4.0, x[0], x[2], 0); },
      {weights({3, 2}, 1), weights({3, 2}, 2), weights({3, 2}, 4)});
}

TEST(Tridiagonal, wrong_uses_are_named) {
  const Variable a = dmatrix("a"), d = dmatrix("d");
  CHECK_ERROR(TypeError, T::solve_tridiagonal(a, a, a, T::drow("r"), 0),
              "solve_tridiagonal: rhs is TensorType(float64, row), broadcastable along axis 0; the "
              "system needs its length there");
  CHECK_ERROR(
      TypeError, T::SolveTridiagonal(0).make_node({a, a, a, fmatrix("f")}),
      "solve_tridiagonal: lower is TensorType(float64, matrix) and rhs is "
      "TensorType(float32, matrix); both must be arrays of one dtype, real or complex, and of "
      "as many axes");
  EXPECT_EQ(evaluate(T::solve_tridiagonal(a, a, a, d, 0),
                     {{a, NDArray::full({1, 1}, 2.)}, {d, NDArray::full({1, 1}, 3.)}})
                .item<double>(),
            1.5);
}
