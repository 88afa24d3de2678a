// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/confusion_matrix.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"
#include "tests/tensor/nnet/close.h"

using namespace kroton;
using namespace nnet_tests;
namespace T = kroton::tensor;

TEST(ConfusionMatrix, counts_pairs_of_the_classes_that_occur) {
  const Variable a = T::ivector("a"), p = T::lvector("p");
  const auto [counts, order] = T::nnet::confusion_matrix(a, p);
  EXPECT_EQ(name(counts.dtype()) + " " + name(order.dtype()), "int64 int64");
  const support::Givens given{{a, array<int>({2, 0, 2, 2, 0, 1})},
                              {p, array<std::int64_t>({0, 0, 2, 2, 0, 7})}};
  // rows and columns: 0, 1, 2, 7
  expect_everywhere(
      counts, given,
      array({2., 0., 0., 0., 0., 0., 0., 1., 1., 0., 2., 0., 0., 0., 0., 0.}, {4, 4}));
  expect_everywhere(order, given, array({0., 1., 2., 7.}));
}

TEST(ConfusionMatrix, wrong_arguments_are_explained) {
  const Variable x = T::dvector("x"), p = T::lvector("p");
  CHECK_ERROR(
      TypeError, T::nnet::confusion_matrix(x, p),
      "confusion_matrix: x is TensorType(float64, vector); it must be a vector of integers");
  const Function f = function({p}, T::nnet::confusion_matrix(p, array<int>({1, 2})).first);
  try {
    f(array<std::int64_t>({1, 2, 3}));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ShapeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(
        text.substr(0, text.find('\n')),
        "confusion_matrix: actual has 3 elements and predicted has 2; both must have as many");
  }
  EXPECT_EQ(NDArray(f(array<std::int64_t>({1, 2}))).shape(), (Shape{2, 2}));
}
