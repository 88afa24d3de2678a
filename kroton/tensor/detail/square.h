// SPDX-License-Identifier: BSD-3-Clause
// What ops on square matrices have in common.
#pragma once
#include <span>
#include <string_view>

#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/elemwise_functions.h"

namespace kroton::tensor {
// The operand as an array of a dtype that LAPACK has: discrete ones become float64. TypeError,
// beginning with WHO, for float16 and bfloat16.
Variable lapack_operand(const Operand& operand, std::string_view who);
// TypeError, beginning with WHO, unless X is a matrix of such a dtype.
void check_matrix(const Variable& x, std::string_view who);
// ShapeError unless input number INPUT is square.
void check_square(const Apply& node, std::string_view who, std::span<const Value> inputs,
                  int input = 0);
// ValueError "WHO: x, of shape (3, 3), FACT".
[[noreturn]] void wrong_matrix(const Apply& node, std::string_view who,
                               std::span<const Value> inputs, int input, const std::string& fact);

// x below the diagonal, DIAGONAL times x on it (0: zeros), zeros above; the mirror image when not
// LOWER. For a square x.
Variable triangle_of(const Variable& x, bool lower, double diagonal = 1);
// The symmetric matrix that the triangle of x stands for.
Variable symmetric_from(const Variable& x, bool lower);
// The gradient for x of a function of symmetric_from(x), where G is that for all elements.
Variable symmetric_gradient(const Variable& g, bool lower);
// Writes 0 to the elements of a matrix in C order above (below, when not LOWER) the diagonal.
void clear_other_triangle(const NDArray& a, bool lower);
}  // namespace kroton::tensor
