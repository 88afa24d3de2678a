// SPDX-License-Identifier: BSD-3-Clause
// Lengths of axes between their two forms: 0-d integer variables, which users write, and ShapeExpr,
// which infer_shape is written in. Constants, shapes, vectors of lengths and integer arithmetic are
// looked through, so that x.shape()[0] + 1 needs no node to run before the memory is planned.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/shape_expr.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
// The shape of x as an int64 vector, and one of its lengths; constants where the type tells them.
KROTON_API Variable shape_of(const Variable& x);
KROTON_API Variable length_of(const Variable& x, int axis);
// What a 0-d integer variable says.
KROTON_API ShapeExpr as_length(const Variable& scalar);
// The N elements of an integer vector variable.
KROTON_API std::vector<ShapeExpr> lengths_of_vector(const Variable& vector, int n);
// How many elements a vector variable has, when the graph says so.
KROTON_API std::optional<std::int64_t> known_length_of_vector(const Variable& vector);
// 0-d int64 variables as one vector: a constant when all of them are.
KROTON_API Variable vector_of_lengths(const Variables& lengths);
// One 0-d int64 variable per operand; TypeError, beginning with WHO, for anything that is no
// integer.
KROTON_API Variables lengths_of_operands(const std::vector<Operand>& shape, std::string_view who);
// Whether EXPR cannot be negative: a constant that is not, a length of an axis, sums and products
// of such.
KROTON_API bool is_never_negative(const ShapeExpr& expr);
}  // namespace kroton::tensor
