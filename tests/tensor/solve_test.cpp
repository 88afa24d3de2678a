// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/solve.h"

#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/base/parallel.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/blas.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/first_line.h"
#include "tests/tensor/reference.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;
using T::Assume;
using Z = std::complex<double>;

namespace {
class Solve : public testing::Test {
  void SetUp() override {
    if (!T::blas::find("potrf", float64)) GTEST_SKIP() << "there is no LAPACK";
  }
};
// Solutions are NumPy's.
const NDArray spd = array({4., 2., .6, 2., 5., 1.5, .6, 1.5, 3.}, {3, 3});
const NDArray g = array({2., 1., -1., -3., -1., 2., -2., 1., 2.}, {3, 3});
const NDArray b = array({8., -11., -3.}), both = array({8., 1., -11., 0., -3., 2.}, {3, 2});
const Assume all[] = {Assume::general, Assume::positive_definite, Assume::lower_triangular,
                      Assume::upper_triangular};

void expect_solution(const Variable& x, const NDArray& wanted) {
  for (const char* linker : {"py", "vm"}) {
    const NDArray got = evaluate(x, {}, linker);
    ASSERT_EQ(got.shape(), wanted.shape());
    const auto a = got.astype(complex128).to_vector<Z>(),
               e = wanted.astype(complex128).to_vector<Z>();
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_LE(std::abs(a[i] - e[i]), (itemsize(wanted.dtype()) > 4 ? 1e-14 : 1e-5)) << i;
  }
}
}  // namespace

TEST_F(Solve, solves_for_one_side_and_for_several) {
  expect_solution(T::solve(g, b), array({2., 3., -1.}));
  expect_solution(T::solve(g, both), array({2., 2., 3., 0., -1., 3.}, {3, 2}));
  expect_solution(T::solve(spd, b, Assume::positive_definite),
                  array({3.875, -3.7852941176470587, 0.11764705882352935}));
  expect_solution(T::solve(spd, both, Assume::positive_definite),
                  array({3.875, .3125, -3.7852941176470587, -.3602941176470589, .11764705882352935,
                         .7843137254901962},
                        {3, 2}));
  expect_solution(T::solve_lower_triangular(g, b), array({4., -1., 3.}));
  expect_solution(T::solve(g, both, Assume::lower_triangular),
                  array({4., .5, -1., -1.5, 3., 2.25}, {3, 2}));
  expect_solution(T::solve_upper_triangular(g, b), array({-.75, 8., -1.5}));
  expect_solution(T::solve_triangular(g, both), array({-.75, 0., 8., 2., -1.5, 1.}, {3, 2}));
  expect_solution(T::solve_triangular(g, b, {.lower = true, .unit_diagonal = true}),
                  array({8., 13., 0.}));
  expect_solution(T::solve(g.astype(float32), b.astype(float32)),
                  array({2., 3., -1.}).astype(float32));
  EXPECT_EQ(T::solve(T::imatrix(), T::ivector()).dtype(), float64);
  EXPECT_EQ(T::solve(T::fmatrix(), T::cvector()).dtype(), complex64);
}

TEST_F(Solve, complex_equations) {
  const NDArray z = array<Z>({{1, 2}, 3, {0, .5}, -1}, {2, 2}), side = array<Z>({1, {0, 2}});
  const NDArray hermitian = array<Z>({2, {0, 1}, {0, -1}, 3}, {2, 2});
  const NDArray side_twice = array<Z>({1, 1, {0, 2}, {0, 2}}, {2, 2});
  const auto twice = [](Z p, Z q) { return array<Z>({p, p, q, q}, {2, 2}); };
  const Z p{1.6603773584905661, 0.18867924528301872}, q{-0.09433962264150944, -1.169811320754717};
  expect_solution(T::solve(z, side), array<Z>({p, q}));
  expect_solution(T::solve(z, side_twice), twice(p, q));
  expect_solution(T::solve(hermitian, side, Assume::positive_definite), array<Z>({1, {0, 1}}));
  expect_solution(T::solve(hermitian, side_twice, Assume::positive_definite), twice(1, {0, 1}));
  expect_solution(T::solve_upper_triangular(z, side), array<Z>({{2.6, .8}, {0, -2}}));
  expect_solution(T::solve_lower_triangular(T::transpose(z), side),
                  array<Z>({{.2, -.4}, {.6, -3.2}}));
}

TEST_F(Solve, views_of_triangles_need_no_copy_to_be_right) {
  const NDArray wide = NDArray::zeros({6, 9});
  const std::vector<NDArray> views{g.transpose().copy().transpose(),
                                   wide.slice({slice(2, 5), slice(3, 6)}),
                                   wide.slice({slice(0, 6, 2), slice(8, 2, -2)})};
  const Variable a = T::dmatrix("a");
  for (const NDArray& view : views) {
    assign(view, g);
    expect_like(evaluate(T::solve_lower_triangular(a, both), {{a, view}}),
                array({4., .5, -1., -1.5, 3., 2.25}, {3, 2}), 1e-14);
    expect_like(evaluate(T::solve_upper_triangular(a, b), {{a, view}}), array({-.75, 8., -1.5}),
                1e-14);
    expect_like(evaluate(T::solve(a, b), {{a, view}}), array({2., 3., -1.}), 1e-14);
  }
  expect_like(evaluate(T::solve_upper_triangular(a.T(), b), {{a, g}}),
              evaluate(T::solve_upper_triangular(a, b), {{a, g.transpose().copy()}}));
}

