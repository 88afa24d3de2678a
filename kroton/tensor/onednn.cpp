// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/onednn.h"

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"

namespace kroton::tensor::onednn {
namespace {
using base::Dynlib;
// dnnl_sgemm of oneDNN's C interface; gives 0 when all went well.
using RowGemm = int(char, char, std::int64_t, std::int64_t, std::int64_t, float, const float*,
                    std::int64_t, const float*, std::int64_t, float, float*, std::int64_t);

struct Library {
  Dynlib opened;
  RowGemm* gemm = nullptr;
  // Of the OpenMP that it computes with; each thread has a setting of its own.
  void (*set_threads)(int) = nullptr;
  int (*threads)() = nullptr;
};

Library open_library() {
  Library found;
  if (!base::config().blas().empty()) return found;
  for (const char* path : {"libdnnl.so.3", "libdnnl.so.2"}) {
    found.opened = Dynlib::try_open(path);
    if (!found.opened) continue;
    found.set_threads = reinterpret_cast<void (*)(int)>(found.opened.find("omp_set_num_threads"));
    found.threads = reinterpret_cast<int (*)()>(found.opened.find("omp_get_max_threads"));
    // One that computes with another pool of threads could not be kept to one.
    if (found.set_threads && found.threads)
      found.gemm = reinterpret_cast<RowGemm*>(found.opened.find("dnnl_sgemm"));
    if (found.gemm) break;
  }
  return found;
}

const Library& library() {
  // Never closed: OpenMP may have threads of the program's.
  static const Library* const opened = new Library(open_library());
  return *opened;
}

class OneThread {
 public:
  OneThread() : before_(library().threads()) { library().set_threads(1); }
  ~OneThread() { library().set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};
}  // namespace

bool is_ahead(const Product& p) {
  // Measured on AVX-512 for lengths from 16 to 2048: by up to a half for few rows, by some 5 % for
  // large squares. Behind it where sums are short, where a turned matrix on the left is wide, and
  // where one on the right gives few columns.
  const bool is_large = p.k >= 128 && static_cast<double>(p.m) * static_cast<double>(p.n) *
                                              static_cast<double>(p.k) >=
                                          static_cast<double>(1 << 20);
  const bool suits = p.a_turned ? !p.b_turned && p.m <= 512 : !p.b_turned || p.n >= 256;
  return is_large && suits && library().gemm;
}

bool multiply(const Product& p, float alpha, const float* a, const float* b, float beta, float* c) {
  if (!library().gemm) return false;
  const OneThread one;
  return library().gemm(p.a_turned ? 'T' : 'N', p.b_turned ? 'T' : 'N', p.m, p.n, p.k, alpha, a,
                        p.lda, b, p.ldb, beta, c, p.ldc) == 0;
}

std::string describe() {
  return library().gemm ? library().opened.path() + " for some products of float32" : "";
}
}  // namespace kroton::tensor::onednn
