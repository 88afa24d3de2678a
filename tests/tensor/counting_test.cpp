// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/counting.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/support/evaluate.h"
#include "tests/tensor/everywhere.h"
#include "tests/tensor/first_line.h"

using namespace kroton;
using namespace kroton::support;
namespace T = kroton::tensor;

TEST(Counting, one_hot_rows_have_their_one_at_the_label) {
  const Variable y = T::lvector("y");
  expect_everywhere(T::to_one_hot(y, 3, float32), y, array({2, 0, -1}),
                    array<float>({0, 0, 1, 1, 0, 0, 0, 0, 1}, {3, 3}));
  for (const Mode& mode : modes) {
    const auto f = function({y}, T::to_one_hot(y, 3), {.mode = mode});
    // Where nodes are fused, the names of those before it come first.
    const std::string text = first_line<ValueError>([&] { f(array({0, 3})); });
    EXPECT_TRUE(
        text.ends_with("to_one_hot: index 3 is out of range for axis 1 of length 3; give -3 to 2"))
        << text;
    EXPECT_EQ(f(array({0, 2})).array().shape(), (Shape{2, 3}));
  }
}

TEST(Counting, counts_are_numpys) {
  const Variable x = T::lvector("x");
  const NDArray value = array({1, 3, 1, 0});
  expect_everywhere(T::bincount(x), x, value, array({1, 2, 0, 1}));
  expect_everywhere(T::bincount(x, 6), x, value, array({1, 2, 0, 1, 0, 0}));
  expect_everywhere(T::bincount(x, T::constant(array({0.5, 1., 2., 4.}))), x, value,
                    array({4., 2.5, 0., 1.}));
  EXPECT_EQ(evaluate(T::bincount(x), {{x, NDArray::zeros({0}, int64)}}).size(), 0u);
  EXPECT_EQ(first_line<ValueError>([&] { evaluate(T::bincount(x), {{x, array({1, -1})}}); }),
            "bincount: index -1 is out of range for axis 0 of length 2; give 0 to 1");
}

TEST(Counting, permutations_turn_round_and_conditions_select) {
  const Variable p = T::lvector("p"), x = T::dmatrix("x");
  expect_everywhere(T::inverse_permutation(p), p, array({2, 0, 1}), array({1, 2, 0}));
  expect_everywhere(T::compress(array({true, false, true}), x, 1), x,
                    array({1., 2., 3., 4., 5., 6.}, {2, 3}), array({1., 3., 4., 6.}, {2, 2}));
}

TEST(Counting, wrong_uses_are_named) {
  const Variable x = T::dvector("x"), i = T::lvector("i");
  CHECK_ERROR(TypeError, T::to_one_hot(x, 3),
              "to_one_hot: x is TensorType(float64, vector); it must be a vector of integers");
  CHECK_ERROR(TypeError, T::bincount(T::lmatrix("m")),
              "bincount: m is TensorType(int64, matrix); it must be a vector of integers");
  CHECK_ERROR(ValueError, T::bincount(i, -1), "bincount: minlength is -1; give 0 or more");
  CHECK_ERROR(TypeError, T::compress(T::tensor(bool_, {}, "b"), x, 0),
              "compress: the condition b is TensorType(bool, scalar); it must be a vector");
  EXPECT_EQ(T::bincount(i).ndim(), 1u);
}
