// SPDX-License-Identifier: BSD-3-Clause
// Products of matrices against BLAS and, where it is installed, oneDNN called directly, on one
// thread and on all of them: square ones of 64 to 2048, a layer's (a minibatch times weights), many
// small ones, and matrix times vector.
#include <string>

#include "benchmarks/measure.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/parallel.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using Gemm = void(const char*, const char*, const int*, const int*, const int*, const void*,
                  const void*, const int*, const void*, const int*, const void*, void*, const int*);
using Gemv = void(const char*, const int*, const int*, const void*, const void*, const int*,
                  const void*, const int*, const void*, void*, const int*);

NDArray filled(const Shape& shape, DType dtype) {
  NDArray out = NDArray::empty(shape, float64);
  double x = 0.1;
  for (double& element : out.span<double>()) element = x = x > 1 ? 0.1 : x + 0.013;
  return out.astype(dtype);
}

struct Scalars {
  explicit Scalars(DType d) : one(NDArray::full({}, 1, d)), zero(NDArray::full({}, 0, d)) {}
  NDArray one, zero;
};

// c (m, n) = a (m, k) b (k, n), all in C order.
void direct_gemm(const Scalars& s, const void* a, const void* b, void* c, int m, int n, int k,
                 DType d) {
  static Gemm* const sgemm = reinterpret_cast<Gemm*>(T::blas::find("gemm", float32));
  static Gemm* const dgemm = reinterpret_cast<Gemm*>(T::blas::find("gemm", float64));
  (d == float32 ? sgemm : dgemm)("N", "N", &n, &m, &k, s.one.raw(), b, &n, a, &k, s.zero.raw(), c,
                                 &n);
}

// oneDNN's product of float32 on the calling thread, null where the library is not installed.
using RowGemm = int(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*,
                    std::int64_t, const float*, std::int64_t, float, float*, std::int64_t);
