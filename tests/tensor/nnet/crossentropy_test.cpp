// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/crossentropy.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/nnet/close.h"

using namespace kroton;
using namespace nnet_tests;
namespace T = kroton::tensor;
namespace N = kroton::tensor::nnet;

namespace {
const NDArray labels = array<std::int64_t>({1, 0, 3, 1, 2, 3});
NDArray shares() {  // rows that sum to 1
  return array({0.1, 0.2, 0.7, 0.5, 0.25, 0.25}, {2, 3});
}
}  // namespace

TEST(Crossentropy, picks_one_element_of_each_row_at_any_rank) {
  const Variable x = T::dtensor3("x"), i = T::tensor(uint8, {false, false}, "i");
  const support::Givens given{{x, NDArray::arange(12).astype(float64).reshape({2, 2, 3})},
                              {i, array<std::uint8_t>({2, 0, 1, 2}, {2, 2})}};
  expect_everywhere(N::pick(x, i), given, array({2., 3., 7., 11.}, {2, 2}));
  const Variable v = T::dvector("v"), k = T::iscalar("k");
  expect_everywhere(N::pick(v, k), {{v, array({5., 6.})}, {k, NDArray::full({}, 1, int32)}},
                    NDArray::full({}, 6.));
  const Variable n = T::lscalar("n");
  expect_everywhere(N::spread(v, T::as_tensor_variable(array<int>({1, 3})), n),
                    {{v, array({5., 6.})}, {n, NDArray::full({}, 4, int64)}},
                    array({0., 5., 0., 0., 0., 0., 0., 6.}, {2, 4}));
}

TEST(Crossentropy, of_a_softmax_is_exact_where_the_softmax_rounds_to_0_or_1) {
  const Variable x = T::dmatrix("x"), t = T::lvector("t");
  const support::Givens given{{x, reference("extreme")}, {t, labels}};
  const auto all = N::crossentropy_softmax_argmax_1hot(x, t);
  expect_everywhere(all.nll, given, reference("crossentropy_extreme"), 1e-14, 1e-16);
  expect_everywhere(all.softmax, given, reference("softmax_extreme"), 1e-14, 1e-320);
  expect_everywhere(all.argmax, given, array({0., 0., 3., 0., 0., 0.}));
  expect_everywhere(grad(T::sum(all.nll), x), given, reference("crossentropy_gradient_extreme"),
                    1e-14, 2e-16);
}

TEST(Crossentropy, a_bias_is_added_to_each_row) {
  const Variable x = T::dmatrix("x"), b = T::dvector("b"), t = T::ivector("t");
  const auto all = N::crossentropy_softmax_argmax_1hot_with_bias(x, b, t);
  const support::Givens given{
      {x, array({0., 0., 0., 0.}, {2, 2})}, {b, array({0., 3.})}, {t, array<int>({0, 1})}};
  // log(1 + e^3) and that minus 3.
  expect_everywhere(all.nll, given, array({3.048587351573742, 0.04858735157374206}));
  expect_everywhere(all.argmax, given, array({1., 1.}));
}

TEST(Crossentropy, of_labels_is_that_of_their_one_hot_rows) {
  const Variable p = T::dmatrix("p"), t = T::lvector("t"), rows = T::dmatrix("rows");
  const NDArray wanted = array({1.6094379124341003, 0.6931471805599453});  // -log(0.2), -log(0.5)
  expect_everywhere(N::categorical_crossentropy(p, t),
                    {{p, shares()}, {t, array<std::int64_t>({1, 0})}}, wanted);
  expect_everywhere(N::categorical_crossentropy(p, rows),
                    {{p, shares()}, {rows, array({0., 1., 0., 1., 0., 0.}, {2, 3})}}, wanted);
  // -(0.5 log 0.1 + 0.5 log 0.7), -log(0.25)
  expect_everywhere(N::categorical_crossentropy(p, rows),
                    {{p, shares()}, {rows, array({0.5, 0., 0.5, 0., 0., 1.}, {2, 3})}},
                    array({1.3296300184663873, 1.3862943611198906}));
}

