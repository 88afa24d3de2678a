// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/repeat.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/everywhere.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
}  // namespace

TEST(Repeat, copies_are_numpys_along_each_axis) {
  const Variable x = T::dtensor3("x");
  const NDArray value = reference("x_float64");
  for (int axis = 0; axis < 3; ++axis) {
    const std::string n = std::to_string(axis);
    expect_everywhere(T::repeat(x, 3, axis), x, value, reference("repeat_" + n));
    expect_everywhere(
        T::repeat(x, NDArray::arange(value.shape()[static_cast<std::size_t>(axis)]), axis - 3), x,
        value, reference("repeat_each_" + n));
    expect_everywhere(T::roll(x, -5, axis), x, value, reference("roll_" + n));
  }
  expect_everywhere(T::tile(x[0], {2, 1, 3}), x, value, reference("tile"));
  expect_everywhere(T::roll(x, 7), x, value, reference("roll_flat"));
  const Variable v = T::dvector("v"), n = T::lscalar("n");
  EXPECT_EQ(evaluate(T::repeat(v, n), {{v, array({1., 2.})}, {n, 2}}, "vm").to_vector<double>(),
            (List{1, 1, 2, 2}));
  EXPECT_EQ(evaluate(T::repeat(v, n), {{v, array({1., 2.})}, {n, 0}}, "vm").size(), 0u);
  EXPECT_EQ(evaluate(T::roll(v, n, 0), {{v, NDArray::zeros({0})}, {n, 2}}, "vm").size(), 0u);
}

TEST(Repeat, gradients_add_up_what_the_copies_receive) {
  const NDArray a = weights({2, 3}, 5);
  verify_gradient([](const Variables& x) { return T::sqr(T::repeat(x[0], 2, 1)); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::repeat(x[0], array({2, 0}), 0)); },
                  {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::tile(x[0], {2, 2})); }, {a});
  verify_gradient([](const Variables& x) { return T::sqr(T::roll(x[0], 1, 1)); }, {a});
}

TEST(Repeat, wrong_counts_are_named) {
  const Variable x = T::dvector("x"), counts = T::lvector("counts");
  CHECK_ERROR(ValueError, T::repeat(x, -1, 0), "repeat: count -1 is negative; give 0 or more");
  CHECK_ERROR(TypeError, T::repeat(x, 1.5, 0),
              "repeat: the count 1.5 is TensorType(float32, scalar); it must be an integer");
  CHECK_ERROR(TypeError, T::repeat(x, T::lmatrix("m"), 0),
              "repeat: the count m is TensorType(int64, matrix); it is a number or a vector");
  CHECK_ERROR(TypeError, T::roll(x, 0.5, 0),
              "roll: the shift 0.5 is TensorType(float32, scalar); it must be an integer");
  CHECK_ERROR(ValueError, T::tile(x, {-2}), "tile: count -2 is negative; give 0 or more");
  for (const Mode& mode : modes) {
    const auto f = function({x, counts}, T::repeat(x, counts, 0), {.mode = mode});
    EXPECT_EQ(first_line<ShapeError>([&] { f(array({1., 2.}), array({1, 2, 3})); }),
              "repeat: 3 counts are given for 2 elements; give one for each");
    EXPECT_EQ(first_line<ValueError>([&] { f(array({1., 2.}), array({1, -2})); }),
              "repeat: count -2 is negative; give 0 or more");
    EXPECT_EQ(f(array({1., 2.}), array({1, 2})).array().to_vector<double>(), (List{1, 2, 2}));
  }
}
