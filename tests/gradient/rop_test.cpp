// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/gradient/grad.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// x^3, with a gradient and no r_op.
class Cube final : public OpOf<Cube> {
 public:
  static constexpr std::string_view op_name = "Cube";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Variables grad(const Apply& node, Variables gz) const override {
    return {gz[0] * 3.0 * T::sqr(node.inputs()[0])};
  }
};
}  // namespace

TEST(Rop, C0_10_is_the_jacobian_times_the_column_vector) {
  const Variable x = T::dvector("x"), v = T::dvector("v");
  const NDArray r = Rop(T::exp(x) * x, x, v).eval({{x, array({0.0, 1.0})}, {v, array({2.0, 3.0})}});
  EXPECT_NEAR(r.at<double>({0}), 2.0, 1e-12);
  EXPECT_NEAR(r.at<double>({1}), 3.0 * 2.0 * std::exp(1.0), 1e-12);
}

TEST(Rop, C0_10_goes_through_reductions) {
  const Variable x = T::dmatrix("x"), v = T::dmatrix("v");
  const NDArray r =
      Rop(T::sum(T::sqr(x), 1), x, v)
          .eval({{x, array({1., 2., 3., 4.}, {2, 2})}, {v, array({1., 1., 1., 0.}, {2, 2})}});
  EXPECT_NEAR(r.at<double>({0}), 6.0, 1e-12);
  EXPECT_NEAR(r.at<double>({1}), 6.0, 1e-12);
}

TEST(Rop, C0_10_of_an_op_without_r_op_transposes_its_grad_twice) {
  const Variable x = T::dvector("x"), v = T::dvector("v");
  const NDArray r = Rop(Cube()(x), x, v).eval({{x, array({1., 2.})}, {v, array({1., 10.})}});
  EXPECT_NEAR(r.at<double>({0}), 3.0, 1e-12);
  EXPECT_NEAR(r.at<double>({1}), 120.0, 1e-12);
}

TEST(Rop, C0_10_of_several_wrt_sums_their_shares) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y"), u = T::dscalar("u"), v = T::dscalar("v");
  const Variable r = Rop(x * y, {x, y}, {u, v});
  EXPECT_NEAR(r.eval({{x, 2.0}, {y, 3.0}, {u, 10.0}, {v, 100.0}}).item<double>(), 230.0, 1e-12);
}

TEST(Rop, C0_10_each_wrt_needs_an_eval_point_of_its_rank) {
  const Variable x = T::dscalar("x"), y = T::dscalar("y");
  CHECK_ERROR(GradientError, Rop(x * y, {x, y}, {x}),
              "Rop: there are 2 wrt and 1 eval_points; each wrt needs one");
  CHECK_ERROR(GradientError, Rop(x * y, x, T::dvector("v")),
              "Rop: eval point 0 has 1 dimensions and x has 0; they must be equal");
}
