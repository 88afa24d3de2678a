// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/softmax.h"

#include "kroton/base/errors.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/type.h"
#include "tests/support/check_error.h"
#include "tests/support/verify_gradient.h"
#include "tests/tensor/nnet/close.h"

using namespace kroton;
using namespace nnet_tests;
namespace T = kroton::tensor;
using T::nnet::logsoftmax, T::nnet::logsumexp, T::nnet::softmax;

namespace {
NDArray ramp(Shape shape, double step = 0.4) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  NDArray all = NDArray::arange(size).astype(float64);
  for (double& v : all.span<double>()) v = step * std::sin(3 * v) + 0.1 * v;
  return all.reshape(shape);
}
const std::vector<std::pair<Axes, std::string>> axes_of_files{
    {-1, "2"}, {0, "0"}, {{0, 2}, "02"}, {Axes(), "012"}};
}  // namespace

TEST(Softmax, shares_along_any_axes_are_those_of_exact_arithmetic) {
  const Variable x = T::dtensor3("x");
  const support::Givens given{{x, reference("moderate")}};
  for (const auto& [axes, name] : axes_of_files) {
    expect_everywhere(softmax(x, axes), given, reference("softmax_" + name));
    expect_everywhere(logsoftmax(x, axes), given, reference("logsoftmax_" + name));
    expect_everywhere(logsumexp(x, axes), given, reference("logsumexp_" + name));
  }
}

TEST(Softmax, rows_that_would_overflow_or_cancel_are_exact) {
  const Variable x = T::dmatrix("x");
  const support::Givens given{{x, reference("extreme")}};
  expect_everywhere(softmax(x), given, reference("softmax_extreme"), 1e-14, 1e-320);
  expect_everywhere(logsoftmax(x), given, reference("logsoftmax_extreme"), 1e-14, 1e-16);
  expect_everywhere(logsumexp(x, 1), given, reference("logsumexp_extreme"), 1e-14, 1e-16);
}

// scipy.special.logsumexp and log_softmax of these rows; softmax of the last two is NaN where it is
// infinity over infinity.
TEST(Softmax, infinite_elements_have_their_limits) {
  const double inf = infinity(), nan = not_a_number();
  const Variable x = T::dmatrix("x");
  const support::Givens given{
      {x, array({-inf, 1., 1., -inf, -inf, -inf, 2., inf, 3., nan, 0., 0.}, {4, 3})}};
  expect_everywhere(logsumexp(x, 1), given, array({1.6931471805599454, -inf, inf, nan}));
  expect_everywhere(softmax(x), given,
                    array({0., 0.5, 0.5, nan, nan, nan, 0., nan, 0., nan, nan, nan}, {4, 3}));
  expect_everywhere(logsoftmax(x), given,
                    array({-inf, -0.6931471805599453, -0.6931471805599453, nan, nan, nan, -inf, nan,
                           -inf, nan, nan, nan},
                          {4, 3}));
}

TEST(Softmax, the_dtype_of_floats_stays_and_integers_become_floats) {
  const NDArray row = array({0., 1., 3.});
  // NumPy's, computed in float64.
  const NDArray shares = array({0.042010066, 0.114195199, 0.843794735});
  for (const auto& [dtype, out, rtol] : {std::tuple{float32, float32, 1e-6},
                                         {float16, float16, 1e-3},
                                         {bfloat16, bfloat16, 8e-3},
                                         {int8, float32, 1e-6},
                                         {int64, float64, 1e-8}}) {
    const Variable x = T::tensor(dtype, {false}, "x");
    EXPECT_EQ(name(softmax(x).dtype()), name(out));
    expect_everywhere(softmax(x), {{x, row.astype(dtype)}}, shares, rtol);
    expect_everywhere(logsumexp(x), {{x, row.astype(dtype)}},
                      NDArray::full({}, 3.169846).astype(float64), std::max(rtol, 1e-6));
  }
}

