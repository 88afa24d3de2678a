// SPDX-License-Identifier: BSD-3-Clause
// cuBLAS without a GPU: plain sums over matrices stored by columns, in the order of a stream.
#include "emulation/queue.h"

namespace {
struct Handle {
  void* stream = nullptr;
};

template <class T>
int gemm(void* handle, int op_a, int op_b, int m, int n, int k, const T* alpha_at, const T* a,
         int lda, long long step_a, const T* b, int ldb, long long step_b, const T* beta_at, T* c,
         int ldc, long long step_c, int count) {
  // What the library checks: a leading dimension holds a column.
  if (lda < (op_a ? k : m) || ldb < (op_b ? n : k) || ldc < m) return 7;
  // Factors of the host's are read now.
  emulation::enqueue(handle ? static_cast<Handle*>(handle)->stream : nullptr,
                     [=, alpha = *alpha_at, beta = *beta_at] {
                       for (long long s = 0; s < count; ++s) {
                         for (long long i = 0; i < m; ++i) {
                           for (long long j = 0; j < n; ++j) {
                             T sum = 0;
                             for (long long p = 0; p < k; ++p) {
                               sum += a[s * step_a + (op_a ? i * lda + p : p * lda + i)] *
                                      b[s * step_b + (op_b ? p * ldb + j : j * ldb + p)];
                             }
                             T& to = c[s * step_c + j * ldc + i];
                             to = alpha * sum + (beta == 0 ? 0 : beta * to);
                           }
                         }
                       }
                     });
  return 0;
}
}  // namespace

extern "C" int cublasCreate_v2(void** handle) {
  *handle = new Handle;
  return 0;
}
extern "C" int cublasDestroy_v2(void* handle) {
  delete static_cast<Handle*>(handle);
  return 0;
}
extern "C" int cublasSetStream_v2(void* handle, void* stream) {
  static_cast<Handle*>(handle)->stream = stream;
  return 0;
}
extern "C" int cublasSgemmStridedBatched(void* handle, int op_a, int op_b, int m, int n, int k,
                                         const float* alpha, const float* a, int lda,
                                         long long step_a, const float* b, int ldb,
                                         long long step_b, const float* beta, float* c, int ldc,
                                         long long step_c, int count) {
  return gemm(handle, op_a, op_b, m, n, k, alpha, a, lda, step_a, b, ldb, step_b, beta, c, ldc,
              step_c, count);
}
extern "C" int cublasDgemmStridedBatched(void* handle, int op_a, int op_b, int m, int n, int k,
                                         const double* alpha, const double* a, int lda,
                                         long long step_a, const double* b, int ldb,
                                         long long step_b, const double* beta, double* c, int ldc,
                                         long long step_c, int count) {
  return gemm(handle, op_a, op_b, m, n, k, alpha, a, lda, step_a, b, ldb, step_b, beta, c, ldc,
              step_c, count);
}
