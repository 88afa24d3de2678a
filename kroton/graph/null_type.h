// SPDX-License-Identifier: BSD-3-Clause
// NullType: the type of a gradient that is not defined or not implemented; it says why.
// No value has this type; a sum with one null term is null.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"

namespace kroton::inline graph {
class KROTON_API NullType : public TypeOf<NullType> {
 public:
  static constexpr std::string_view type_name = "NullType";
  explicit NullType(std::string why = "") : why_(std::move(why)) {}
  const std::string& why() const { return why_; }
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;

 private:
  std::string why_;

 public:
  static constexpr auto fields = std::tuple{Field{"why", &NullType::why_}};
};
}  // namespace kroton::inline graph
