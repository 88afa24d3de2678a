// SPDX-License-Identifier: BSD-3-Clause
// DisconnectedType: the type of a gradient with respect to something the cost is no function of.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/type.h"

namespace kroton::inline graph {
class KROTON_API DisconnectedType : public TypeOf<DisconnectedType> {
 public:
  static constexpr std::string_view type_name = "DisconnectedType";
  DisconnectedType() = default;
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
};
}  // namespace kroton::inline graph
