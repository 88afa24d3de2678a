// SPDX-License-Identifier: BSD-3-Clause
// The same value where the plain formula overflows or cancels: log1p, expm1, sigmoid and softplus
// forms, erf and erfc, logarithms of exponentials, products, powers and sums of exponentials.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// log(prod(x)) of what is never negative.
KROTON_API std::optional<Variables> local_log_prod(const FunctionGraph& fgraph, const Apply& node);
// log(x ** c) with a constant c.
KROTON_API std::optional<Variables> local_log_pow(const FunctionGraph& fgraph, const Apply& node);
KROTON_API void install_stabilize(rewrite::Database& db);
}  // namespace kroton::tensor
