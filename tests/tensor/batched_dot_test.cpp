// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/batched_dot.h"

#include "kroton/base/errors.h"
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
// Values are NumPy's.
const NDArray p = NDArray::arange(12, float64).reshape({2, 2, 3});
NDArray q() {
  NDArray out = NDArray::arange(24, float64).reshape({2, 3, 4});
  for (double& v : out.span<double>()) v -= 7;
  return out;
}
const NDArray pq =
    array({-1., 2., 5., 8., -28., -16., -4., 8., 197., 218., 239., 260., 278., 308., 338., 368.},
          {2, 2, 4});
}  // namespace

TEST(BatchedDot, multiplies_one_by_one) {
  for (const char* linker : {"py", "vm"}) {
    for (const DType d : {float64, float32, float16, int64, complex64}) {
      const Variable x = T::tensor(d, {false, false, false}),
                     y = T::tensor(d, {false, false, false});
      expect_like(evaluate(T::batched_dot(x, y), {{x, p.astype(d)}, {y, q().astype(d)}}, linker),
                  pq.astype(d));
    }
  }
}

TEST(BatchedDot, vectors_stand_for_rows_and_columns) {
  const NDArray rows = p.slice({slice(), 1}), columns = q().slice({slice(), slice(), 2});
  expect_like(evaluate(T::batched_dot(rows, q())), pq.slice({slice(), 1}).copy());
  expect_like(evaluate(T::batched_dot(p, columns)), pq.slice({slice(), slice(), 2}).copy());
  expect_like(evaluate(T::batched_dot(rows, columns)), pq.slice({slice(), 1, 2}).copy());
  expect_like(evaluate(T::batched_dot(array({2., 3.}), rows)),
              array({6., 8., 10., 27., 30., 33.}, {2, 3}));
  expect_like(evaluate(T::batched_dot(rows, array({2., 3.}))),
              array({6., 8., 10., 27., 30., 33.}, {2, 3}));
  EXPECT_EQ(T::batched_dot(T::dtensor4(), T::dtensor3()).ndim(), 4u);
}

TEST(BatchedDot, gradients) {
  const auto f = [](const Variables& v) { return T::batched_dot(v[0], v[1]); };
  verify_gradient(f, {weights({2, 3, 2}), weights({2, 2, 3}, 2)});
  verify_gradient(f, {weights({2, 2}), weights({2, 2, 3}, 2)});
  verify_gradient(f, {weights({2, 2}), weights({2, 2}, 2)});
  verify_gradient(f, {weights({1, 2, 1}), weights({1, 1, 2}, 2)});
}

TEST(BatchedDot, wrong_factors_are_named) {
  CHECK_ERROR(TypeError, T::batched_dot(T::dscalar("s"), T::dtensor3("y")),
              "batched_dot: s is TensorType(float64, scalar); at least one axis is needed, which "
              "counts the products");
  CHECK_ERROR(
      TypeError, T::BatchedDot().make_node({T::dmatrix("x"), T::dtensor3("y")}),
      "batched_dot: x is TensorType(float64, matrix); BatchedDot takes arrays of three axes, "
      "the function batched_dot() others");
  CHECK_ERROR(TypeError, T::batched_dot(NDArray::zeros({2, 3, 4}), NDArray::zeros({2, 5, 2})),
              "batched_dot: x is float64 (2, 3, 4) and y is float64 (2, 5, 2); x.shape[2] (4) must "
              "equal y.shape[1] (5)");
  const Variable x = T::dtensor3("x"), y = T::dtensor3("y"), z = T::batched_dot(x, y);
  for (const char* linker : {"py", "vm"}) {
    EXPECT_EQ(first_line<ShapeError>([&] { evaluate(z, {{x, p}, {y, p}}, linker); }),
              "batched_dot: x has shape (2, 2, 3) and y has shape (2, 2, 3); x.shape[2] (3) must "
              "equal y.shape[1] (2)");
    EXPECT_EQ(first_line<ShapeError>([&] {
                evaluate(z, {{x, p.slice({slice(0, 1)})}, {y, q()}}, linker);
              }).substr(0, 62),
              "batched_dot: x has shape (1, 2, 3) and y has shape (2, 3, 4); ");
    expect_like(evaluate(z, {{x, p}, {y, q()}}, linker), pq);
  }
}
