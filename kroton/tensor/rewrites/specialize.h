// SPDX-License-Identifier: BSD-3-Clause
// Cheaper nodes for the same value: powers by constants, squares, reciprocals.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// x ** c for c = 2, 3, ..., 16, their negatives, 0.5 and -0.5.
KROTON_API std::optional<Variables> local_pow_specialize(const FunctionGraph& fgraph,
                                                         const Apply& node);
// x / c for a constant whose reciprocal is exact: a power of two.
KROTON_API std::optional<Variables> local_div_to_mul(const FunctionGraph& fgraph,
                                                     const Apply& node);
// x / sqrt(y) for a y that is stretched over x.
KROTON_API std::optional<Variables> local_div_by_stretched_root(const FunctionGraph& fgraph,
                                                                const Apply& node);
KROTON_API void install_specialize(rewrite::Database& db);
}  // namespace kroton::tensor
