// SPDX-License-Identifier: BSD-3-Clause
// What sums of products (Dot, BatchedDot, Gemm, ...) have in common.
#pragma once
#include <string_view>
#include <utility>

#include "kroton/graph/op.h"
#include "kroton/tensor/detail/nest.h"

namespace kroton::tensor {
// The two in the dtype that both promote to.
std::pair<Variable, Variable> promoted_pair(const Variable& x, const Variable& y);
// TypeError, beginning with WHO, when the two lengths are known before the graph runs and differ.
void check_known_lengths(std::string_view who, const Variable& x, int x_axis, const Variable& y,
                         int y_axis);
// x, or its conjugate where it is complex.
Variable conjugate(const Variable& x);
// r_op of an op that is linear in input 0 and in input 1.
Variables product_r_op(const Op& op, const Apply& node, const Variables& eval_points);

// The sum over the stage's reduce axes of x times y, for bools the or of ands; begins the stage
// that can read it.
kernel::ExprId sum_of_products(kernel::Builder& b, kernel::ExprId x, kernel::ExprId y);
}  // namespace kroton::tensor
