// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/normalization.h"

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
const NDArray batch = array({1., 10., 2., 20., 6., 60.}, {3, 2});
}

// Means 3 and 30, variances 14/3 and 1400/3.
TEST(Normalization, of_a_batch_has_mean_beta_and_deviation_gamma) {
  const Variable x = T::dmatrix("x"), gamma = T::dvector("gamma"), beta = T::dvector("beta");
  const support::Givens given{{x, batch}, {gamma, array({1., 2.})}, {beta, array({0., 5.})}};
  const auto bn = N::batch_normalization_train(x, gamma, beta, N::per_activation, 1e-5);
  const double a = 1 / std::sqrt(14. / 3 + 1e-5), b = 1 / std::sqrt(1400. / 3 + 1e-5);
  expect_everywhere(bn.out, given,
                    array({-2 * a, -40 * b + 5, -1 * a, -20 * b + 5, 3 * a, 60 * b + 5}, {3, 2}));
  expect_everywhere(bn.mean, {{x, batch}}, array({3., 30.}));
  expect_everywhere(bn.invstd, {{x, batch}}, array({a, b}));
  EXPECT_FALSE(bn.new_mean);
  EXPECT_FALSE(bn.new_var);
}

TEST(Normalization, running_averages_take_the_unbiased_variance) {
  const Variable x = T::dmatrix("x"), p = T::drow("p"), mean = T::drow("mean"),
                 var = T::drow("var");
  const auto bn =
      N::batch_normalization_train(x, p, p, 0, 1e-4, N::RunningAverages{mean, var, 0.25});
  const NDArray old = array({1., 2.}, {1, 2});
  expect_everywhere(bn.new_mean, {{x, batch}, {mean, old}}, array({1.5, 9.}, {1, 2}));
  // 0.75 * (1, 2) + 0.25 * (7, 700)
  expect_everywhere(bn.new_var, {{x, batch}, {var, old}}, array({2.5, 176.5}, {1, 2}));
}

TEST(Normalization, spatial_goes_over_all_axes_but_the_second) {
  const Variable x = T::dtensor4("x"), gamma = T::dvector("gamma");
  const auto bn = N::batch_normalization_train(x, gamma, gamma, N::spatial(x));
  const NDArray images = NDArray::arange(16).astype(float64).reshape({2, 2, 2, 2});
  expect_everywhere(bn.mean, {{x, images}}, array({5.5, 9.5}));
}

TEST(Normalization, by_given_averages_is_the_formula) {
  const Variable x = T::dmatrix("x"), v = T::dvector("v");
  const NDArray two = array({2., 3.});
  // v (x - v) / sqrt(v + 1) + v
  const double s2 = 2 / std::sqrt(3.), s3 = 3 / 2.;
  expect_everywhere(N::batch_normalization_test(x, v, v, v, v, 0, 1), {{x, batch}, {v, two}},
                    array({2 - s2, 3 + 7 * s3, 2., 3 + 17 * s3, 2 + 4 * s2, 3 + 57 * s3}, {3, 2}));
  expect_everywhere(N::batch_normalization(x, v, 1, 2, v), {{x, batch}, {v, two}},
                    array({0., 9., 1., 19., 5., 59.}, {3, 2}));
}

TEST(Normalization, a_layer_norm_goes_along_rows) {
  const Variable x = T::fmatrix("x"), g = T::fvector("g");
  EXPECT_EQ(name(N::layer_norm(x).dtype()), "float32");
  const NDArray rows = array<float>({1, 3, 1000, 3000}, {2, 2});
  expect_everywhere(N::layer_norm(x, -1, 1e-12), {{x, rows}}, array({-1., 1., -1., 1.}, {2, 2}),
                    1e-6);
  expect_everywhere(N::layer_norm(x, g, 1, 1, 1e-12), {{x, rows}, {g, array<float>({2, 3})}},
                    array({-1., 4., -1., 4.}, {2, 2}), 1e-6);
}

TEST(Normalization, gradients_are_those_of_difference_quotients) {
  const NDArray p = array({0.7, -1.3}), x = array({1., -1., 0.3, 2., 0.6, 0.1}, {3, 2});
  support::verify_gradient(
      [](Inputs in) { return N::batch_normalization_train(in[0], in[1], in[2]).out; }, {x, p, p});
  support::verify_gradient([](Inputs in) { return N::layer_norm(in[0], in[1], in[1]); },
                           {array({1., -1., 0.3, 2., 0.6, 0.1}, {2, 3}), array({0.5, 1., 2.})});
}

TEST(Normalization, wrong_arguments_are_explained) {
  const Variable x = T::dtensor3("x"), m = T::dmatrix("m"), v = T::dvector("v");
  CHECK_ERROR(
      TypeError, N::batch_normalization_train(x, v, v),
      "batch_normalization_train: gamma is TensorType(float64, vector) and x is TensorType(float64, 3D); it must have the 2 axes of x that are not normalised over, or all of them with broadcastable ones");
  CHECK_ERROR(ValueError, N::layer_norm(x, -1, 0),
              "layer_norm: epsilon is 0.0; it must be positive");
  EXPECT_EQ(N::batch_normalization_train(x, m, m).out.ndim(), 3u);
}
