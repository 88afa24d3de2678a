// SPDX-License-Identifier: BSD-3-Clause
// Fused elementwise expressions against hand-written loops over the same vector mathematics and
// STREAM's triad.
#include <cstdio>

#include "benchmarks/measure.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Loop = void (*)(std::int64_t n, const void* x, const void* y, const void* z, void* out);

struct Expression {
  const char* name;
  const char* text;  // over x[i], y[i], z[i]; F is the dtype's ending
  int arrays;        // read and written
  std::vector<std::string> used;
  Variable (*graph)(const Variable& x, const Variable& y, const Variable& z);
};
const std::vector<Expression> expressions{
    {"2x + 3y - z",
     "2 * x[i] + 3 * y[i] - z[i]",
     4,
     {},
     [](const Variable& x, const Variable& y, const Variable& z) { return 2 * x + 3 * y - z; }},
    {"tanh(x) * sigmoid(y) + exp(z)",
     "tanh_F(x[i]) * sigmoid_F(y[i]) + exp_F(z[i])",
     4,
     {"tanh", "sigmoid", "exp"},
     [](const Variable& x, const Variable& y, const Variable& z) {
       return T::tanh(x) * nnet::sigmoid(y) + T::exp(z);
     }},
    {"softplus(x)",
     "softplus_F(x[i])",
     2,
     {"softplus"},
     [](const Variable& x, const Variable&, const Variable&) { return nnet::softplus(x); }},
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The loop that a careful C programmer writes.
Loop hand_written(const std::string& expression, const std::vector<std::string>& functions,
                  bool wide) {
  const std::string ending = wide ? "f64" : "f32", element = wide ? "double" : "float";
  std::vector<std::string> used;
  for (const std::string& function : functions) used.push_back(function + "_" + ending);
  const std::string text =
      "static inline void body(long n, const E* restrict x, const E* restrict y, const E* restrict z, E* restrict out) {\n"
      "  for (long i = 0; i < n; ++i) out[i] = EXPRESSION;\n}\n"
      "void loop(long n, const void* x, const void* y, const void* z, void* out) { body(n, x, y, z, out); }\n";
  return reinterpret_cast<Loop>(bench::compile_loop(
      replaced(replaced(replaced(text, "EXPRESSION", expression), "_F", "_" + ending), "E*",
               element + "*"),
      "loop", used));
}

// X, Y and Z of a row and what writes into OUT from them.
struct Arrays {
  NDArray x, y, z, out;
  Function f;
};
Arrays arrays_of(const Expression& expression, DType dtype, std::int64_t n) {
  const auto values = [&](std::int64_t shift) {
    NDArray wide_values = NDArray::zeros({n});
    for (std::int64_t i = 0; i < n; ++i)
      wide_values.data<double>()[i] = static_cast<double>((i * 37 + shift) % 1000) / 250.0 - 2.0;
    return wide_values.astype(dtype);
  };
  const NDArray out = NDArray::zeros({n}, dtype);
  const Variable x = T::tensor(dtype, {false}, "x"), y = T::tensor(dtype, {false}, "y"),
                 z = T::tensor(dtype, {false}, "z");
  return {values(0), values(11), values(5), out,
          function({x, y, z}, Out(expression.graph(x, y, z)).into(out),
                   {.on_unused_input = OnUnusedInput::ignore})};
}

void row(const Expression& expression, DType dtype, std::int64_t n) {
  const bool wide = dtype == float64;
  const Arrays a = arrays_of(expression, dtype, n), few = arrays_of(expression, dtype, 10);
  NDArray by_hand = NDArray::zeros({n}, dtype), sum = NDArray::zeros({n}, dtype);
  const Loop loop = hand_written(expression.text, expression.used, wide);
  const Loop triad = hand_written("x[i] + 3 * y[i]", {}, wide);
  std::vector<bench::Candidate> candidates{
      {"kroton", [&] { a.f(a.x, a.y, a.z); }},
      {"loop", [&] { loop(n, a.x.raw(), a.y.raw(), a.z.raw(), by_hand.raw()); }},
      {"triad", [&] { triad(n, a.x.raw(), a.y.raw(), nullptr, sum.raw()); }}};
  if (n == 1'000) candidates.push_back({"10 elements", [&] { few.f(few.x, few.y, few.z); }});
  const auto timings = bench::measure(candidates);
  bench::print_row(std::string(expression.name) + " " + name(dtype) + " n=" + std::to_string(n),
                   candidates, timings);
  if (n == 1'000) {
    const double both = timings[1].median + timings[3].median;
    std::printf("  the loop and a call %s, ratio %.2f\n", bench::time_text(both).c_str(),
                timings[0].median / both);
  }
  if (n < 10'000'000) return;
  const double bytes = static_cast<double>(n) * static_cast<double>(itemsize(dtype));
  const double speed = expression.arrays * bytes / timings[0].median,
               stream = 3 * bytes / timings[2].median;
  std::printf("  %.1f GB/s, the triad %.1f GB/s, ratio %.2f\n", speed / 1e9, stream / 1e9,
              speed / stream);
}

// 50 operations in a row on 1e7 elements: the output is all the memory it takes.
void chain() {
  const std::int64_t n = 10'000'000;
  const NDArray x = NDArray::full({n}, 0.5, float32);
  const Variable v = T::fvector("v");
  Variable y = v;
  for (int i = 0; i < 25; ++i) y = y * T::constant(Value(0.5f)) + v;
  NDArray out;
  const Function f = function({v}, y);
  f(NDArray::full({10}, 0.5, float32));
  bench::restart_peak_memory();
  const std::int64_t before = bench::peak_memory();
  out = f(x);
  const std::int64_t grown = bench::peak_memory() - before;
  std::string text = "x[i]";
  for (int i = 0; i < 25; ++i) text = "(" + text + ") * 0.5f + x[i]";
  const Loop loop = hand_written(text, {}, false);
  NDArray by_hand = NDArray::zeros({n}, float32);
  bench::print_row("50 operations, float32, n=10000000",
                   {{"kroton", [&] { out = f(x); }},
                    {"loop", [&] { loop(n, x.raw(), nullptr, nullptr, by_hand.raw()); }}});
  std::printf("  memory: the call took %.1f MB, the output is %.1f MB\n",
              static_cast<double>(grown) / 1e6, static_cast<double>(out.nbytes()) / 1e6);
}
}  // namespace

int main() {
  bench::begin("elementwise, one thread");
  const base::ThreadLimit one(1);
  for (const Expression& expression : expressions) {
    for (DType dtype : {float32, float64}) {
      for (std::int64_t n : {1'000, 100'000, 10'000'000}) row(expression, dtype, n);
    }
  }
  chain();
}
