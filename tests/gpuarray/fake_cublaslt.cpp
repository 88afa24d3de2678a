// SPDX-License-Identifier: BSD-3-Clause
// cuBLASLt without a GPU: plain sums of float32 over matrices stored by columns, with what follows,
// in the order of a stream.
#include <cstdint>
#include <cstring>

#include "emulation/queue.h"

namespace {
struct Description {
  int op_a = 0, op_b = 0;
  std::uint32_t epilogue = 1;
  const float* bias = nullptr;
};
struct Layout {
  int dtype;
  long long rows, columns, leading;
};
struct Choice {
  std::uint64_t algorithm[8];
  std::size_t workspace;
  int state;
  float waves;
  int reserved[4];
};
template <class T>
int drop(void* p) {
  delete static_cast<T*>(p);
  return 0;
}
template <class T>
int keep(T& to, const void* value, std::size_t bytes) {
  if (bytes != sizeof to) return 7;
  std::memcpy(&to, value, bytes);
  return 0;
}
int made = 0;
}  // namespace

// For the tests: descriptions that were made and not taken apart.
extern "C" int fake_descriptions() { return made; }

// clang-format off
extern "C" int cublasLtCreate(void** handle) { *handle = new int(1); return 0; }
extern "C" int cublasLtDestroy(void* handle) { return drop<int>(handle); }
extern "C" int cublasLtMatmulDescCreate(void** description, int compute, int scale) {
  if (compute != 68 || scale != 0) return 7;
  ++made;
  *description = new Description; return 0;
}
extern "C" int cublasLtMatmulDescDestroy(void* description) { --made; return drop<Description>(description); }
extern "C" int cublasLtMatmulDescSetAttribute(void* description, int what, const void* value, std::size_t bytes) {
  auto& d = *static_cast<Description*>(description);
  switch (what) {
    case 3: return keep(d.op_a, value, bytes);
    case 4: return keep(d.op_b, value, bytes);
    case 7: return keep(d.epilogue, value, bytes);
    case 8: return keep(d.bias, value, bytes);
    default: return 7;
  }
}
extern "C" int cublasLtMatrixLayoutCreate(void** layout, int dtype, std::uint64_t rows, std::uint64_t columns, std::int64_t leading) {
  if (leading < static_cast<std::int64_t>(rows)) return 7;
  ++made;
  *layout = new Layout{dtype, static_cast<long long>(rows), static_cast<long long>(columns), leading}; return 0;
}
extern "C" int cublasLtMatrixLayoutDestroy(void* layout) { --made; return drop<Layout>(layout); }
extern "C" int cublasLtMatmulPreferenceCreate(void** preference) { ++made; *preference = new std::size_t(0); return 0; }
extern "C" int cublasLtMatmulPreferenceDestroy(void* preference) { --made; return drop<std::size_t>(preference); }
extern "C" int cublasLtMatmulPreferenceSetAttribute(void* preference, int what, const void* value, std::size_t bytes) {
  return what == 1 ? keep(*static_cast<std::size_t*>(preference), value, bytes) : 7;
}
// clang-format on
extern "C" int cublasLtMatmulAlgoGetHeuristic(void*, void*, void* a, void*, void*, void*,
                                              void* preference, int, void* results, int* found) {
  // Of the dtypes it has float32 alone; what it chooses wants some workspace.
  if (static_cast<Layout*>(a)->dtype != 0) return 15;
  *found = *static_cast<std::size_t*>(preference) >= 64 ? 1 : 0;
  static_cast<Choice*>(results)->algorithm[7] = 42;
  return 0;
}
extern "C" int cublasLtMatmul(void*, void* description, const void* alpha, const void* a,
                              void* a_layout, const void* b, void* b_layout, const void* beta,
                              const void*, void*, void* d, void* d_layout, const void* algorithm,
                              void* workspace, std::size_t bytes, void* stream) {
  const Description how = *static_cast<Description*>(description);
  const Layout left = *static_cast<Layout*>(a_layout), right = *static_cast<Layout*>(b_layout),
               result = *static_cast<Layout*>(d_layout);
  if (static_cast<const std::uint64_t*>(algorithm)[7] != 42 || bytes < 64) return 7;
  const long long k = how.op_a ? left.rows : left.columns;
  if ((how.op_b ? right.columns : right.rows) != k ||
      (how.op_a ? left.columns : left.rows) != result.rows ||
      (how.op_b ? right.rows : right.columns) != result.columns)
    return 7;
  const auto *x = static_cast<const float*>(a), *y = static_cast<const float*>(b);
  const float factor = *static_cast<const float*>(alpha), scale = *static_cast<const float*>(beta);
  emulation::enqueue(stream, [=] {
    std::memset(workspace, 1, 64);
    for (long long i = 0; i < result.rows; ++i) {
      for (long long j = 0; j < result.columns; ++j) {
        float sum = 0;
        for (long long p = 0; p < k; ++p) {
          sum += x[how.op_a ? i * left.leading + p : p * left.leading + i] *
                 y[how.op_b ? p * right.leading + j : j * right.leading + p];
        }
        float& to = static_cast<float*>(d)[j * result.leading + i];
        to = factor * sum + (scale == 0 ? 0 : scale * to);
        if (how.epilogue & 4) to += how.bias[i];
        if ((how.epilogue & 2) && to < 0) to = 0;
      }
    }
  });
  return 0;
}
