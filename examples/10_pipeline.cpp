// SPDX-License-Identifier: BSD-3-Clause
// A network of two layers that lie on two ranks. Rank 0 sends what its layer makes of the input;
// rank 1 has the other layer and the cost. grad() on each rank finds the way back, so each trains
// its own layer.
//   mpiexec -n 2 pipeline
//   pipeline --loopback 2
#include <kroton/kroton.h>

#include <cmath>
#include <cstdio>

#include "ranks.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr std::int64_t batch = 64, hidden = 16;
constexpr double rate = 0.2;

// Numbers between -1 and 1 without a generator, the same on every machine.
NDArray mixed(const Shape& shape, double scale, double shift) {
  NDArray x = NDArray::zeros(shape);
  double i = shift;
  for (double& value : x.span<double>()) value = scale * std::sin(i += 1.7);
  return x;
}

void program() {
  if (mpi_size() != 2) throw ValueError("this network lies on 2 ranks");
  const Variable x = dmatrix("x"), y = dvector("y");
  NDArray points = mixed({batch, 2}, 1.5, 0.3), classes = NDArray::zeros({batch});
  // Inside a circle, or outside.
  for (std::int64_t i = 0; i < batch; ++i) {
    const double a = points.at<double>({i, 0}), b = points.at<double>({i, 1});
    classes.at<double>({i}) = a * a + b * b < 1.2 ? 1 : 0;
  }
  const int steps = 600;
  if (mpi_rank() == 0) {
    auto w = shared(mixed({2, hidden}, 1.0, 5.0), "w");
    auto b = shared(mixed({hidden}, 0.5, 9.0), "b");
    auto cost = distributed::send_to(tanh(dot(x, w) + b), 1, 1);
    auto g = grad(cost, {w, b});
    auto step = function({x}, cost, {.updates = {{w, w - rate * g[0]}, {b, b - rate * g[1]}}});
    for (int s = 0; s < steps; ++s) step(points);
  } else {
    auto v = shared(mixed({hidden}, 0.5, 2.0), "v");
    auto h = distributed::receive_from(v, {batch, hidden}, float64, 0, 1);
    auto p = nnet::sigmoid(dot(h, v));
    auto cost = mean(nnet::binary_crossentropy(p, y));
    auto right = mean(eq(p > 0.5, y > 0.5).astype(float64));
    auto step = function({y}, {cost, right}, {.updates = {{v, v - rate * grad(cost, v)}}});
    double first = 0, last = 0, share = 0;
    for (int s = 0; s < steps; ++s) {
      auto out = step(classes);
      if (s == 0) first = out.item<double>(0);
      last = out.item<double>(0), share = out.item<double>(1);
      if (s % 100 == 0) std::printf("  step %3d: cost %.4f\n", s, last);
    }
    std::printf("  step %d: cost %.4f, %.0f%% of the points are right\n", steps, last, 100 * share);
    if (!(last < first / 2)) throw ValueError("it has not learned");
  }
}
}  // namespace

int main(int count, char** words) { return run_ranks(count, words, program); }
