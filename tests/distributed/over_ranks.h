// SPDX-License-Identifier: BSD-3-Clause
// The gradient that each rank computes, against finite differences of the sum over ranks of their
// costs.
#pragma once
#include <gtest/gtest.h>

#include <mutex>

#include "tests/distributed/costs.h"

namespace over_ranks {
inline void check_gradient(int ranks, const Shape& shape, const Cost& cost) {
  const std::size_t n = start(shape, 0).size(), count = static_cast<std::size_t>(ranks);
  std::vector<double> gradients(count * n), upper(count * n), lower(count * n);
  std::mutex lock;
  constexpr double h = 1e-5;
  distributed::loopback(ranks, [&] {
    const Variable x = tensor::tensor(float64, std::vector<bool>(shape.size(), false), "x");
    const Variable c = cost(x);
    const auto f = function({x}, c), g = function({x}, grad(c, x));
    const int me = mpi_rank();
    const NDArray at = start(shape, me);
    const std::vector<double> mine = NDArray(g(at)).to_vector<double>();
    std::copy(mine.begin(), mine.end(), gradients.begin() + me * static_cast<std::ptrdiff_t>(n));
    for (std::size_t k = 0; k < count * n; ++k) {
      for (auto* totals : {&upper, &lower}) {
        NDArray moved = at.copy();
        if (k / n == static_cast<std::size_t>(me))
          moved.span<double>()[k % n] += totals == &upper ? h : -h;
        const double value = f(moved).template item<double>();
        const std::lock_guard guard(lock);
        (*totals)[k] += value;
      }
    }
  });
  for (std::size_t k = 0; k < count * n; ++k)
    EXPECT_NEAR(gradients[k], (upper[k] - lower[k]) / (2 * h), 1e-7)
        << "rank " << k / n << ", element " << k % n;
}
}  // namespace over_ranks
