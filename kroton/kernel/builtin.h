// SPDX-License-Identifier: BSD-3-Clause
// The scalar functions that the form's own accumulators and index arithmetic need. Rooms above
// bring rows of their own; a row with the same name and text is the same function.
#pragma once
#include "kroton/kernel/scalar_function.h"

namespace kroton::kernel::builtin {
KROTON_API extern const FunctionRef add, sub, mul, divide, maximum, minimum, lt, gt, le, ge, eq,
    neq, logical_and, logical_or, logical_not, exp, log, isnan;
}  // namespace kroton::kernel::builtin