TEST(Crossentropy, of_single_chances_is_symmetric) {
  const Variable p = T::dvector("p"), t = T::dvector("t");
  // -(log(0.25)), -log(1 - 0.25), -(0.5 log(0.9) + 0.5 log(0.1))
  expect_everywhere(N::binary_crossentropy(p, t),
                    {{p, array({0.25, 0.25, 0.9})}, {t, array({1., 0., 0.5})}},
                    array({1.3862943611198906, 0.2876820724517809, 1.2039728043259361}));
}

TEST(Crossentropy, of_a_sigmoid_is_exact_at_large_scores) {
  const Variable x = T::dvector("x"), t = T::dvector("t");
  const Variable z = N::sigmoid_binary_crossentropy(x, t);
  const support::Givens given{{x, array({0., 40., -40., 1e4, -1e4, 1e4, -800.})},
                              {t, array({1., 1., 0., 0., 1., 1., 0.})}};
  // mpmath: log(1 + exp(-40)) is 4.248354255291589e-18
  expect_everywhere(
      z, given,
      array({0.6931471805599453, 4.248354255291589e-18, 4.248354255291589e-18, 1e4, 1e4, 0., 0.}),
      1e-14, 1e-300);
  // sigmoid(x) - t
  expect_everywhere(grad(T::sum(z), x), given,
                    array({-0.5, -4.248354255291589e-18, 4.248354255291589e-18, 1., -1., 0., 0.}),
                    1e-14, 1e-300);
}

TEST(Crossentropy, gradients_are_those_of_difference_quotients) {
  const Variable t = T::constant(array<std::int64_t>({2, 0}));
  support::verify_gradient([&](Inputs x) { return N::pick(x[0], t); }, {shares()});
  support::verify_gradient([&](Inputs x) { return N::spread(x[0], t, 4); }, {array({1.5, -2.})});
  support::verify_gradient([&](Inputs x) { return N::categorical_crossentropy(x[0], t); },
                           {shares()});
  support::verify_gradient([&](Inputs x) { return N::categorical_crossentropy(x[0], x[1]); },
                           {shares(), shares()});
  support::verify_gradient(
      [&](Inputs x) { return N::categorical_crossentropy(N::softmax(x[0]), t); }, {shares()});
  support::verify_gradient([&](Inputs x) { return N::binary_crossentropy(x[0], x[1]); },
                           {shares(), shares()});
  support::verify_gradient([&](Inputs x) { return N::sigmoid_binary_crossentropy(x[0], x[1]); },
                           {array({-3., -0.5, 0.5, 2.}), array({0., 1., 0.3, 1.})});
  support::verify_gradient(
      [&](Inputs x) { return grad(T::sum(N::categorical_crossentropy(x[0], t)), x[0]); },
      {shares()});
}

TEST(Crossentropy, a_label_out_of_range_is_an_error_that_names_it) {
  const Variable x = T::dmatrix("x"), t = T::lvector("t");
  const Function f = function({x, t}, N::categorical_crossentropy(N::softmax(x), t));
  try {
    f(shares(), array<std::int64_t>({0, 3}));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("index 3 is out of range for axis 1 of length 3; give 0 to 2"),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(NDArray(f(shares(), array<std::int64_t>({0, 2}))).size(), 2u);
}

TEST(Crossentropy, wrong_arguments_are_explained) {
  const Variable p = T::dmatrix("p"), f = T::dvector("f"), t = T::lvector("t"), m = T::lmatrix("m");
  CHECK_ERROR(
      TypeError, N::categorical_crossentropy(p, f),
      "categorical_crossentropy: coding is TensorType(float64, matrix) and truth is TensorType(float64, vector); truth must have as many axes, or be integers with one axis less");
  CHECK_ERROR(
      TypeError, N::pick(p, m),
      "pick: x is TensorType(float64, matrix) and labels are TensorType(int64, matrix); labels must be integers with one axis less than x");
  CHECK_ERROR(
      TypeError, N::spread(f, f, 3),
      "spread: g is TensorType(float64, vector) and labels are TensorType(float64, vector); labels must be integers with the axes of g");
  EXPECT_EQ(N::categorical_crossentropy(p, t).ndim(), 1u);
}
