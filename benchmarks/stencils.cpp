// SPDX-License-Identifier: BSD-3-Clause
// Shifted slices and recurrences: a heat step in two and three dimensions, a shallow-water step of
// three fields, tridiagonal systems along the last axis, against loops over the same memory.
#include "benchmarks/measure.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
constexpr const char* heat_text =
    "void loop(long n, const double* restrict u, double* restrict z) {\n"
    "  for (long j = 0; j < n; ++j) { z[j] = u[j]; z[(n - 1) * n + j] = u[(n - 1) * n + j]; }\n"
    "  for (long i = 1; i < n - 1; ++i) {\n"
    "    const double *c = u + i * n, *a = c - n, *b = c + n; double* to = z + i * n;\n"
    "    to[0] = c[0]; to[n - 1] = c[n - 1];\n"
    "    for (long j = 1; j < n - 1; ++j)\n"
    "      to[j] = c[j] + 0.2 * (a[j] + b[j] + c[j - 1] + c[j + 1] - 4 * c[j]);\n"
    "  }\n}\n";
constexpr const char* stencil_text =
    "void loop(long n, const double* restrict u, double* restrict z) {\n"
    "  long m = n - 2;\n"
    "  for (long i = 1; i <= m; ++i) for (long j = 1; j <= m; ++j) {\n"
    "    const double* c = u + (i * n + j) * n; double* to = z + ((i - 1) * m + j - 1) * m;\n"
    "    for (long k = 1; k <= m; ++k)\n"
    "      to[k - 1] = 0.4 * c[k] + 0.1 * (c[k - n * n] + c[k + n * n] + c[k - n] + c[k + n] + c[k - 1] + "
    "c[k + 1]);\n"
    "  }\n}\n";
// E is 1; said so, clang would keep what one point loads for the next two, and vectorise nothing.
constexpr const char* shallow_text =
    "void loop(long n, long e, const float* restrict u, const float* restrict v, const float* restrict h,\n"
    "          float* restrict U, float* restrict V, float* restrict H) {\n"
    "  for (long j = 0; j < n; ++j) {\n"
    "    long k = (n - 1) * n + j;\n"
    "    U[j] = u[j]; V[j] = v[j]; H[j] = h[j]; U[k] = u[k]; V[k] = v[k]; H[k] = h[k];\n"
    "  }\n"
    "  for (long i = 1; i < n - 1; ++i) {\n"
    "    const float *x = u + i * n, *y = v + i * n, *z = h + i * n;\n"
    "    const float *xa = x - n, *xb = x + n, *ya = y - n, *yb = y + n, *za = z - n, *zb = z + n;\n"
    "    float *X = U + i * n, *Y = V + i * n, *Z = H + i * n;\n"
    "    X[0] = x[0]; Y[0] = y[0]; Z[0] = z[0]; X[n - 1] = x[n - 1]; Y[n - 1] = y[n - 1]; Z[n - 1] = z[n - 1];\n"
    "    for (long j = 1; j < n - 1; ++j) {\n"
    "      X[j] = x[j] - 0.001f * (x[j] * (x[j + e] - x[j - e]) + y[j] * (xb[j] - xa[j]) + z[j + e] - z[j - e]);\n"
    "      Y[j] = y[j] - 0.001f * (x[j] * (y[j + e] - y[j - e]) + y[j] * (yb[j] - ya[j]) + zb[j] - za[j]);\n"
    "      Z[j] = z[j] - 0.001f * (x[j] * (z[j + e] - z[j - e]) + y[j] * (zb[j] - za[j]) + z[j] * (x[j + e] - x[j - e] + "
    "yb[j] - ya[j]));\n"
    "    }\n"
    "  }\n}\n";
