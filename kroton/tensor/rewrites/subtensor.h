// SPDX-License-Identifier: BSD-3-Clause
// Parts of parts, parts of what was just written, parts of filled arrays and of lists of lengths:
// each is computed without the whole. An index that only the removed step would have refused is no
// longer refused.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// x[a:b][c:d] is one slice, where the bounds are numbers that can be added up, or on other axes.
KROTON_API std::optional<Variables> local_subtensor_merge(const FunctionGraph& fgraph,
                                                          const Apply& node);
// A slice of a filled array is a smaller one.
KROTON_API std::optional<Variables> local_subtensor_of_alloc(const FunctionGraph& fgraph,
                                                             const Apply& node);
// An element of a vector that is made of numbers, or of a shape.
KROTON_API std::optional<Variables> local_subtensor_make_vector(const FunctionGraph& fgraph,
                                                                const Apply& node);
// set_subtensor(x[i], y)[i] is y, inc_subtensor(x[i], y)[i] is x[i] + y.
KROTON_API std::optional<Variables> local_subtensor_inc_subtensor(const FunctionGraph& fgraph,
                                                                  const Apply& node);
// set_subtensor(x[:], y) is y, set_subtensor(x[i], x[i]) is x, and what is overwritten at once need
// not be written.
KROTON_API std::optional<Variables> local_useless_inc_subtensor(const FunctionGraph& fgraph,
                                                                const Apply& node);
// set_subtensor(x[mask], y) is where(mask, y, x).
KROTON_API std::optional<Variables> local_set_at_mask(const FunctionGraph& fgraph,
                                                      const Apply& node);
// inc_subtensor into zeros is set_subtensor.
KROTON_API std::optional<Variables> local_incsubtensor_of_zeros_to_setsubtensor(
    const FunctionGraph& fgraph, const Apply& node);
KROTON_API void install_subtensor(rewrite::Database& db);
}  // namespace kroton::tensor
