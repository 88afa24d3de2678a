// SPDX-License-Identifier: BSD-3-Clause
// Shapes without the values: shape(x) of a computed x, assertions that hold by themselves, and
// arrays that are filled only to be stretched.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
// ShapeOf and Shape_i of what is computed, from infer_shape.
KROTON_API void shape_graphs(FunctionGraph& fgraph, rewrite::Trace& trace);
// Alloc, and fill, where its shape is that of what it meets; Reshape and SpecifyShape that change
// nothing.
KROTON_API void useless_shapes(FunctionGraph& fgraph, rewrite::Trace& trace);
KROTON_API std::optional<Variables> local_fill_to_alloc(const FunctionGraph& fgraph,
                                                        const Apply& node);
KROTON_API std::optional<Variables> local_useless_rebroadcast(const FunctionGraph& fgraph,
                                                              const Apply& node);
KROTON_API std::optional<Variables> local_rebroadcast_lift(const FunctionGraph& fgraph,
                                                           const Apply& node);
KROTON_API std::optional<Variables> local_reshape_chain(const FunctionGraph& fgraph,
                                                        const Apply& node);
KROTON_API std::optional<Variables> local_reshape_lift(const FunctionGraph& fgraph,
                                                       const Apply& node);
KROTON_API std::optional<Variables> local_view_op(const FunctionGraph& fgraph, const Apply& node);

KROTON_API void install_shape(rewrite::Database& db);
}  // namespace kroton::tensor
