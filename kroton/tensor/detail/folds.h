// SPDX-License-Identifier: BSD-3-Clause
// What reductions ask of their fold.
#pragma once
#include "kroton/tensor/reduce.h"

namespace kroton::tensor {
inline bool is_extremum(Fold fold) { return fold == Fold::max || fold == Fold::min; }
inline bool is_logical(Fold fold) { return fold == Fold::any || fold == Fold::all; }
}  // namespace kroton::tensor
