// SPDX-License-Identifier: BSD-3-Clause
// Arguments of functions that compute on real numbers.
#pragma once
#include <string_view>

#include "kroton/graph/operand.h"

namespace kroton::tensor {
// The array of OPERAND with integers made floats as exp() makes them; TypeError, beginning with
// WHO, for complex numbers.
Variable float_operand(const Operand& operand, std::string_view who);
}  // namespace kroton::tensor
