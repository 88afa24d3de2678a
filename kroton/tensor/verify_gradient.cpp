// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/verify_gradient.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/compile/function.h"
#include "kroton/gradient/grad.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
struct Steps {
  double step, tolerance;
  double exact;  // how far two derivatives may be apart that were both computed
};
// Central differences err by the square of the step and by the rounding of the value over it.
Steps steps_of(DType d) {
  if (d == float64) return {1e-6, 1e-5, 1e-9};
  if (d == float32) return {2e-3, 1e-2, 1e-3};
  return {3e-2, 1e-1, 5e-2};
}

// Numbers in [0.5, 1.5), the same for a seed.
NDArray weights(const Shape& shape, std::uint64_t seed) {
  NDArray out = NDArray::zeros(shape);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (double& x : out.span<double>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x = 0.5 + static_cast<double>(state >> 40) / 16777216.0;
  }
  return out;
}

std::vector<double> numbers(const NDArray& x) {
  return x.astype(float64).copy().to_vector<double>();
}

class Verifier {
 public:
  Verifier(const std::function<Variable(const Variables&)>& f, const std::vector<NDArray>& at,
           const VerifyGradientOptions& options)
      : options_(options), steps_(steps_of(float64)) {
    if (at.empty()) throw ValueError("verify_gradient: no array is given; give one for each input");
    for (std::size_t i = 0; i < at.size(); ++i) add_input(i, at[i]);
    steps_.step = options.step.value_or(steps_.step);
    steps_.tolerance = options.tolerance.value_or(steps_.tolerance);
    z_ = f(inputs_);
    if (is_discrete(z_.dtype()) || is_complex(z_.dtype())) {
      throw TypeError(
          fmt::format("verify_gradient: f gives {}; it must give floats", z_.type().text()));
    }
    const NDArray value = compiled({z_}).call(arguments())[0];
    projection_ = constant(weights(value.shape(), 1));
    cost_ = sum(cast(z_, float64) * projection_);
  }

  void run() {
    GradOptions options;
    options.disconnected_inputs = DisconnectedInputs::ignore;
    const Outputs gradients = compiled(grad(cost_, inputs_, options)).call(arguments());
    cost_function_ = compiled({cost_});
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const NDArray gradient = gradients.array(i);
      if (gradient.shape() != points_[i].shape()) {
        throw GradientError(fmt::format(
            "verify_gradient: the gradient of input {} has shape {} and the input has {}", i,
            shape_text(gradient.shape()), shape_text(points_[i].shape())));
      }
      backward(i, numbers(gradient));
      if (options_.forward) forward(i, numbers(gradient));
    }
  }

 private:
  void add_input(std::size_t i, const NDArray& point) {
    if (!is_floating(point.dtype())) {
      throw TypeError(
          fmt::format("verify_gradient: input {} is {}; gradients are checked at arrays of floats",
                      i, name(point.dtype())));
    }
    const Steps own = steps_of(point.dtype());
    steps_ = {std::max(steps_.step, own.step), std::max(steps_.tolerance, own.tolerance),
              std::max(steps_.exact, own.exact)};
    std::vector<bool> flags;
    for (const std::int64_t n : point.shape()) flags.push_back(n == 1);
    inputs_.push_back(TensorType(point.dtype(), flags)("x" + std::to_string(i)));
    points_.push_back(point.copy());
  }
  Function compiled(const Variables& outputs) const {
    FunctionOptions options;
    options.mode = options_.mode;
    options.on_unused_input = OnUnusedInput::ignore;
    return function(std::vector<Variable>(inputs_), outputs, options);
  }
  std::vector<CallArgument> arguments_of(const std::vector<NDArray>& points) const {
    std::vector<CallArgument> all;
    for (const NDArray& point : points) all.emplace_back(point);
    return all;
  }
  // Kept, since a call takes a span of them.
  std::span<CallArgument> arguments() {
    arguments_ = arguments_of(points_);
    return arguments_;
  }
  double cost_at(std::size_t i, std::size_t k, double value) {
    NDArray moved = points_[i].astype(float64).copy();
    moved.span<double>()[k] = value;
    std::vector<NDArray> points = points_;
    points[i] = moved.astype(points_[i].dtype());
    std::vector<CallArgument> given = arguments_of(points);
    return cost_function_.call(given).item<double>();
  }

  void backward(std::size_t i, const std::vector<double>& gradient) {
    const std::vector<double> center = numbers(points_[i]);
    for (std::size_t k = 0; k < center.size(); ++k) {
      const double high = cost_at(i, k, center[k] + steps_.step);
      const double low = cost_at(i, k, center[k] - steps_.step);
      const double quotient = (high - low) / (2 * steps_.step);
      if (near(gradient[k], quotient, steps_.tolerance)) continue;
      throw GradientError(fmt::format(
          "verify_gradient: element {} of input {} has derivative {} and difference quotient {}; "
          "they must agree within {}",
          k, i, base::repr_number(gradient[k]), base::repr_number(quotient),
          base::repr_number(steps_.tolerance)));
    }
  }
  // Rop along a direction is what the gradient says of it.
  void forward(std::size_t i, const std::vector<double>& gradient) {
    const NDArray direction = weights(points_[i].shape(), 7 + i);
    const Variable along = constant(direction.astype(points_[i].dtype()));
    const Variable pushed = Rop(z_, inputs_[i], along);
    if (!pushed || !pushed.type().is_array()) return;
    const Variable projected = sum(cast(pushed, float64) * projection_);
    const double ahead = compiled({projected}).call(arguments()).item<double>();
    const std::vector<double> steps = numbers(direction);
    double back = 0;
    for (std::size_t k = 0; k < steps.size(); ++k) back += steps[k] * gradient[k];
    if (near(ahead, back, steps_.exact)) return;
    throw GradientError(fmt::format(
        "verify_gradient: along a direction of input {} Rop gives {} and the gradient {}; they must "
        "agree within {}",
        i, base::repr_number(ahead), base::repr_number(back), base::repr_number(steps_.exact)));
  }
  static bool near(double a, double b, double tolerance) {
    return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
  }

  const VerifyGradientOptions& options_;
  Steps steps_;
  Variables inputs_;
  std::vector<NDArray> points_;
  std::vector<CallArgument> arguments_;
  Variable z_, projection_, cost_;
  Function cost_function_;
};
}  // namespace

void verify_gradient(const std::function<Variable(const Variables&)>& f,
                     const std::vector<NDArray>& at, VerifyGradientOptions options) {
  Verifier(f, at, options).run();
}
}  // namespace kroton::tensor