RowGemm* onednn() {
  static const base::Dynlib newer = base::Dynlib::try_open("libdnnl.so.3"),
                            older = base::Dynlib::try_open("libdnnl.so.2");
  const base::Dynlib& library = newer ? newer : older;
  if (!library) return nullptr;
  if (void* const set = library.find("omp_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(1);
  return reinterpret_cast<RowGemm*>(library.find("dnnl_sgemm"));
}

using SetThreads = void(int);
SetThreads* set_threads() {
  static const base::Dynlib library = base::Dynlib::try_open("libopenblas.so.0");
  return reinterpret_cast<SetThreads*>(library.find("openblas_set_num_threads"));
}

void gemm_row(std::int64_t m, std::int64_t n, std::int64_t k, DType d, bool all_threads) {
  const NDArray a = filled({m, k}, d), b = filled({k, n}, d);
  NDArray c = NDArray::zeros({m, n}, d);
  const Scalars scalars(d);
  const Variable x = T::tensor(d, {false, false}, "x"), y = T::tensor(d, {false, false}, "y");
  const Function f = function({x, y}, Out(dot(x, y)).into(c));
  const base::ThreadLimit limit(all_threads ? 0 : 1);
  const auto directly = [&] {
    direct_gemm(scalars, a.raw(), b.raw(), c.raw(), static_cast<int>(m), static_cast<int>(n),
                static_cast<int>(k), d);
  };
  const int threads = base::thread_count();
  std::vector<bench::Candidate> candidates{{"kroton", [&] { f(a, b); }},
                                           {"BLAS", [&] {
                                              // Kroton keeps BLAS to one thread a call.
                                              if (all_threads && set_threads())
                                                set_threads()(threads);
                                              directly();
                                              if (all_threads && set_threads()) set_threads()(1);
                                            }}};
  if (d == float32 && !all_threads && onednn()) {
    candidates.push_back({"oneDNN", [&] {
                            onednn()('N', 'N', m, n, k, 1, static_cast<const float*>(a.raw()), k,
                                     static_cast<const float*>(b.raw()), n, 0,
                                     static_cast<float*>(c.raw()), n);
                          }});
  }
  // After a call with threads those of OpenBLAS stay awake for a while and would be in the way of
  // Kroton's, so these do not take turns.
  const auto timings = all_threads ? std::vector{bench::measure({candidates[0]})[0],
                                                 bench::measure({candidates[1]})[0]}
                                   : bench::measure(candidates);
  bench::print_row(std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n) + " " +
                       name(d) + (all_threads ? ", " + std::to_string(threads) + " threads" : ""),
                   candidates, timings);
}

// One product behind another in one function, as in a network: what a node costs beside its BLAS.
void row_of_products(std::int64_t count, std::int64_t n, DType d) {
  const NDArray a = filled({n, n}, d), w = filled({n, n}, d);
  NDArray c = NDArray::zeros({n, n}, d);
  const Scalars scalars(d);
  const Variable x = T::tensor(d, {false, false}), y = T::tensor(d, {false, false});
  Variable product = x;
  for (std::int64_t i = 0; i < count; ++i) product = dot(product, y);
  const Function f = function({x, y}, Out(product).into(c));
  const base::ThreadLimit one(1);
  const int size = static_cast<int>(n);
  NDArray between[] = {c.copy(), c.copy()};
  bench::print_row(std::to_string(count) + " of " + std::to_string(n) + " x " + std::to_string(n) +
                       " in a row " + name(d),
                   {{"kroton", [&] { f(a, w); }},
                    {"BLAS", [&] {
                       const void* from = a.raw();
                       for (std::int64_t i = 0; i < count; ++i) {
                         void* const to = (i + 1 < count ? between[i % 2] : c).raw();
                         direct_gemm(scalars, from, w.raw(), to, size, size, size, d);
                         from = to;
                       }
                     }}});
}

void batched_row(std::int64_t count, std::int64_t n, DType d) {
  const NDArray a = filled({count, n, n}, d), b = filled({count, n, n}, d);
  NDArray c = NDArray::zeros({count, n, n}, d);
  const Scalars scalars(d);
  const Variable x = T::tensor(d, {false, false, false}), y = T::tensor(d, {false, false, false});
  const Function f = function({x, y}, Out(batched_dot(x, y)).into(c));
  const int size = static_cast<int>(n);
  const std::size_t step = static_cast<std::size_t>(n * n) * itemsize(d);
  bench::print_row(std::to_string(count) + " of " + std::to_string(n) + " x " + std::to_string(n) +
                       " " + name(d),
                   {{"kroton", [&] { f(a, b); }},
                    {"BLAS in a loop", [&] {
                       for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
                         direct_gemm(scalars, static_cast<const char*>(a.raw()) + i * step,
                                     static_cast<const char*>(b.raw()) + i * step,
                                     static_cast<char*>(c.raw()) + i * step, size, size, size, d);
                       }
                     }}});
}

void gemv_row(std::int64_t m, std::int64_t n, DType d) {
  const NDArray a = filled({m, n}, d), v = filled({n}, d);
  NDArray out = NDArray::zeros({m}, d);
  const Scalars scalars(d);
  const Variable x = T::tensor(d, {false, false}), y = T::tensor(d, {false});
  const Function f = function({x, y}, Out(dot(x, y)).into(out));
  auto* const gemv = reinterpret_cast<Gemv*>(T::blas::find("gemv", d));
  const int rows = static_cast<int>(m), columns = static_cast<int>(n), one = 1;
  bench::print_row(std::to_string(m) + " x " + std::to_string(n) + " times a vector " + name(d),
                   {{"kroton", [&] { f(a, v); }}, {"BLAS", [&] {
                                                     gemv("T", &columns, &rows, scalars.one.raw(),
                                                          a.raw(), &columns, v.raw(), &one,
                                                          scalars.zero.raw(), out.raw(), &one);
                                                   }}});
}
}  // namespace

int main() {
  bench::begin("products of matrices, " + T::blas::describe());
  if (!T::blas::find("gemm", float64)) return 2;
  for (const DType d : {float32, float64}) {
    for (const std::int64_t n : {4, 8, 64, 128, 256, 512, 1024, 2048}) gemm_row(n, n, n, d, false);
    gemm_row(64, 512, 512, d, false);
    row_of_products(10, 64, d);
    for (const std::int64_t n : {256, 512, 1024, 2048}) gemm_row(n, n, n, d, true);
    gemm_row(64, 512, 512, d, true);
    const base::ThreadLimit one(1);
    for (const std::int64_t n : {4, 8, 16, 32}) batched_row(1000, n, d);
    for (const std::int64_t n : {64, 1000, 4000}) gemv_row(n, n, d);
  }
}
