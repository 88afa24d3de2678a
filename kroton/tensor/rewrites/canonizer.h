// SPDX-License-Identifier: BSD-3-Clause
// Products and sums as lists: what is multiplied over what it is divided by, what is added less
// what is subtracted. Nodes that the tree alone reads are taken apart; the list is simplified, and
// a graph is built again only when it became simpler.
//   (a * b) / b -> a    2 * (x * 3) -> 6 * x    sqr(x) / x -> x    a + b - a -> b    x + x -> 2 * x
// Cancelling ignores what x / x and x - x are at 0, infinity and NaN, and constants are computed
// first, which rounds differently; a constant that would overflow or vanish is left where it is.
// Source: Theano's tensor/opt.py:AlgebraicCanonizer.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
KROTON_API std::optional<Variables> local_mul_canonizer(const FunctionGraph& fgraph,
                                                        const Apply& node);
KROTON_API std::optional<Variables> local_add_canonizer(const FunctionGraph& fgraph,
                                                        const Apply& node);
KROTON_API void install_canonizer(rewrite::Database& db);
}  // namespace kroton::tensor
