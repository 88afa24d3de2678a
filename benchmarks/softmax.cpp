// SPDX-License-Identifier: BSD-3-Clause
// What training does along rows: softmax, layer norm, the gradient of logsumexp, and a
// cross-entropy with its gradient, against hand-written loops with the same mathematics that keep
// the row in the cache.
#include <map>

#include "benchmarks/measure.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Loop = void (*)(std::int64_t rows, std::int64_t columns, const void* x, const void* labels,
                      void* out, void* loss);

// Reductions with 16 running values, which fill the vector units.
const std::string head =
    "static inline E largest(long n, const E* restrict x) {\n"
    "  E m[16]; for (int l = 0; l < 16; ++l) m[l] = -1.0 / 0.0; long i = 0;\n"
    "  for (; i + 16 <= n; i += 16) for (int l = 0; l < 16; ++l) m[l] = x[i + l] > m[l] ? x[i + l] : m[l];\n"
    "  for (; i < n; ++i) m[0] = x[i] > m[0] ? x[i] : m[0];\n"
    "  for (int l = 1; l < 16; ++l) m[0] = m[l] > m[0] ? m[l] : m[0];\n"
    "  return m[0];\n}\n"
    "static inline E total(long n, const E* restrict x) {\n"
    "  E m[16] = {0}; long i = 0;\n"
    "  for (; i + 16 <= n; i += 16) for (int l = 0; l < 16; ++l) m[l] += x[i + l];\n"
    "  for (; i < n; ++i) m[0] += x[i];\n"
    "  for (int l = 1; l < 16; ++l) m[0] += m[l];\n"
    "  return m[0];\n}\n"
    "static inline E squares(long n, const E* restrict x) {\n"
    "  E m[16] = {0}; long i = 0;\n"
    "  for (; i + 16 <= n; i += 16) for (int l = 0; l < 16; ++l) m[l] += x[i + l] * x[i + l];\n"
    "  for (; i < n; ++i) m[0] += x[i] * x[i];\n"
    "  for (int l = 1; l < 16; ++l) m[0] += m[l];\n"
    "  return m[0];\n}\n"
    "static inline E exponentials(long n, const E* restrict x, E* restrict z) {\n"
    "  const E m = largest(n, x);\n"
    "  for (long i = 0; i < n; ++i) z[i] = exp_F(x[i] - m);\n"
    "  return m;\n}\n";
const std::string softmax_body =
    "    exponentials(columns, x, z); const E s = total(columns, z);\n"
    "    for (long i = 0; i < columns; ++i) z[i] = z[i] / s;\n";
// All columns at once.
const std::string columns_body =
    "    if (r > 0) continue; E m[4096], s[4096];\n"
    "    for (long j = 0; j < columns; ++j) { m[j] = -1.0 / 0.0; s[j] = 0; }\n"
    "    for (long i = 0; i < rows; ++i) for (long j = 0; j < columns; ++j) { const E v = x[i * columns + j]; m[j] = v > m[j] ? v : m[j]; }\n"
    "    for (long i = 0; i < rows; ++i) for (long j = 0; j < columns; ++j) { const E e = exp_F(x[i * columns + j] - m[j]); z[i * columns + j] = e; s[j] += e; }\n"
    "    for (long j = 0; j < columns; ++j) s[j] = 1 / s[j];\n"
    "    for (long i = 0; i < rows; ++i) for (long j = 0; j < columns; ++j) z[i * columns + j] *= s[j];\n";
const std::string norm_body =
    "    const E mean = total(columns, x) / columns;\n"
    "    for (long i = 0; i < columns; ++i) z[i] = x[i] - mean;\n"
    "    const E scale = 1 / sqrt_F(squares(columns, z) / columns + (E)1e-5);\n"
    "    for (long i = 0; i < columns; ++i) z[i] *= scale;\n";
const std::string crossentropy_body =
    "    const E m = exponentials(columns, x, z); const E s = total(columns, z);\n"
    "    const long t = ((const long*)labels)[r]; const E g = (E)1 / rows;\n"
    "    sum += log_F(s) - (x[t] - m);\n"
    "    for (long i = 0; i < columns; ++i) z[i] = z[i] / s * g;\n"
    "    z[t] -= g;\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