// Row by row, as one writes it.
constexpr const char* rows_text =
    "void loop(long rows, long n, const double* a, const double* b, const double* c, const double* d, "
    "double* x) {\n"
    "  double u[64];\n"
    "  for (long r = 0; r < rows; ++r) {\n"
    "    long o = r * n; u[0] = c[o] / b[o]; x[o] = d[o] / b[o];\n"
    "    for (long k = 1; k < n; ++k) {\n"
    "      double m = b[o + k] - a[o + k] * u[k - 1];\n"
    "      u[k] = c[o + k] / m; x[o + k] = (d[o + k] - a[o + k] * x[o + k - 1]) / m;\n"
    "    }\n"
    "    for (long k = n - 2; k >= 0; --k) x[o + k] -= u[k] * x[o + k + 1];\n"
    "  }\n}\n";
// Along the first axis: whole rows at once.
constexpr const char* columns_text =
    "void loop(long m, long n, const double* a, const double* b, const double* c, const double* d, "
    "double* restrict x) {\n"
    "  enum { W = 256 }; double u[64][W];\n"
    "  for (long s = 0; s < m; s += W) {\n"
    "    long w = m - s < W ? m - s : W;\n"
    "    for (long j = 0; j < w; ++j) { long o = s + j; u[0][j] = c[o] / b[o]; x[o] = d[o] / b[o]; }\n"
    "    for (long k = 1; k < n; ++k) for (long j = 0; j < w; ++j) {\n"
    "      long o = k * m + s + j; double p = b[o] - a[o] * u[k - 1][j];\n"
    "      u[k][j] = c[o] / p; x[o] = (d[o] - a[o] * x[o - m]) / p;\n"
    "    }\n"
    "    for (long k = n - 2; k >= 0; --k) for (long j = 0; j < w; ++j)\n"
    "      x[k * m + s + j] -= u[k][j] * x[(k + 1) * m + s + j];\n"
    "  }\n}\n";

NDArray filled(const Shape& shape, double least) {
  NDArray x = NDArray::zeros(shape);
  unsigned i = 1;
  for (double& v : x.span<double>())
    v = least + static_cast<double>((i *= 1664525U) >> 8) * 0x1p-24;
  return x;
}

void heat() {
  const std::int64_t n = 1000;
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  auto u = shared(filled({n, n}, 0), "u");
  auto centre = u[{in, in}];
  auto around = u[{low, in}] + u[{high, in}] + u[{in, low}] + u[{in, high}];
  auto f = function(
      {}, {}, {.updates = {{u, set_subtensor(centre, centre + 0.2 * (around - 4 * centre))}}});
  NDArray a = filled({n, n}, 0), b = filled({n, n}, 0);
  const auto loop = reinterpret_cast<void (*)(long, const void*, void*)>(
      bench::compile_loop(heat_text, "loop", {}));
  bench::print_row("heat step 1000 x 1000", {{"kroton", [&] { f(); }}, {"loop", [&] {
                                                                          loop(n, a.raw(), b.raw());
                                                                          std::swap(a, b);
                                                                        }}});
}

// Velocities U and V and a height H, each new one set into the old one's interior.
void shallow_water() {
  const std::int64_t n = 1000;
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  const auto made = [&] { return filled({n, n}, 1).astype(float32); };
  auto u = shared(made(), "u"), v = shared(made(), "v"), h = shared(made(), "h");
  const auto at = [&](const Variable& x) { return x[{in, in}]; };
  const auto west = [&](const Variable& x) { return x[{in, low}]; };
  const auto east = [&](const Variable& x) { return x[{in, high}]; };
  const auto north = [&](const Variable& x) { return x[{low, in}]; };
  const auto south = [&](const Variable& x) { return x[{high, in}]; };
  const auto carried = [&](const Variable& x) {
    return at(u) * (east(x) - west(x)) + at(v) * (south(x) - north(x));
  };
  const auto step = [&](const Variable& x, const Variable& change) {
    return T::set_subtensor(at(x), at(x) - 0.001F * change);
  };
  auto f = function(
      {}, {},
      {.updates = {{u, step(u, carried(u) + east(h) - west(h))},
                   {v, step(v, carried(v) + south(h) - north(h))},
                   {h, step(h, carried(h) + at(h) * (east(u) - west(u) + south(v) - north(v)))}}});
  NDArray a[] = {made(), made(), made()}, b[] = {made(), made(), made()};
  const auto loop =
      reinterpret_cast<void (*)(long, long, const void*, const void*, const void*, void*, void*,
                                void*)>(bench::compile_loop(shallow_text, "loop", {}));
  bench::print_row("shallow water 1000 x 1000, float32",
                   {{"kroton", [&] { f(); }}, {"loop", [&] {
                                                 loop(n, 1, a[0].raw(), a[1].raw(), a[2].raw(),
                                                      b[0].raw(), b[1].raw(), b[2].raw());
                                                 std::swap(a, b);
                                               }}});
}

