// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/errors.h"
#include "kroton/tensor/batched_dot.h"
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

namespace {
const NDArray x = NDArray::arange(24, float64).reshape({2, 3, 4});
NDArray ramp(Shape shape) {
  std::int64_t n = 1;
  for (const std::int64_t m : shape) n *= m;
  return NDArray::arange(n, float64).reshape(shape);
}
}  // namespace

TEST(Tensordot, sums_over_the_last_and_first_axes) {
  NDArray y = ramp({3, 4});
  for (double& v : y.span<double>()) v -= 2;
  expect_like(evaluate(T::tensordot(x, y)), array({374., 878.}));
  expect_like(evaluate(T::tensordot(array({1., 2.}), array({3., 4.}), 0)),
              array({3., 4., 6., 8.}, {2, 2}));
  EXPECT_EQ(evaluate(T::tensordot(x, x, 3)).item<double>(), 4324);
}

TEST(Tensordot, sums_over_pairs_of_axes) {
  const NDArray expected =
      array({1000., 1060., 1120., 1180., 1240., 1075., 1141., 1207., 1273., 1339.,
             1150., 1222., 1294., 1366., 1438., 1225., 1303., 1381., 1459., 1537.},
            {4, 5});
  expect_like(evaluate(T::tensordot(x, ramp({3, 2, 5}), {1, 0}, {0, 1})), expected);
  expect_like(evaluate(T::tensordot(x, ramp({3, 2, 5}), {-2, -3}, {-3, -2})), expected);
}

TEST(Tensordot, flags_of_the_axes_that_stay_are_kept) {
  const Variable a = T::tensor(float64, {true, false, false}),
                 b = T::tensor(float64, {false, true});
  EXPECT_EQ(T::tensordot(a, b, {2}, {0}).broadcastable(), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(T::batched_tensordot(a, a, {2}, {2}).broadcastable(),
            (std::vector<bool>{true, false, false}));
}

TEST(Tensordot, gradients) {
  verify_gradient([](const Variables& v) { return T::tensordot(v[0], v[1], {0, 2}, {1, 0}); },
                  {weights({2, 3, 2}), weights({2, 2, 2}, 2)});
  verify_gradient(
      [](const Variables& v) { return T::batched_tensordot(v[0], v[1], {1, 2}, {2, 1}); },
      {weights({2, 3, 2, 2}), weights({2, 2, 3}, 2)});
}

TEST(Tensordot, batches_are_summed_one_by_one) {
  const NDArray a = ramp({2, 3, 2, 2}), b = ramp({2, 2, 3, 2});
  const NDArray got = evaluate(T::batched_tensordot(a, b, {2, 1}, {1, 2}));
  ASSERT_EQ(got.shape(), (Shape{2, 2, 2}));
  for (std::int64_t l = 0; l < 2; ++l) {
    expect_like(got.slice({l}).copy(),
                evaluate(T::tensordot(a.slice({l}), b.slice({l}), {1, 0}, {0, 1})));
  }
}

TEST(Tensordot, wrong_axes_are_named) {
  const Variable m = T::dmatrix("m"), s = T::dscalar("s");
  CHECK_ERROR(
      ValueError, T::tensordot(m, m, 3),
      "tensordot: 3 axes of m, which is TensorType(float64, matrix), are to be summed over; give 0 to 2");
  CHECK_ERROR(ValueError, T::tensordot(m, m, {0, 0}, {0, 1}),
              "tensordot: the axes (0, 0) of x name axis 0 twice; each may stand once");
  CHECK_ERROR(ValueError, T::tensordot(m, m, {0}, {0, 1}),
              "tensordot: 1 axes of x and 2 of y are given; they go in pairs");
  CHECK_ERROR(ValueError, T::tensordot(m, m, {2}, {0}),
              "tensordot: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, T::batched_tensordot(m, m, {0}, {1}),
              "batched_tensordot: axis 0 of x counts the products; sum over other axes");
  CHECK_ERROR(TypeError, T::batched_tensordot(s, m, 0),
              "batched_tensordot: s is TensorType(float64, scalar); at least one axis is needed, "
              "which counts the products");
  EXPECT_EQ(T::tensordot(m, m, 2).ndim(), 0u);
}

TEST(Tensordot, lengths_are_compared_axis_by_axis) {
  const Variable a = T::dmatrix("a"), b = T::dmatrix("b");
  const Variable z = T::tensordot(a, b, {0, 1}, {0, 1});
  EXPECT_EQ(first_line<ShapeError>([&] { evaluate(z, {{a, ramp({2, 3})}, {b, ramp({3, 2})}}); }),
            "specify_shape: x has shape (3, 2); the graph says (2, 3)");
  EXPECT_EQ(evaluate(z, {{a, ramp({2, 3})}, {b, ramp({2, 3})}}).item<double>(), 55);
}
