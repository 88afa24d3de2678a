// SPDX-License-Identifier: BSD-3-Clause
// Constants of arrays and numbers, and how a plain number meets a variable: an integer takes the
// smallest signed dtype that holds it, a float the smallest of float32 and float64 that holds it
// exactly (floatX where that is not float64), so int8 x + 1 stays int8. Axes of length 1 are
// broadcastable.
#pragma once
#include <optional>
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
KROTON_API Variable constant(const Value& value, std::string name = "");
KROTON_API Variable constant(const Value& value, DType dtype);
KROTON_API Variable as_tensor_variable(const Operand& operand);
// as_tensor_variable, with a TypeError that begins with WHO for a variable that is no array.
KROTON_API Variable array_operand(const Operand& operand, std::string_view who);
// The value of a 0-d constant, also through dimshuffles of one; nothing for what is computed.
KROTON_API std::optional<NDArray> constant_value(const Variable& x);
KROTON_API std::optional<std::int64_t> constant_integer(const Variable& x);
}  // namespace kroton::tensor
