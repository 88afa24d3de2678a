// SPDX-License-Identifier: BSD-3-Clause
// What x[index] means: which op, on which axes.
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// x[INDEX]: a Subtensor for integers and slices, a DimShuffle on top for newaxis.
KROTON_API Variable index(const Variable& x, const std::vector<Index>& index);
}  // namespace kroton::tensor
