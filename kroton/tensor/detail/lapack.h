// SPDX-License-Identifier: BSD-3-Clause
// Factorizations and solvers of LAPACK on arrays. WHO begins the UnsupportedError where there is no
// LAPACK. Square matrices in C order, of float32, float64, complex64 or complex128; right sides are
// solved in parts on the pool, cut by their number alone.
#pragma once
#include <vector>

#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/blas.h"

namespace kroton::tensor::lapack {
using Pivots = std::vector<blas::Int>;

// a becomes its Cholesky factor in the named triangle, which alone is read; the other one stays as
// it is. The order of the first leading minor that is not positive, 0 when all are.
int cholesky(const char* who, const NDArray& a, bool lower);
// a^T becomes L U with rows exchanged. The 1-based position of the first pivot that is 0, or 0.
int lu(const char* who, const NDArray& a, Pivots& pivots);

// b (n,) or (n, m), in C order, becomes the solution of A x = b.
// From what lu() made of a copy of A.
void solve_lu(const char* who, const NDArray& factors, const Pivots& pivots, const NDArray& b);
// From what cholesky(lower) made of A.
void solve_cholesky(const char* who, const NDArray& factor, bool lower, const NDArray& b);
// A of any layout with one stride of one element, of which one triangle is read.
void solve_triangular(const char* who, const NDArray& a, bool lower, bool unit_diagonal,
                      const NDArray& b);
// a, made by lu(), becomes the inverse.
void invert_lu(const char* who, const NDArray& a, const Pivots& pivots);
}  // namespace kroton::tensor::lapack
