// SPDX-License-Identifier: BSD-3-Clause
// The work that users compare libraries by, one row each, on one thread. benchmarks/peers/rows.py
// says what each row computes and does the same in NumPy, Numba, JAX and PyTorch; ./dev bench peers
// puts both side by side.
//   bench_rows             a table
//   bench_rows --lines     "name<tab>seconds" for each row, what ./dev bench peers reads
//   bench_rows softmax ... these rows alone
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/measure.h"
#include "examples/language/network.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Work = std::function<void()>;

// Uniform between LOW and HIGH.
NDArray random_array(Shape shape, DType dtype, double low = 0, double high = 1) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> uniform(low, high);
  NDArray a = NDArray::zeros(shape, float64);
  for (double& x : a.span<double>()) x = uniform(generator);
  return a.astype(dtype);
}
NDArray random_labels(std::int64_t n, std::int64_t kinds) {
  std::mt19937 generator(2);
  NDArray a = NDArray::zeros({n}, int64);
  for (std::int64_t& x : a.span<std::int64_t>()) x = static_cast<std::int64_t>(generator()) % kinds;
  return a;
}

Work elementwise() {
  auto x = fvector("x"), y = fvector("y"), z = fvector("z");
  auto f = function({x, y, z}, T::tanh(x) * nnet::sigmoid(y) + exp(z));
  const NDArray a = random_array({10'000'000}, float32, -1, 1);
  return [=] { f(a, a, a); };
}
Work chain() {
  auto x = fvector("x");
  Variable y = x;
  for (int i = 0; i < 10; ++i) y = sqrt(maximum(y * 0.9f + x, 0.1f)) - 0.2f;
  auto f = function({x}, y);
  const NDArray a = random_array({10'000'000}, float32);
  return [=] { f(a); };
}
Work reduction(Axes axes) {
  auto x = fmatrix("x");
  auto f = function({x}, sum(sqr(x), axes, {.acc_dtype = float32}));
  const NDArray a = random_array({3000, 3000}, float32);
  return [=] { f(a); };
}
Work symmetric_part() {
  auto x = fmatrix("x");
  auto f = function({x}, (x + x.T()) * 0.5f);
  const NDArray a = random_array({3000, 3000}, float32);
  return [=] { f(a); };
}
Work softmax_rows() {
  auto x = fmatrix("x");
  auto f = function({x}, nnet::softmax(x));
  const NDArray a = random_array({2000, 1000}, float32, -3, 3);
  return [=] { f(a); };
}
Work layer_norm() {
  auto x = fmatrix("x"), scale = fvector("scale"), shift = fvector("shift");
  const ReduceOptions own{.keepdims = true, .acc_dtype = float32};
  auto centred = x - mean(x, 1, own);
  auto variance = mean(sqr(centred), 1, own);
  auto f = function({x, scale, shift}, centred / sqrt(variance + 1e-5f) * scale + shift);
  const NDArray a = random_array({2000, 1000}, float32, -3, 3), s = random_array({1000}, float32);
  return [=] { f(a, s, s); };
}
Work logsumexp_gradient() {
  auto x = fmatrix("x");
  auto f = function({x}, grad(sum(log(sum(exp(x), 1))), x));
  const NDArray a = random_array({2000, 1000}, float32, -3, 3);
  return [=] { f(a); };
}
Work batched_small_gemm() {
  auto x = ftensor3("x"), y = ftensor3("y");
  auto f = function({x, y}, batched_dot(x, y));
  const NDArray a = random_array({10'000, 8, 8}, float32);
  return [=] { f(a, a); };
}
Work gemm(std::int64_t n) {
  auto x = fmatrix("x"), y = fmatrix("y");
  auto f = function({x, y}, dot(x, y));
  const NDArray a = random_array({n, n}, float32);
  return [=] { f(a, a); };
}
Work mlp_step() {
  auto w1 = shared(random_array({784, 256}, float32, -0.05, 0.05), "w1");
  auto w2 = shared(random_array({256, 10}, float32, -0.1, 0.1), "w2");
  auto b1 = shared(NDArray::zeros({256}, float32), "b1");
  auto b2 = shared(NDArray::zeros({10}, float32), "b2");
  auto x = fmatrix("x");
  auto labels = lvector("labels");
  auto p = nnet::softmax(dot(T::tanh(dot(x, w1) + b1), w2) + b2);
  auto cost = mean(nnet::categorical_crossentropy(p, labels));
  const std::vector<SharedVariable> parameters = {w1, b1, w2, b2};
  auto g = grad(cost, {w1, b1, w2, b2});
  std::vector<std::pair<SharedVariable, Operand>> updates;
  for (std::size_t i = 0; i < g.size(); ++i)
    updates.emplace_back(parameters[i], parameters[i] - 0.01f * g[i]);
  auto f = function({x, labels}, cost, {.updates = updates});
  const NDArray a = random_array({128, 784}, float32), k = random_labels(128, 10);
  return [=] { f(a, k); };
}
// A step of ./dev demo's network.
constexpr std::int64_t characters = 128;
Work language_model_step() {
  std::mt19937 generator(7);
  const language::Model model(86, generator);
  auto windows = lmatrix("windows");
  auto next = lvector("next");
  auto cost = -mean(model(windows)[{T::arange(next.shape(0)), next}]);
  auto f = function({windows, next}, cost,
                    {.updates = language::adam(cost, model.parameters(), constant(0.001f))});
  const NDArray a = random_labels(characters * language::window, 86)
                        .reshape({characters, language::window}),
                b = random_labels(characters, 86);
  return [=] { f(a, b); };
}
Work logistic_gradient() {
  auto x = fmatrix("x"), y = fvector("y"), w = fvector("w");
  auto cost = mean(nnet::softplus(dot(x, w)) - y * dot(x, w));
  auto f = function({x, y, w}, {cost, grad(cost, w)});
  const NDArray a = random_array({10'000, 100}, float32, -1, 1),
                b = random_labels(10'000, 2).astype(float32), c = random_array({100}, float32);
  return [=] { f(a, b, c); };
}
Work black_scholes() {
  auto s = dvector("s"), k = dvector("k"), t = dvector("t");
  const auto cdf = [](const Variable& x) { return 0.5 * T::erfc(-x * std::sqrt(0.5)); };
  auto root = 0.2 * sqrt(t);
  auto d1 = (log(s / k) + 0.05 * t) / root;
  auto f = function({s, k, t}, s * cdf(d1) - k * exp(-0.03 * t) * cdf(d1 - root));
  const NDArray a = random_array({1'000'000}, float64, 50, 150),
                b = random_array({1'000'000}, float64, 0.1, 2);
  return [=] { f(a, a, b); };
}
Work heat() {
  auto u = shared(random_array({1000, 1000}, float64), "u");
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  auto centre = u[{in, in}];
  auto around = u[{low, in}] + u[{high, in}] + u[{in, low}] + u[{in, high}];
  auto f = function(
      {}, {}, {.updates = {{u, set_subtensor(centre, centre + 0.2 * (around - 4 * centre))}}});
  return [=] { f(); };
}
Work stencil3() {
  auto u = T::dtensor3("u");
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  auto f = function({u}, 0.4 * u[{in, in, in}] +
                             0.1 * (u[{low, in, in}] + u[{high, in, in}] + u[{in, low, in}] +
                                    u[{in, high, in}] + u[{in, in, low}] + u[{in, in, high}]));
  const NDArray a = random_array({200, 200, 200}, float64);
  return [=] { f(a); };
}
// (-1, 3, -1) x = d along the last axis.
Work tridiagonal() {
  constexpr int n = 32;
  auto d = dmatrix("d");
  std::vector<Variable> x(n);
  std::vector<double> upper(n);
  for (int i = 0; i < n; ++i) {
    const double pivot = 3 - (i > 0 ? upper[i - 1] : 0);
    upper[i] = 1 / pivot;
    Variable column = d[{slice(), i}];
    x[i] = (i > 0 ? column + x[i - 1] : column) / pivot;
  }
  for (int i = n - 1; i-- > 0;) x[i] = x[i] + upper[i] * x[i + 1];
  Variable solution = d;
  for (int i = 0; i < n; ++i) solution = set_subtensor(solution[{slice(), i}], x[i]);
  auto f = function({d}, solution);
  const NDArray a = random_array({20'000, n}, float64);
  return [=] { f(a); };
}

struct Row {
  const char* name;
  std::function<Work()> make;
};
const std::vector<Row> rows = {
    {"elementwise", elementwise},
    {"chain", chain},
    {"sum_of_rows", [] { return reduction(1); }},
    {"sum_of_columns", [] { return reduction(0); }},
    {"symmetric_part", symmetric_part},
    {"softmax", softmax_rows},
    {"layer_norm", layer_norm},
    {"logsumexp_gradient", logsumexp_gradient},
    {"batched_small_gemm", batched_small_gemm},
    {"gemm_256", [] { return gemm(256); }},
    {"gemm_1024", [] { return gemm(1024); }},
    {"mlp_step", mlp_step},
    {"language_model_step", language_model_step},
    {"logistic_gradient", logistic_gradient},
    {"black_scholes", black_scholes},
    {"heat", heat},
    {"stencil_3d", stencil3},
    {"tridiagonal", tridiagonal},
};
}  // namespace

int main(int argc, char** argv) {
  const bool lines = argc > 1 && std::strcmp(argv[1], "--lines") == 0;
  if (!lines) bench::begin("what users compare libraries by, one thread");
  const base::ThreadLimit one(1);
  const std::vector<std::string> asked(argv + (lines ? 2 : 1), argv + argc);
  for (const Row& row : rows) {
    if (!asked.empty() && std::find(asked.begin(), asked.end(), row.name) == asked.end()) continue;
    const std::vector<bench::Candidate> candidates = {{"kroton", row.make()}};
    const auto timings = bench::measure(candidates);
    if (!lines) {
      bench::print_row(row.name, candidates, timings);
      if (std::string_view(row.name) == "language_model_step")
        std::printf("  %.0f characters/s\n", static_cast<double>(characters) / timings[0].median);
    } else {
      std::printf("%s\t%.9g\n", row.name, timings[0].median);
      std::fflush(stdout);
    }
    release_cached_memory();
  }
  if (lines)  // here the compiler is known
    std::printf("version\tKroton %s, kernels by %s\n", version().c_str(), backend().c_str());
}
