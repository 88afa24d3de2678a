// SPDX-License-Identifier: BSD-3-Clause
// The BLAS and LAPACK functions of a library that is opened when the first of them is asked for:
// OpenBLAS, or what the flag `blas` names. Functions have Fortran's names and calling convention
// with 32-bit integers. Each call computes on one thread: larger work is cut into parts for the
// pool of Kroton (detail/matrix_product.h).
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::tensor::blas {
using Int = int;  // of the Fortran interface

// The address of NAME ("gemm", "potrf") for a dtype of the four that BLAS knows (float32, float64,
// complex64, complex128); null for other dtypes and where no library has it. Error when the flag
// `blas` names a file that cannot be opened.
KROTON_API void* find(const char* name, DType dtype);
// The same; UnsupportedError, beginning with WHO, that names the package when there is none.
KROTON_API void* get(const char* name, DType dtype, const char* who);

// For people: "OpenBLAS 0.3.21 (Zen), libopenblas.so.0", or what is missing and what that means.
KROTON_API std::string describe();
}  // namespace kroton::tensor::blas