TEST_F(Solve, many_sides_give_the_same_bits_on_any_number_of_threads) {
  const std::int64_t n = 60, m = 3000;
  NDArray a = weights({n, n}), sides = weights({n, m}, 3);
  for (std::int64_t i = 0; i < n; ++i) a.at<double>({i, i}) += static_cast<double>(n);
  for (const Assume assume : {Assume::general, Assume::lower_triangular}) {
    const Variable x = T::solve(a, sides, assume);
    const NDArray got = evaluate(x);
    const base::ThreadLimit one(1);
    const NDArray again = evaluate(x);
    EXPECT_EQ(std::memcmp(got.raw(), again.raw(), got.nbytes()), 0);
    const NDArray last = evaluate(T::solve(a, sides.slice({slice(), m - 1}), assume));
    for (std::int64_t i = 0; i < n; ++i)
      EXPECT_NEAR(got.at<double>({i, m - 1}), last.at<double>({i}), 1e-14);
  }
}

TEST_F(Solve, of_nothing_is_nothing) {
  const Variable a = T::dmatrix("a"), v = T::dvector("v");
  for (const Assume assume : all) {
    EXPECT_EQ(
        evaluate(T::solve(a, v, assume), {{a, NDArray::zeros({0, 0})}, {v, NDArray::zeros({0})}})
            .size(),
        0u);
    EXPECT_EQ(evaluate(T::solve(spd, NDArray::zeros({3, 0}), assume)).shape(), (Shape{3, 0}));
  }
}

TEST_F(Solve, gradients) {
  for (const Assume assume : all) {
    const auto f = [&](const Variables& v) { return T::solve(v[0], v[1], assume); };
    const NDArray a = assume == Assume::positive_definite ? spd : g;
    verify_gradient(f, {a, weights({3})});
    verify_gradient(f, {a, weights({3, 2})});
  }
  verify_gradient(
      [](const Variables& v) { return T::solve_triangular(v[0], v[1], {.unit_diagonal = true}); },
      {g, weights({3, 2})});
  const Variable z = T::zmatrix("z");
  CHECK_ERROR(
      GradientError, grad(T::sum(T::abs(T::solve(z, both, Assume::positive_definite))), z),
      "grad: the gradient with respect to z does not exist; the gradient of Solve{assume: positive_definite, unit_diagonal: false} with respect "
      "to input 0 (z) is not implemented: a complex positive definite matrix");
}

TEST_F(Solve, what_cannot_be_solved_is_named) {
  const Variable a = T::dmatrix("a"), v = T::dvector("v");
  CHECK_ERROR(TypeError, T::solve(a, T::dtensor3("t")),
              "solve: t is TensorType(float64, 3D); a vector or a matrix is needed");
  CHECK_ERROR(
      TypeError, T::solve(g, array({1., 2.})),
      "solve: x is float64 (3, 3) and y is float64 (2,); x.shape[0] (3) must equal y.shape[0] (2)");
  const auto said = [&](Assume assume, const NDArray& matrix, const char* linker) {
    return first_line<ValueError>(
        [&] { evaluate(T::solve(a, v, assume), {{a, matrix}, {v, b}}, linker); });
  };
  NDArray singular = g.copy();
  for (std::int64_t j = 0; j < 3; ++j) singular.at<double>({2, j}) = 0;
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(
        said(Assume::general, singular, linker),
        "solve: a, of shape (3, 3), is singular: pivot 2 of its factorization is 0; there is no "
        "unique solution");
    EXPECT_EQ(
        said(Assume::upper_triangular, singular, linker),
        "solve: a, of shape (3, 3), is singular: element 2 of its diagonal is 0; there is no unique "
        "solution");
    EXPECT_EQ(
        said(Assume::positive_definite, g, linker),
        "solve: a, of shape (3, 3), is not positive definite: its leading minor of order 2 is not "
        "positive; use Assume::general");
    EXPECT_EQ(
        first_line<ShapeError>([&] { evaluate(T::solve(a, v), {{a, both}, {v, b}}, linker); }),
        "solve: a has shape (3, 2); it must be square");
    EXPECT_EQ(
        first_line<ShapeError>(
            [&] { evaluate(T::solve(a, v), {{a, g}, {v, array({1., 2.})}}, linker); }),
        "solve: a has shape (3, 3) and v has shape (2,); a.shape[0] (3) must equal v.shape[0] (2)");
    expect_like(evaluate(T::solve(a, v), {{a, g}, {v, b}}, linker), array({2., 3., -1.}), 1e-14);
  }
}
