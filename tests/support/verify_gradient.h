// SPDX-License-Identifier: BSD-3-Clause
// verify_gradient(f, {x, y}): tensor's verify_gradient without rewriting, by the interpreter; what
// it throws is a failure of the test.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/gradient/grad.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/type.h"
#include "kroton/tensor/verify_gradient.h"
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
  try {
    tensor::verify_gradient(f, at,
                            {.step = step, .tolerance = tolerance, .mode = Mode("py", "None")});
  } catch (const Error& error) {
    ADD_FAILURE() << error.what();
  }
}
}  // namespace kroton::support
