// SPDX-License-Identifier: BSD-3-Clause
// function() on graphs of many nodes with their gradient; no kernel is compiled, since nothing is
// called.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "benchmarks/measure.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
void row(int forward_nodes) {
  std::vector<double> samples;
  std::size_t nodes = 0, left = 0;
  for (int round = 0; round < 5; ++round) {
    const Variable x = T::dmatrix("x");
    Variable y = x;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < forward_nodes / 4; ++i) {
      const Variable m = T::max(y, 1, {.keepdims = true});
      y = T::tanh(y - m) * x;
    }
    const Variable cost = T::sum(y), g = grad(cost, x);
    nodes = FunctionGraph({x}, {cost, g}).size();
    const Function f = function({x}, {cost, g});
    left = f.nodes().size();
    samples.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(samples.begin(), samples.end());
  std::printf("%6zu nodes with gradient, %6zu left: %s (%s .. %s)\n", nodes, left,
              bench::time_text(samples[2]).c_str(), bench::time_text(samples.front()).c_str(),
              bench::time_text(samples.back()).c_str());
  std::fflush(stdout);
}
}  // namespace

int main() {
  std::printf("function() without kernel compiles\n");
  row(250);
  row(2'500);
}
