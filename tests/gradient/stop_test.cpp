// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gradient/stop.h"

#include <gtest/gtest.h>

#include "kroton/gradient/grad.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
double at(const Variable& y, const Variable& x, double value) {
  return y.eval({{x, value}}).item<double>();
}
}  // namespace

TEST(Stop, C0_10_values_pass_through_every_marker) {
  const Variable x = T::dscalar("x");
  for (const Variable& y : {consider_constant(x), zero_grad(x), disconnected_grad(x),
                            undefined_grad(x), grad_scale(x, 2.0)}) {
    EXPECT_EQ(at(y * 1.0, x, 3.0), 3.0);
  }
}

TEST(Stop, C0_10_zero_keeps_the_variable_connected_and_disconnected_does_not) {
  const Variable x = T::dscalar("x");
  EXPECT_EQ(at(grad(zero_grad(x), x) + 0.0 * x, x, 3.0), 0.0);
  EXPECT_EQ(at(grad(x * consider_constant(x), x), x, 3.0), 3.0);
  CHECK_ERROR(
      GradientError, grad(disconnected_grad(x), x),
      "grad: the cost is no function of x, or only through operations that are not differentiable; pass "
      "disconnected_inputs = ignore if that is meant");
  EXPECT_EQ(at(grad(x * disconnected_grad(x), x), x, 3.0), 3.0);
}

TEST(Stop, C0_10_an_undefined_gradient_is_an_error_with_its_reason) {
  const Variable x = T::dscalar("x");
  CHECK_ERROR(
      GradientError, grad(undefined_grad(x), x),
      "grad: the gradient with respect to x does not exist; the gradient of UndefinedGrad with respect to input 0 (x) "
      "is undefined: undefined_grad was applied");
  CHECK_ERROR(GradientError, Rop(undefined_grad(x), x, x),
              "Rop: the derivative through undefined_grad is undefined");
  EXPECT_EQ(at(grad(x * x, x), x, 3.0), 6.0);
}

TEST(Stop, C0_10_scale_multiplies_and_its_factor_is_part_of_its_identity) {
  const Variable x = T::dscalar("x");
  EXPECT_EQ(at(grad(grad_scale(x, -2.0), x) + 0.0 * x, x, 3.0), -2.0);
  EXPECT_FALSE(grad_scale(x, 1.0).owner().op() == grad_scale(x, 2.0).owner().op());
}
