// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/cumulative.h"

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
using Ints = std::vector<std::int64_t>;
}  // namespace

TEST(Cumulative, sums_products_and_differences_are_numpys_along_each_axis) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (int axis = 0; axis < 3; ++axis) {
    const std::string n = std::to_string(axis);
    expect_everywhere(T::cumsum(x, axis), x, value, reference("cumsum_" + n));
    expect_everywhere(T::cumprod(x, axis - 3), x, value, reference("cumprod_" + n), 1e-15);
    expect_everywhere(T::diff(x, axis == 0 ? 1 : 2, axis), x, value, reference("diff_" + n));
  }
  const Variable v = T::dmatrix("v");
  expect_everywhere(T::cumsum(v), v, array({1., 2., 3., 4.}, {2, 2}), array({1., 3., 6., 10.}));
  expect_everywhere(T::cumprod(v), v, array({1., 2., 3., 4.}, {2, 2}), array({1., 2., 6., 24.}));
}

TEST(Cumulative, integers_widen_as_in_sum) {
  const Variable small = T::tensor(int8, {false}, "small"), flag = T::tensor(bool_, {false}, "f"),
                 natural = T::tensor(uint16, {false}, "n"), half = T::tensor(float16, {false}, "h");
  const NDArray value = array({100, 100, 100});
  EXPECT_EQ(evaluate(T::cumsum(small, 0), {{small, value.astype(int8)}}).to_vector<std::int64_t>(),
            (Ints{100, 200, 300}));
  EXPECT_EQ(evaluate(T::cumsum(flag, 0), {{flag, value.astype(bool_)}}).to_vector<std::int64_t>(),
            (Ints{1, 2, 3}));
  EXPECT_EQ(T::cumprod(natural, 0).dtype(), uint64);
  for (const char* linker : {"py", "vm"}) {
    const NDArray sums =
        evaluate(T::cumsum(half, 0), {{half, array({1, 2, 3}).astype(float16)}}, linker);
    EXPECT_EQ(sums.dtype(), float16);
    EXPECT_EQ(sums.astype(float64).to_vector<double>(), (List{1, 3, 6}));
  }
}

TEST(Cumulative, of_nothing_is_nothing) {
  const Variable x = T::dmatrix("x");
  EXPECT_EQ(evaluate(T::cumsum(x, 0), {{x, NDArray::zeros({0, 3})}}, "vm").shape(), (Shape{0, 3}));
  EXPECT_EQ(evaluate(T::diff(x, 3), {{x, NDArray::zeros({2, 2})}}, "vm").shape(), (Shape{2, 0}));
}

TEST(Cumulative, a_recurrence_runs_both_ways) {
  const Variable x = T::dvector("x");
  const Variable forward = T::Recurrence(0, false)(x, T::constant(array({9., 2., 3.}))),
                 backward = T::Recurrence(0, true)(x, T::constant(array({9., 2., 3.})));
  expect_everywhere(forward, x, array({1., 1., 1.}), array({1., 3., 10.}));
  expect_everywhere(backward, x, array({1., 1., 1.}), array({9., 4., 1.}));
}

TEST(Cumulative, gradients_agree_with_differences_where_elements_are_zero_too) {
  const NDArray a = weights({3, 2}, 5), zero = array({0.5, 0., 2., 0., 1.5}),
                row = weights({1, 3}, 4);
  verify_gradient([](const Variables& x) { return T::sqr(T::cumsum(x[0], 0)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::cumprod(x[0], 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::cumprod(x[0], 0); }, {zero});
  verify_gradient([](const Variables& x) { return T::sqr(T::cumprod(x[0], 0)); }, {row});
  verify_gradient([](const Variables& x) { return T::sqr(T::diff(x[0], 2, 0)); }, {a});
  for (const bool backward : {false, true}) {
    verify_gradient(
        [&](const Variables& x) { return T::sqr(T::Recurrence(0, backward)(x[0], x[1])); },
        {a, weights({3, 2}, 6)});
  }
}

TEST(Cumulative, wrong_uses_are_named) {
  const Variable x = T::dvector("x");
  CHECK_ERROR(ValueError, T::cumsum(x, 1),
              "cumsum: axis 1 is out of range for 1 dimensions; give -1 to 0");
  CHECK_ERROR(ValueError, T::diff(x, -1), "diff: n is -1; give how often to subtract, 0 or more");
  CHECK_ERROR(TypeError, T::cumprod(generic("g"), 0),
              "cumprod: g is Generic; an array or a number is needed");
  EXPECT_EQ(T::cumsum(x, -1).ndim(), 1u);
}
