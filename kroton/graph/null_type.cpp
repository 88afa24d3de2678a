// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/null_type.h"

#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"

namespace kroton::inline graph {
Value NullType::filter(const Value&, bool, std::optional<bool>) const {
  throw TypeError("NullType: no value has this type" + (why_.empty() ? "" : " (" + why_ + ")"));
}
Value DisconnectedType::filter(const Value&, bool, std::optional<bool>) const {
  throw TypeError(
      "DisconnectedType: no value has this type; the cost is no function of that input");
}
}  // namespace kroton::inline graph
