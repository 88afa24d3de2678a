// SPDX-License-Identifier: BSD-3-Clause
// oneDNN's product of float32 matrices, where that library is installed and the flag `blas` names
// no other: opened when the first product asks for it, run on the calling thread alone.
#pragma once
#include <cstdint>
#include <string>

#include "kroton/base/api.h"

namespace kroton::tensor::onednn {
// Matrices by rows: a (m, k), b (k, n), c (m, n), each with its leading dimension; a turned one
// lies as its transpose.
struct Product {
  bool a_turned = false, b_turned = false;
  std::int64_t m = 0, n = 0, k = 0, lda = 1, ldb = 1, ldc = 1;
};

// Whether the library is there and, for such lengths, ahead of OpenBLAS (`./dev bench gemm`).
KROTON_API bool is_ahead(const Product& product);
// c = alpha a b + beta c, where c is not read if beta is 0; false when the library is not there or
// gave up, for want of memory.
KROTON_API bool multiply(const Product& product, float alpha, const float* a, const float* b,
                         float beta, float* c);

// For people: "libdnnl.so.2 for some products of float32", empty when it is not there.
KROTON_API std::string describe();
}  // namespace kroton::tensor::onednn
