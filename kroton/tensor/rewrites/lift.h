// SPDX-License-Identifier: BSD-3-Clause
// Views move towards the leaves, so that elementwise nodes stand next to each other and fuse, and a
// slice of a computed array computes no more than the slice.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
KROTON_API std::optional<Variables> local_useless_dimshuffle(const FunctionGraph& fgraph,
                                                             const Apply& node);
KROTON_API std::optional<Variables> local_dimshuffle_merge(const FunctionGraph& fgraph,
                                                           const Apply& node);
KROTON_API std::optional<Variables> local_dimshuffle_lift(const FunctionGraph& fgraph,
                                                          const Apply& node);
KROTON_API std::optional<Variables> local_useless_subtensor(const FunctionGraph& fgraph,
                                                            const Apply& node);
KROTON_API std::optional<Variables> local_subtensor_lift(const FunctionGraph& fgraph,
                                                         const Apply& node);
KROTON_API std::optional<Variables> local_subtensor_of_dimshuffle(const FunctionGraph& fgraph,
                                                                  const Apply& node);
KROTON_API std::optional<Variables> local_elemwise_of_join(const FunctionGraph& fgraph,
                                                           const Apply& node);
// The branch that a known condition chooses, or what is the same in both.
KROTON_API std::optional<Variables> local_useless_ifelse(const FunctionGraph& fgraph,
                                                         const Apply& node);
KROTON_API std::optional<Variables> local_cast_cast(const FunctionGraph& fgraph, const Apply& node);
KROTON_API std::optional<Variables> local_useless_cast(const FunctionGraph& fgraph,
                                                       const Apply& node);

KROTON_API void install_lift(rewrite::Database& db);
}  // namespace kroton::tensor
