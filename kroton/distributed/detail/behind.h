// SPDX-License-Identifier: BSD-3-Clause
// X, but not before AFTER is computed. Gradients of what communicates go behind it: so whoever runs
// the way back has run the way there, also where a gradient does not need its value.
#pragma once
#include "kroton/graph/op.h"

namespace kroton::distributed::detail {
Variable behind(const Variable& x, const Variable& after);
}  // namespace kroton::distributed::detail