void stencil() {
  const std::int64_t n = 200;
  auto u = T::dtensor3("u");
  const auto in = slice(1, -1), low = slice({}, -2), high = slice(2);
  auto f = function({u}, 0.4 * u[{in, in, in}] +
                             0.1 * (u[{low, in, in}] + u[{high, in, in}] + u[{in, low, in}] +
                                    u[{in, high, in}] + u[{in, in, low}] + u[{in, in, high}]));
  const NDArray a = filled({n, n, n}, 0);
  NDArray b = NDArray::zeros({n - 2, n - 2, n - 2});
  const auto loop = reinterpret_cast<void (*)(long, const void*, void*)>(
      bench::compile_loop(stencil_text, "loop", {}));
  bench::print_row("7 points of 200 x 200 x 200",
                   {{"kroton", [&] { f(a); }}, {"loop", [&] { loop(n, a.raw(), b.raw()); }}});
}

// Written with slices along AXIS, joined at the end.
Variable solved(const Variables& system, int axis, int n) {
  const auto at = [&](int i, int k) {
    const Variable& x = system[static_cast<std::size_t>(i)];
    return axis == 0 ? x[k] : x[{slice(), k}];
  };
  std::vector<Variable> u{at(2, 0) / at(1, 0)}, x{at(3, 0) / at(1, 0)};
  for (int k = 1; k < n; ++k) {
    auto pivot = at(1, k) - at(0, k) * u.back();
    x.push_back((at(3, k) - at(0, k) * x.back()) / pivot);
    u.push_back(at(2, k) / pivot);
  }
  for (std::size_t k = x.size() - 1; k-- > 0;) x[k] = x[k] - u[k] * x[k + 1];
  return T::stack(x, axis);
}

void tridiagonal(const char* label, int axis, std::int64_t points, int n, const char* text) {
  const Variables system{dmatrix("a"), dmatrix("b"), dmatrix("c"), dmatrix("d")};
  auto f = function(system, solved(system, axis, n));
  auto op =
      function(system, T::solve_tridiagonal(system[0], system[1], system[2], system[3], axis));
  const Shape shape = axis == 0 ? Shape{n, points} : Shape{points, n};
  const NDArray a = filled(shape, 0), b = filled(shape, 3), c = filled(shape, 0),
                d = filled(shape, 0);
  NDArray x = NDArray::zeros(shape);
  const auto loop =
      reinterpret_cast<void (*)(long, long, const void*, const void*, const void*, const void*,
                                void*)>(bench::compile_loop(text, "loop", {}));
  bench::print_row(
      label, {{"kroton", [&] { f(a, b, c, d); }},
              {"op", [&] { op(a, b, c, d); }},
              {"loop", [&] { loop(points, n, a.raw(), b.raw(), c.raw(), d.raw(), x.raw()); }}});
}
}  // namespace

int main() {
  bench::begin("stencils and recurrences, float64 where not said, one thread");
  const base::ThreadLimit one(1);
  heat();
  shallow_water();
  stencil();
  tridiagonal("tridiagonal, last axis, 20000 x 32", 1, 20'000, 32, rows_text);
  tridiagonal("tridiagonal, first axis, 32 x 20000", 0, 20'000, 32, columns_text);
}
