// SPDX-License-Identifier: BSD-3-Clause
// Products of matrices and vectors in memory by BLAS. A transposed or sliced view goes there as it
// is, as long as one of its strides is one element; other layouts are copied first. float16 and
// bfloat16 are computed as float32 and rounded once. Large products are cut into a part for each
// thread of the pool; with the flag `deterministic` at more by their shapes alone, so that the bits
// do not depend on the number of threads (BLAS rounds differently at the edges of a part).
#pragma once
#include <complex>
#include <functional>

#include "kroton/graph/op.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::tensor {
using Factor = std::complex<double>;

// Whether the functions below do this dtype: a float or complex one, and a library is there.
bool multiplies(DType dtype);

// All arrays have one dtype and fitting shapes. Y and C, which are written, overlap no other one,
// and have any strides without two elements in one place. Where a factor BETA is 0, what they held
// is not read.
// c = alpha a b + beta c, for a (m, k), b (k, n), c (m, n)
void gemm(Factor alpha, const NDArray& a, const NDArray& b, Factor beta, const NDArray& c);
// y = alpha a x + beta y, for a (m, n), x (n,), y (m,)
void gemv(Factor alpha, const NDArray& a, const NDArray& x, Factor beta, const NDArray& y);
// a = alpha x y^T + beta a, for x (m,), y (n,), a (m, n)
void ger(Factor alpha, const NDArray& x, const NDArray& y, Factor beta, const NDArray& a);

// The same for arrays whose layouts are known and whose places and factors, elements of their
// dtype, are told by each run. Empty where lengths differ, or where BLAS cannot read or write one
// of them as it lies.
using Multiply =
    std::function<void(const void* alpha, const void* a, const void* b, const void* beta, void* c)>;
Multiply prepared_gemm(const ArrayLayout& a, const ArrayLayout& b, const ArrayLayout& c);
Multiply prepared_gemv(const ArrayLayout& a, const ArrayLayout& x, const ArrayLayout& y);

// c[i] = a[i] b[i], for a (l, m, k), b (l, k, n), and c (l, m, n) in C order
void batched_gemm(const NDArray& a, const NDArray& b, const NDArray& c);
}  // namespace kroton::tensor
