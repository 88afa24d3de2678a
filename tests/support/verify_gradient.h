// SPDX-License-Identifier: BSD-3-Clause
// verify_gradient(f, {x, y}): the gradients of a random projection of f at float64 arrays agree
// with central differences, and Rop agrees with both. Axes of length 1 are broadcastable.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "kroton/gradient/grad.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"
#include "tests/support/evaluate.h"

namespace kroton::support {
// The same numbers each time, in [0.5, 1.5): projections as Theano's verify_grad has them.
inline NDArray weights(const Shape& shape, std::uint64_t seed = 1) {
  NDArray out = NDArray::zeros(shape);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (double& x : out.span<double>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    x = 0.5 + static_cast<double>(state >> 40) / 16777216.0;
  }
  return out;
}

using Expression = std::function<Variable(const Variables&)>;

inline void verify_gradient(const Expression& f, const std::vector<NDArray>& at, double step = 1e-6,
                            double tolerance = 1e-5) {
  Variables inputs;
  Givens givens;
  for (const NDArray& point : at) {
    std::vector<bool> flags;
    for (const std::int64_t n : point.shape()) flags.push_back(n == 1);
    inputs.push_back(tensor::TensorType(float64, flags)());
    givens.emplace_back(inputs.back(), point.copy());
  }
  const Variable z = f(inputs);
  const Variable projection = tensor::constant(weights(evaluate(z, givens).shape()));
  const Variable cost = tensor::sum(z * projection);
  GradOptions options;
  options.disconnected_inputs = DisconnectedInputs::ignore;
  const Values gradients = evaluate_all(grad(cost, inputs, options), givens);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const NDArray gradient = gradients[i];
    ASSERT_EQ(gradient.shape(), at[i].shape())
        << "the gradient of input " << i << " has another shape";
    NDArray point = givens[i].second.as<NDArray>();
    const NDArray flat = gradient.is_c_contiguous() ? gradient : gradient.copy();
    for (std::size_t k = 0; k < point.size(); ++k) {
      double& x = point.span<double>()[k];
      const double center = x;
      x = center + step;
      const double high = evaluate(cost, givens).item<double>();
      x = center - step;
      const double low = evaluate(cost, givens).item<double>();
      x = center;
      const double numeric = (high - low) / (2 * step), given = flat.span<double>()[k];
      EXPECT_LE(std::abs(given - numeric), tolerance * std::max(1.0, std::abs(numeric)))
          << "input " << i << ", element " << k << ": gradient " << given
          << ", difference quotient " << numeric;
    }
    // Rop along a direction is what the gradient says of it.
    const NDArray direction = weights(at[i].shape(), 7 + i);
    const Variable pushed = Rop(z, inputs[i], tensor::constant(direction));
    if (!pushed || !pushed.type().is_array()) continue;
    const double forward = evaluate(tensor::sum(pushed * projection), givens).item<double>();
    double backward = 0;
    for (std::size_t k = 0; k < direction.size(); ++k)
      backward += direction.span<double>()[k] * flat.span<double>()[k];
    EXPECT_NEAR(forward, backward, 1e-9 * std::max(1.0, std::abs(backward)))
        << "Rop of input " << i;
  }
}
}  // namespace kroton::support