Loop hand_written(const std::string& body, DType dtype) {
  const bool wide = dtype == float64;
  const std::string ending = wide ? "f64" : "f32", element = wide ? "double" : "float";
  const std::string text =
      head +
      "void loop(long rows, long columns, const void* data, const void* labels, void* out, void* loss) {\n"
      "  E sum = 0;\n"
      "  for (long r = 0; r < rows; ++r) {\n"
      "    const E* x = (const E*)data + r * columns; E* z = (E*)out + r * columns;\n" +
      body + "  }\n  *(E*)loss = sum / rows;\n}\n";
  std::string typed = replaced(text, "_F", "_" + ending);
  for (const char* place : {"E ", "E*", "(E)", "E m", "E s"}) {
    const std::string from = place;
    typed = replaced(typed, from, replaced(from, "E", element));
  }
  return reinterpret_cast<Loop>(
      bench::compile_loop(typed, "loop", {"exp_" + ending, "log_" + ending, "sqrt_" + ending}));
}

using Graph = Variables (*)(const Variable& x, const Variable& labels);
void row(const std::string& label, const std::string& body, Graph graph, DType dtype,
         std::int64_t rows, std::int64_t columns) {
  NDArray values = NDArray::zeros({rows, columns}), labels = NDArray::zeros({rows}, int64);
  for (std::int64_t i = 0; i < rows * columns; ++i)
    values.data<double>()[i] = static_cast<double>(i * 7919 % 1000) / 100.0 - 5;
  for (std::int64_t i = 0; i < rows; ++i) labels.data<std::int64_t>()[i] = i * 31 % columns;
  const NDArray x = values.astype(dtype);
  NDArray by_hand = NDArray::zeros({rows, columns}, dtype), loss = NDArray::zeros({}, dtype);
  NDArray out = NDArray::zeros({rows, columns}, dtype);
  const Variable v = T::tensor(dtype, {false, false}, "x"), t = T::lvector("t");
  const Variables results = graph(v, t);
  std::vector<Out> outputs;
  for (std::size_t i = 0; i + 1 < results.size(); ++i) outputs.emplace_back(results[i]);
  outputs.push_back(Out(results.back()).into(out));
  const Function f = function({v, t}, outputs, {.on_unused_input = OnUnusedInput::ignore});
  const Loop loop = hand_written(body, dtype);
  const std::string size = std::to_string(rows) + " x " + std::to_string(columns);
  bench::print_row(
      label + " " + size + " " + name(dtype),
      {{"kroton", [&] { f(x, labels); }},
       {"loop", [&] { loop(rows, columns, x.raw(), labels.raw(), by_hand.raw(), loss.raw()); }}});
}
}  // namespace

int main() {
  bench::begin("along rows, one thread");
  const base::ThreadLimit one(1);
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes{
      {64, 1000}, {1000, 1000}, {10000, 100}, {10000, 30}};
  for (const DType dtype : {float32, float64}) {
    for (const auto& [rows, columns] : sizes) {
      row(
          "softmax", softmax_body,
          [](const Variable& x, const Variable&) { return Variables{nnet::softmax(x)}; }, dtype,
          rows, columns);
      row(
          "softmax of columns", columns_body,
          [](const Variable& x, const Variable&) {
            const Variable e = exp(x - max(x, 0, {.keepdims = true}));
            return Variables{e / sum(e, 0, {.keepdims = true})};
          },
          dtype, rows, columns);
      row(
          "layer norm", norm_body,
          [](const Variable& x, const Variable&) { return Variables{nnet::layer_norm(x)}; }, dtype,
          rows, columns);
      row(
          "gradient of logsumexp", softmax_body,
          [](const Variable& x, const Variable&) {
            return Variables{grad(T::sum(logsumexp(x, 1)), x)};
          },
          dtype, rows, columns);
      row(
          "cross-entropy and gradient", crossentropy_body,
          [](const Variable& x, const Variable& t) {
            const Variable cost = T::mean(nnet::categorical_crossentropy(nnet::softmax(x), t));
            return Variables{cost, grad(cost, x)};
          },
          dtype, rows, columns);
    }
  }
}
