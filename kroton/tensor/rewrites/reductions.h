// SPDX-License-Identifier: BSD-3-Clause
// Reductions that need not run over what they run over: of reductions, of length 1, of a constant
// factor, of filled arrays. Sums are added up in another order, which rounds differently.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// No axis to reduce: the array itself.
KROTON_API std::optional<Variables> local_useless_reduce(const FunctionGraph& fgraph,
                                                         const Apply& node);
// Axes of length 1 are dropped, not reduced.
KROTON_API std::optional<Variables> local_reduce_broadcastable(const FunctionGraph& fgraph,
                                                               const Apply& node);
// A fold of the same fold is one over all axes.
KROTON_API std::optional<Variables> local_op_of_op(const FunctionGraph& fgraph, const Apply& node);
// Factors, divisors and signs that do not vary along the axes of a sum stand behind it.
KROTON_API std::optional<Variables> local_sum_prod_mul_by_scalar(const FunctionGraph& fgraph,
                                                                 const Apply& node);
// The sum of an array that is filled with one value is its multiple, the product its power.
KROTON_API std::optional<Variables> local_opt_alloc(const FunctionGraph& fgraph, const Apply& node);
// -max(-x) is min(x) and the other way round.
KROTON_API std::optional<Variables> local_max_to_min(const FunctionGraph& fgraph,
                                                     const Apply& node);
KROTON_API void install_reductions(rewrite::Database& db);
}  // namespace kroton::tensor
