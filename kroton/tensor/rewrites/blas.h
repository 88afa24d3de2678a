// SPDX-License-Identifier: BSD-3-Clause
// Rewrites of products. A sum that holds products of matrices becomes Gemm nodes: beta C + alpha A
// B in all forms that users write it, with scalars anywhere, minus signs, transposes and several
// summands. What gains nothing stays as it is: a lone scaled product, and a sum that an elementwise
// node reads, which is computed in that node's kernel (a bias and an activation, for example).
// Source: Theano's tensor/blas.py, tensor/opt.py.
#pragma once
#include <optional>

#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// A sum over whose terms are products -> Gemm{matrices, with_vector}.
KROTON_API std::optional<Variables> local_sum_to_gemm(const FunctionGraph& fgraph,
                                                      const Apply& node);
// dot(x, y) + dot(x, z) -> dot(x, y + z), and so for a common last factor.
KROTON_API std::optional<Variables> local_dots_of_one_factor(const FunctionGraph& fgraph,
                                                             const Apply& node);
// dot(x, y).T -> dot(y.T, x.T)
KROTON_API std::optional<Variables> local_transpose_of_dot(const FunctionGraph& fgraph,
                                                           const Apply& node);
// dot of a column and a row -> their elementwise product, which joins the kernel that reads it.
KROTON_API std::optional<Variables> local_outer_to_mul(const FunctionGraph& fgraph,
                                                       const Apply& node);
// dot(x, y)[i, j] -> dot(x[i], y[:, j])
KROTON_API std::optional<Variables> local_subtensor_of_dot(const FunctionGraph& fgraph,
                                                           const Apply& node);
// dot(matrix_inverse(A), b) -> solve(A, b)
KROTON_API std::optional<Variables> local_inverse_to_solve(const FunctionGraph& fgraph,
                                                           const Apply& node);
// Gemm that may overwrite c does.
KROTON_API std::optional<Variables> local_gemm_inplace(const FunctionGraph& fgraph,
                                                       const Apply& node);

KROTON_API void install_blas(rewrite::Database& db);
}  // namespace kroton::tensor