TEST(Softmax, logsumexp_keeps_its_axes_when_asked_and_takes_a_dtype) {
  const Variable x = T::fmatrix("x");
  const Variable z = logsumexp(x, 1, {.keepdims = true, .dtype = float64});
  EXPECT_EQ(z.type().text(), "TensorType(float64, col)");
  expect_everywhere(z, {{x, array<float>({0, 0, 1, 1}, {2, 2})}},
                    array({0.6931471805599453, 1.6931471805599454}, {2, 1}), 1e-7);
  const Variable number = T::dscalar("number");
  expect_everywhere(logsumexp(number), {{number, NDArray::full({}, 3.)}}, NDArray::full({}, 3.));
}

TEST(Softmax, gradients_are_those_of_difference_quotients) {
  for (const Axes& axes : {Axes(-1), Axes(0), Axes({0, 2})}) {
    support::verify_gradient([&](Inputs x) { return softmax(x[0], axes); }, {ramp({2, 3, 4})});
    support::verify_gradient([&](Inputs x) { return logsoftmax(x[0], axes); }, {ramp({2, 3, 4})});
    support::verify_gradient([&](Inputs x) { return logsumexp(x[0], axes); }, {ramp({2, 3, 4})});
    support::verify_gradient(
        [&](Inputs x) { return T::nnet::SoftmaxGrad(T::reduced_axes(x[1], axes, ""))(x[0], x[1]); },
        {ramp({2, 3, 4}), ramp({2, 3, 4}, 0.7)});
  }
  // Of second order, along rows.
  support::verify_gradient(
      [](Inputs x) {
        const Variable z = softmax(x[0]), l = logsumexp(x[0], 1), s = logsoftmax(x[0]);
        const Variable weight = T::constant(support::weights({3, 4}));
        return grad(T::sum(z * z * weight) + T::sum(l * l) + T::sum(s * s * weight), x[0]);
      },
      {ramp({3, 4})});
}

TEST(Softmax, the_gradient_of_extreme_rows_is_finite) {
  const Variable x = T::dmatrix("x");
  const Variable g = grad(T::sum(logsumexp(x, 1)), x);
  expect_everywhere(g, {{x, reference("extreme")}}, reference("softmax_extreme"), 1e-14, 1e-320);
}

TEST(Softmax, of_no_element_is_an_error_that_names_the_length) {
  const Variable x = T::dmatrix("x");
  const NDArray none = NDArray::zeros({3, 0});
  for (const Variable& z : {softmax(x), logsoftmax(x), logsumexp(x, 1)}) {
    const Function f = function({x}, z);
    try {
      f(none);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what())
                    .find(": axis 1 of x has length 0; its length must be at least 1"),
                std::string::npos)
          << error.what();
    }
    EXPECT_EQ(NDArray(f(NDArray::zeros({2, 1}))).size(), 2u);
  }
  EXPECT_EQ(NDArray(function({x}, softmax(x))(NDArray::zeros({0, 3}))).shape(), (Shape{0, 3}));
}

TEST(Softmax, wrong_arguments_are_explained) {
  const Variable z = T::zmatrix("z"), x = T::dmatrix("x"), s = T::dscalar("s");
  CHECK_ERROR(
      TypeError, softmax(z),
      "softmax: z is TensorType(complex128, matrix); it must be real, take its real part or abs");
  CHECK_ERROR(TypeError, T::nnet::Softmax({0}).make_node({T::lvector("n")}),
              "softmax: n is TensorType(int64, vector); it must be an array of floats");
  CHECK_ERROR(ValueError, logsoftmax(x, 2),
              "logsoftmax: axis 2 is out of range for 2 dimensions; give -2 to 1");
  CHECK_ERROR(ValueError, logsoftmax(s, Axes()),
              "logsoftmax: s has no axis to go along; give it one, x.reshape({1, -1})");
  CHECK_ERROR(ValueError, logsumexp(x, {0, -2}),
              "logsumexp: axis 0 is given twice; each axis may stand once");
  expect_everywhere(softmax(x), {{x, array({1., 1.}, {1, 2})}}, array({0.5, 0.5}, {1, 2}));
}
