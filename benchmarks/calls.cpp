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

  // An update of a part costs the part: beside a loop over the same rows, and beside what a copy of
  // the whole costs, which is made when somebody holds the old value.
  const std::int64_t rows = 1'000'000, width = 16, some = 100;
  SharedVariable table = shared(NDArray::zeros({rows, width}), "table");
  const Variable where = T::lvector("where"), what = T::dmatrix("what");
  const Function add =
      function({where, what}, {}, {.updates = {{table, T::inc_subtensor(table[{where}], what)}}});
  NDArray numbers = NDArray::zeros({some}, int64), by_hand = NDArray::zeros({rows, width});
  for (std::int64_t i = 0; i < some; ++i) numbers.at<std::int64_t>({i}) = i * 9973 % rows;
  const NDArray values = NDArray::full({some, width}, 1, float64);
  bench::print_row("100 rows of 1,000,000", {{"kroton", [&] { add(numbers, values); }},
                                             {"loop",
                                              [&] {
                                                for (std::int64_t i = 0; i < some; ++i) {
                                                  double* row =
                                                      by_hand.data<double>() +
                                                      numbers.data<std::int64_t>()[i] * width;
                                                  for (std::int64_t j = 0; j < width; ++j)
                                                    row[j] += values.data<double>()[i * width + j];
                                                }
                                              }},
                                             {"held", [&] {
                                                const Value held = table.get_value(true);
                                                add(numbers, values);
                                              }}});
}
