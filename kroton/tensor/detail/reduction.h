// SPDX-License-Identifier: BSD-3-Clause
// What the kernels of reductions (CAReduce, Argmax) share.
#pragma once
#include <vector>

#include "kroton/graph/shape_expr.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/reduce.h"

namespace kroton::tensor {
// The axes of x that stay, as sources of the domain of z; params FROM and TO hold x and z.
std::vector<std::vector<kernel::Dimension>> kept_dimensions(const Variable& x, const Variable& z,
                                                            const std::vector<int>& axes, int from,
                                                            int to);
std::vector<ShapeExpr> kept_lengths(const std::vector<ShapeExpr>& shape,
                                    const std::vector<int>& axes);
std::vector<bool> kept_flags(const std::vector<bool>& flags, const std::vector<int>& axes);

// The index of x in the builder's stage, to which one reduce axis per axis of AXES is added.
struct ReducedIndex {
  std::vector<kernel::Affine> index;
  std::vector<kernel::Affine> reduced, lengths;  // of the reduce axes, outermost first
};
ReducedIndex reduced_index(kernel::Builder& builder, const Variable& x,
                           const std::vector<int>& axes, int from, const Domain& kept);
// Of no element there is no extremum.
void need_elements(kernel::Builder& builder, const ReducedIndex& at);
}  // namespace kroton::tensor
