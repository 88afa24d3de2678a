// SPDX-License-Identifier: BSD-3-Clause
// Sums of a 4000 x 2500 matrix: of everything, of rows, of columns. The loops accumulate as Kroton
// does by default, float32 in float64, with enough running values to fill the vector units.
#include "benchmarks/measure.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Loop = void (*)(std::int64_t rows, std::int64_t columns, const void* x, void* out);

constexpr const char* all_text =
    "void loop(long rows, long columns, const void* data, void* result) {\n"
    "  const E* x = data; long n = rows * columns; double lanes[64] = {0};\n"
    "  for (long i = 0; i + 64 <= n; i += 64) for (int l = 0; l < 64; ++l) lanes[l] += x[i + l];\n"
    "  double s = 0; for (int l = 0; l < 64; ++l) s += lanes[l];\n"
    "  for (long i = n / 64 * 64; i < n; ++i) s += x[i];\n"
    "  *(E*)result = s;\n}\n";
constexpr const char* rows_text =
    "void loop(long rows, long columns, const void* data, void* result) {\n"
    "  E* out = result;\n"
    "  for (long r = 0; r < rows; ++r) {\n"
    "    const E* x = (const E*)data + r * columns; double lanes[64] = {0};\n"
    "    for (long i = 0; i + 64 <= columns; i += 64) for (int l = 0; l < 64; ++l) lanes[l] += x[i + l];\n"
    "    double s = 0; for (int l = 0; l < 64; ++l) s += lanes[l];\n"
    "    for (long i = columns / 64 * 64; i < columns; ++i) s += x[i];\n"
    "    out[r] = s;\n  }\n}\n";
constexpr const char* columns_text =
    "void loop(long rows, long columns, const void* data, void* result) {\n"
    "  E* out = result; double sums[4096];\n"
    "  for (long c = 0; c < columns; ++c) sums[c] = 0;\n"
    "  for (long r = 0; r < rows; ++r) {\n"
    "    const E* x = (const E*)data + r * columns;\n"
    "    for (long c = 0; c < columns; ++c) sums[c] += x[c];\n  }\n"
    "  for (long c = 0; c < columns; ++c) out[c] = sums[c];\n}\n";

Loop hand_written(std::string text, DType dtype) {
  const std::string element = dtype == float64 ? "double" : "float";
  for (std::size_t at = 0; (at = text.find("E", at)) != std::string::npos; at += element.size())
    text.replace(at, 1, element);
  return reinterpret_cast<Loop>(bench::compile_loop(text, "loop", {}));
}

void row(const char* label, DType dtype, Axes axes, std::int64_t length, const char* text) {
  const std::int64_t rows = 4000, columns = 2500;
  const NDArray x = NDArray::full({rows, columns}, 0.25, dtype);
  NDArray by_hand = NDArray::zeros({length}, dtype);
  const Variable v = T::tensor(dtype, {false, false}, "x");
  const Function f = function({v}, T::sum(v, axes));
  const Loop loop = hand_written(text, dtype);
  bench::print_row(
      std::string("sum of ") + label + " " + name(dtype),
      {{"kroton", [&] { f(x); }}, {"loop", [&] { loop(rows, columns, x.raw(), by_hand.raw()); }}});
}
}  // namespace

int main() {
  bench::begin("sums of a 4000 x 2500 matrix, one thread");
  const base::ThreadLimit one(1);
  for (DType dtype : {float32, float64}) {
    row("all", dtype, {}, 1, all_text);
    row("rows", dtype, 1, 4000, rows_text);
    row("columns", dtype, 0, 2500, columns_text);
  }
}
