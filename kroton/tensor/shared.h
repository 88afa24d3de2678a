// SPDX-License-Identifier: BSD-3-Clause
// How shared() holds arrays and numbers: as host arrays, no axis broadcastable unless it is asked
// for.
#pragma once
#include <optional>
#include <string>

#include "kroton/base/api.h"
#include "kroton/compile/shared.h"

namespace kroton::tensor {
// A plain int counts as int64, as an array of it would.
KROTON_API std::optional<SharedVariable> tensor_shared_constructor(const Value& value,
                                                                   const std::string& name,
                                                                   const SharedOptions& options);
}  // namespace kroton::tensor
