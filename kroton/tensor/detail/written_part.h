// SPDX-License-Identifier: BSD-3-Clause
// What set_subtensor and inc_subtensor ask of y, whatever the index is.
#pragma once
#include <string_view>
#include <vector>

#include "kroton/graph/variable.h"

namespace kroton::tensor {
// Y as it is written into a part of X with the broadcast FLAGS: in the dtype of x, and
// broadcastable where the part is fixed to length 1. TypeError, beginning with WHO, when it does
// not fit.
Variable written_value(const Variable& x, const std::vector<bool>& flags, const Variable& y,
                       std::string_view who);
}  // namespace kroton::tensor
