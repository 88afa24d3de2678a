// SPDX-License-Identifier: BSD-3-Clause
// What x[index] means: which op, on which axes.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// x[INDEX]: a Subtensor for integers and slices, a DimShuffle on top for newaxis, and an
// AdvancedSubtensor on top of those for integer arrays and masks (integers beside them are arrays).
KROTON_API Variable index(const Variable& x, const std::vector<Index>& index);
}  // namespace kroton::tensor
