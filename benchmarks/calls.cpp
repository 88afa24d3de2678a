// SPDX-License-Identifier: BSD-3-Clause
// What a call costs beyond its work.
#include <cstdio>

#include "benchmarks/measure.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// N kernels one after another, kept apart.
Function unfusable(int n) {
  const Variable x = T::dvector("x");
  Variable y = x;
  for (int i = 0; i < n; ++i) y = i % 2 ? y * x : y + x;
  return function({x}, y, {.mode = Mode().excluding("fusion")});
}
}  // namespace

int main() {
  bench::begin("cost of a call");
  const base::ThreadLimit one(1);
  const NDArray ten = NDArray::zeros({10});

  const Function f1 = unfusable(1), f21 = unfusable(21);
  const std::vector<bench::Candidate> calls{{"1 node", [&] { f1(ten); }},
                                            {"21 nodes", [&] { f21(ten); }}};
  const auto timings = bench::measure(calls, 1.0);
  bench::print_row("10 elements", calls, timings);
  std::printf("  a call of one kernel: %.0f ns; a further node: %.1f ns\n", timings[0].median * 1e9,
              (timings[1].median - timings[0].median) / 20 * 1e9);

  const Variable m = T::dmatrix("m");
  const Function g = function({m}, T::exp(m) + T::sum(m, 1, {.keepdims = true}));
  std::vector<NDArray> shapes;
  for (std::int64_t i = 0; i < 1000; ++i)
    shapes.push_back(NDArray::zeros({1 + i % 40, 1 + i / 40}));
  bench::print_row("1,000 alternating shapes", {{"all new",
                                                 [&] {
                                                   for (const NDArray& a : shapes) g(a);
                                                 }},
                                                {"one shape", [&] {
                                                   for (int i = 0; i < 1000; ++i) g(shapes[500]);
                                                 }}});
}
