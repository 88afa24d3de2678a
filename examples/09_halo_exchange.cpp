// SPDX-License-Identifier: BSD-3-Clause
// The heat equation in one dimension, cut into pieces that belong to ranks. Each step sends the
// outer points of a piece to its neighbours and receives theirs; the schedule starts all messages
// first, computes the inside while they are under way, and waits for them last. Run it as
//   mpiexec -n 2 halo_exchange
//   halo_exchange --loopback 4
#include <kroton/kroton.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <vector>

#include "ranks.h"

using namespace kroton;

namespace {
constexpr std::int64_t n = 1200;  // points in all, the ends are kept at zero
constexpr int steps = 500;
constexpr double k = 0.25;

double initial(std::int64_t i) {
  return std::sin(std::acos(-1.0) * static_cast<double>(i) / static_cast<double>(n - 1)) +
         (i > n / 3 && i < n / 2 ? 1.0 : 0.0);
}

// The same by one plain loop, as the reference.
std::vector<double> reference() {
  std::vector<double> u(n), v(n);
  for (std::int64_t i = 0; i < n; ++i) u[static_cast<std::size_t>(i)] = initial(i);
  u.front() = u.back() = 0;
  for (int s = 0; s < steps; ++s) {
    for (std::size_t i = 1; i + 1 < u.size(); ++i)
      v[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1]);
    std::swap(u, v);
  }
  return u;
}

void program() {
  const int rank = mpi_rank(), size = mpi_size();
  const std::int64_t first = n * rank / size, last = n * (rank + 1) / size, m = last - first;
  NDArray start = NDArray::zeros({m});
  for (std::int64_t i = first; i < last; ++i)
    if (i > 0 && i < n - 1) start.at<double>({i - first}) = initial(i);
  auto u = shared(start, "u");

  // Tag 1 goes up in rank, tag 2 goes down. Outside of the ends there is zero.
  Variable left = constant(NDArray::zeros({1})), right = left;
  std::vector<Out> waits;
  if (rank > 0) {
    waits.emplace_back(send(u[{slice(0, 1)}], rank - 1, 2));
    left = recv({1}, float64, rank - 1, 1);
  }
  if (rank < size - 1) {
    waits.emplace_back(send(u[{slice(-1)}], rank + 1, 1));
    right = recv({1}, float64, rank + 1, 2);
  }
  auto inside = u[{slice(1, -1)}];
  auto next = inside + k * (u[{slice({}, -2)}] - 2 * inside + u[{slice(2)}]);
  auto head = u[{slice(0, 1)}], tail = u[{slice(-1)}];
  // The outermost points of all stay as they are.
  auto first_point = rank == 0 ? head : head + k * (left - 2 * head + u[{slice(1, 2)}]);
  auto last_point = rank == size - 1 ? tail : tail + k * (u[{slice(-2, -1)}] - 2 * tail + right);
  auto step = function({}, waits, {.updates = {{u, concatenate({first_point, next, last_point})}}});
  if (rank == 0 && size > 1) {
    std::printf("  a step of rank 0 runs:");
    for (const Apply& node : step.nodes()) {
      const std::string text = node.op().text();
      std::printf(" %s", text.substr(0, text.find('{')).c_str());
    }
    std::printf("\n");
  }
  for (int s = 0; s < steps; ++s) step();

  const std::vector<double> expected = reference();
  const NDArray piece = u.get_value();
  double worst = 0;
  for (std::int64_t i = 0; i < m; ++i)
    worst = std::max(
        worst, std::abs(piece.at<double>({i}) - expected[static_cast<std::size_t>(first + i)]));
  std::printf("  rank %d of %d, points %lld to %lld: differs from one loop by %.1e at most\n", rank,
              size, static_cast<long long>(first), static_cast<long long>(last - 1), worst);
  if (worst > 1e-13) throw ValueError("the pieces do not fit together");
}
}  // namespace

int main(int count, char** words) { return run_ranks(count, words, program); }
