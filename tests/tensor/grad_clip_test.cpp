// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/grad_clip.h"

#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/gradient/grad.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"
#include "kroton/tensor/literals.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

TEST(GradClip, C0_10_the_gradient_stays_within_the_bounds_and_the_value_passes) {
  Variable x = T::dscalar("x");
  Variable y = T::grad_clip(x, -1, 2) * 5;
  EXPECT_EQ(y.eval({{x, 3.0}}).item<double>(), 15.0);
  EXPECT_EQ(grad(y, x).eval({{x, 3.0}}).item<double>(), 2.0);
  EXPECT_EQ(grad(T::grad_clip(x, -1, 2) * -5, x).eval({{x, 3.0}}).item<double>(), -1.0);
  EXPECT_EQ(grad(T::grad_clip(x, -1, 2) * 0.5, x).eval({{x, 3.0}}).item<double>(), 0.5);
}

TEST(GradClip, the_gradient_keeps_the_dtype) {
  Variable x = T::fscalar("x");
  EXPECT_EQ(grad(T::grad_clip(x, -0.1, 0.1) * 2, x).dtype(), float32);
}

TEST(GradClip, bounds_are_part_of_the_identity) {
  Variable x = T::dscalar("x");
  Variable a = T::grad_clip(x, 0, 1), b = T::grad_clip(x, 0, 2), c = T::grad_clip(x, 0, 1);
  EXPECT_TRUE(a.owner().op() == c.owner().op());
  EXPECT_EQ(a.owner().op().hash(), c.owner().op().hash());
  EXPECT_FALSE(a.owner().op() == b.owner().op());
  EXPECT_EQ(a.owner().op().text(), "GradClip{lower: 0, upper: 1}");
}

TEST(GradClip, bounds_in_the_wrong_order_are_refused) {
  Variable x = T::dscalar("x");
  CHECK_ERROR(ValueError, T::grad_clip(x, 1, 0),
              "grad_clip: lower is 1.0 and upper is 0.0; lower must not be above upper");
  EXPECT_EQ(T::grad_clip(x, 0, 0).ndim(), 0u);
}
