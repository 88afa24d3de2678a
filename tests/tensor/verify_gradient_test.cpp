// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/verify_gradient.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "tests/support/check_error.h"

using namespace kroton;
using tensor::verify_gradient;

namespace {
// x squared, with a gradient and a pushforward that are FACTOR and FORWARD times x.
class Square final : public OpOf<Square> {
 public:
  Square(double factor, double forward) : factor_(factor), forward_(forward) {}
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply& node, Variables gz) const override {
    return {gz[0] * node.inputs()[0] * factor_};
  }
  Variables r_op(const Apply& node, Variables eval_points) const override {
    return {eval_points[0] * node.inputs()[0] * forward_};
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray z = in[0].as<NDArray>().copy();
    for (double& v : z.span<double>()) v *= v;
    out[0] = z;
  }

 private:
  double factor_, forward_;

 public:
  static constexpr std::string_view op_name = "Square";
  static constexpr auto fields =
      std::tuple{Field{"factor", &Square::factor_}, Field{"forward", &Square::forward_}};
};
// Twice x, with a gradient of another length.
class Doubled final : public OpOf<Doubled> {
 public:
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Shapes infer_shape(const Apply&, Shapes in) const override { return in; }
  Variables grad(const Apply&, Variables gz) const override { return {gz[0][{slice(0, 1)}]}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray z = in[0].as<NDArray>().copy();
    for (double& v : z.span<double>()) v *= 2;
    out[0] = z;
  }
  static constexpr std::string_view op_name = "Doubled";
};
auto square(double factor, double forward) {
  return [=](const Variables& in) { return Square(factor, forward)(in[0]); };
}
const NDArray at = array({1., 2.});
}  // namespace

TEST(VerifyGradient, a_right_gradient_passes_at_every_float_dtype) {
  verify_gradient(square(2, 2), {at});
  const auto product = [](const Variables& in) { return tensor::sin(in[0]) * tensor::exp(in[1]); };
  for (const DType d : {float16, bfloat16, float32, float64})
    verify_gradient(product, {at.astype(d), array({0.5, -0.3}).astype(d)});
}

TEST(VerifyGradient, a_wrong_gradient_is_named_with_its_element) {
  try {
    verify_gradient(square(3, 2), {at});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const GradientError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("verify_gradient: element 0 of input 0 has derivative ")) << text;
    EXPECT_TRUE(text.ends_with("; they must agree within 1e-05")) << text;
  }
  // A wrong constant factor in one of two inputs.
  const auto second = [](const Variables& in) { return in[0] + Square(1.9, 2)(in[1]); };
  try {
    verify_gradient(second, {at, at});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const GradientError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("verify_gradient: element 0 of input 1 has "))
        << error.what();
  }
}

TEST(VerifyGradient, a_pushforward_that_differs_from_the_gradient_is_named) {
  try {
    verify_gradient(square(2, 1.5), {at});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const GradientError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("verify_gradient: along a direction of input 0 Rop gives "))
        << text;
    EXPECT_TRUE(text.ends_with("; they must agree within 1e-09")) << text;
  }
  verify_gradient(square(2, 1.5), {at}, {.forward = false});
}

TEST(VerifyGradient, a_gradient_of_another_shape_is_named) {
  const auto doubled = [](const Variables& in) { return Doubled()(in[0]); };
  CHECK_ERROR(GradientError, verify_gradient(doubled, {at}),
              "verify_gradient: the gradient of input 0 has shape (1,) and the input has (2,)");
  verify_gradient(square(2, 2), {at});
}

TEST(VerifyGradient, wrong_arguments_are_explained) {
  CHECK_ERROR(TypeError, verify_gradient(square(2, 2), {array({1, 2})}),
              "verify_gradient: input 0 is int64; gradients are checked at arrays of floats");
  CHECK_ERROR(ValueError, verify_gradient(square(2, 2), {}),
              "verify_gradient: no array is given; give one for each input");
  CHECK_ERROR(TypeError, verify_gradient([](const Variables& in) { return in[0] > 1; }, {at}),
              "verify_gradient: f gives TensorType(bool, vector); it must give floats");
  verify_gradient(square(2, 2), {at});
}
