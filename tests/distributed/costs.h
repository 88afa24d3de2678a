// SPDX-License-Identifier: BSD-3-Clause
// A cost for each collective and each way to pass a value on, whose gradients are checked in
// loopback and in each MPI.
#pragma once
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kroton/kroton.h"

namespace over_ranks {
using namespace kroton;

using Cost = std::function<Variable(const Variable& x)>;

// Every rank weighs its part differently.
inline Variable weighted(const Variable& z) { return (z * z * (mpi_rank() + 1.)).sum(); }

// Of a vector with an element for each rank; two ranks at least.
inline std::vector<std::pair<std::string, Cost>> costs() {
  using namespace distributed;
  const auto next = [] { return (mpi_rank() + 1) % mpi_size(); };
  const auto last = [] { return (mpi_rank() + mpi_size() - 1) % mpi_size(); };
  return {{"sum", [](const Variable& x) { return weighted(all_reduce(x)); }},
          {"mean", [](const Variable& x) { return weighted(all_reduce(x, Reduction::mean) * x); }},
          {"prod", [](const Variable& x) { return weighted(all_reduce(x, Reduction::prod)); }},
          {"max", [](const Variable& x) { return weighted(all_reduce(x, Reduction::max)); }},
          {"min", [](const Variable& x) { return weighted(all_reduce(x, Reduction::min) + x); }},
          {"broadcast", [](const Variable& x) { return weighted(broadcast(x * x, 1)); }},
          {"reduce", [](const Variable& x) { return weighted(reduce(x, 0) + x); }},
          {"all_gather", [](const Variable& x) { return weighted(all_gather(x) * x); }},
          {"gather", [](const Variable& x) { return weighted(gather(x, 1)); }},
          {"all_to_all", [](const Variable& x) { return weighted(all_to_all(x)); }},
          {"reduce_scatter", [](const Variable& x) { return weighted(reduce_scatter(x) * x[0]); }},
          {"scatter", [](const Variable& x) { return weighted(scatter(x, 1)); }},
          {"barrier", [](const Variable& x) { return weighted(barrier(all_reduce(x * x))); }},
          {"send_receive",
           [=](const Variable& x) { return weighted(send_receive(x * x, next(), last(), 3) * x); }},
          {"send_to", [](const Variable& x) -> Variable {
             if (mpi_rank() == 0) return weighted(x) + send_to(x * x, 1, 4);
             if (mpi_rank() > 1) return weighted(x);
             return weighted(receive_from(x, {mpi_size()}, float64, 0, 4) * x);
           }}};
}

// X of rank R at first: no two alike.
inline NDArray start(const Shape& shape, int r) {
  NDArray x = NDArray::zeros(shape);
  auto values = x.span<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.7 + std::sin(1.3 * static_cast<double>(i) + 2.1 * r);
  return x;
}
}  // namespace over_ranks
