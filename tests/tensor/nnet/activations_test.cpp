// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/activations.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/nnet/close.h"

using namespace kroton;
using namespace nnet_tests;
namespace T = kroton::tensor;
namespace N = kroton::tensor::nnet;

namespace {
const NDArray points = array({-1e4, -2., -0.5, 0., 0.5, 2., 1e4});
}

TEST(Activations, relu_takes_the_positive_part_and_alpha_of_the_rest) {
  const Variable x = T::dvector("x"), a = T::dscalar("a");
  expect_everywhere(N::relu(x), {{x, points}}, array({0., 0., 0., 0., 0.5, 2., 1e4}));
  expect_everywhere(N::relu(x, 0.25), {{x, points}},
                    array({-2500., -0.5, -0.125, 0., 0.5, 2., 1e4}));
  expect_everywhere(N::relu(x, a), {{x, points}, {a, NDArray::full({}, 2.)}},
                    array({-2e4, -4., -1., 0., 0.5, 2., 1e4}));
  expect_everywhere(N::relu(x, 0.25), {{x, array({-infinity(), infinity()})}},
                    array({-infinity(), infinity()}));
  expect_everywhere(grad(T::sum(N::relu(x, 0.5)), x), {{x, array({-1., 0., 1.})}},
                    array({0.5, 0.75, 1.}));
}

// Values of the formulas by mpmath with 30 digits.
TEST(Activations, values_are_those_of_the_formulas) {
  const Variable x = T::dvector("x");
  expect_everywhere(N::elu(x), {{x, points}},
                    array({-1., -0.8646647167633873, -0.3934693402873666, 0., 0.5, 2., 1e4}));
  expect_everywhere(N::elu(x, 2), {{x, points}},
                    array({-2., -1.7293294335267746, -0.7869386805747332, 0., 0.5, 2., 1e4}));
  expect_everywhere(N::selu(x), {{x, array({-2., 1.})}},
                    array({-1.5201664685956948, 1.0507009873554805}));
  expect_everywhere(N::softsign(x), {{x, array({-3., 0., 1.})}}, array({-0.75, 0., 0.5}));
  expect_everywhere(N::hard_sigmoid(x), {{x, array({-3., -1., 0., 1., 2.5, 9.})}},
                    array({0., 0.3, 0.5, 0.7, 1., 1.}));
  expect_everywhere(N::ultra_fast_sigmoid(x), {{x, array({-8., -1., 0., 1., 4., 8.})}},
                    array({0.002472623156635, 0.25, 0.5, 0.75, 0.97458673, 0.997527376843365}),
                    1e-8);
}

TEST(Activations, ultra_fast_sigmoid_is_near_sigmoid) {
  const Variable x = T::dvector("x");
  const NDArray at = NDArray::arange(-12, 12, 0.01);
  const NDArray error =
      support::evaluate(T::max(T::abs(N::ultra_fast_sigmoid(x) - T::sigmoid(x))), {{x, at}});
  EXPECT_LT(error.item<double>(), 0.028);
  EXPECT_GT(error.item<double>(), 0.001);
}

TEST(Activations, numbers_keep_the_dtype_of_x) {
  const Variable x = T::fvector("x"), i = T::ivector("i"), h = T::tensor(float16, {false}, "h");
  for (const auto& f : {+[](const Variable& v) { return N::relu(v, 0.1); },
                        +[](const Variable& v) { return N::elu(v, 0.1); },
                        +[](const Variable& v) { return N::selu(v); },
                        +[](const Variable& v) { return N::softsign(v); },
                        +[](const Variable& v) { return N::hard_sigmoid(v); },
                        +[](const Variable& v) { return N::ultra_fast_sigmoid(v); }}) {
    EXPECT_EQ(name(f(x).dtype()), "float32");
    EXPECT_EQ(name(f(h).dtype()), "float16");
    EXPECT_EQ(name(f(i).dtype()), "float64");
  }
}

TEST(Activations, gradients_are_those_of_difference_quotients) {
  const NDArray at = array({-4.5, -2., -0.5, 0.4, 1.9, 3.1});
  support::verify_gradient([](Inputs x) { return N::relu(x[0], x[1]); }, {at, at});
  support::verify_gradient([](Inputs x) { return N::elu(x[0], x[1]); }, {at, at});
  support::verify_gradient([](Inputs x) { return N::selu(x[0]); }, {at});
  support::verify_gradient([](Inputs x) { return N::softsign(x[0]); }, {at});
  support::verify_gradient([](Inputs x) { return N::hard_sigmoid(x[0]); }, {at});
  support::verify_gradient([](Inputs x) { return N::ultra_fast_sigmoid(x[0]); }, {at});
  const Variable x = T::dvector("x");
  expect_everywhere(grad(T::sum(N::elu(x)), x), {{x, array({1e4, -1e4})}}, array({1., 0.}));
}

TEST(Activations, complex_numbers_are_refused) {
  const Variable z = T::zvector("z");
  CHECK_ERROR(
      TypeError, N::relu(z),
      "relu: z is TensorType(complex128, vector); it must be real, take its real part or abs");
  EXPECT_EQ(N::relu(T::abs(z)).ndim(), 1u);
}
