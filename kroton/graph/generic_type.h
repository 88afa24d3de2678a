// SPDX-License-Identifier: BSD-3-Clause
// Generic: the type of any value that is no array: strings, requests, users' objects.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/type.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
class KROTON_API Generic : public TypeOf<Generic> {
 public:
  static constexpr std::string_view type_name = "Generic";
  Generic() = default;
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  bool values_eq(const Value& a, const Value& b) const override;
  bool may_share_memory(const Value& a, const Value& b) const override;
  // `kroton_value* NAME`, the box itself: NULL for nothing.
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_sync(std::string_view name, const Sub& sub) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  bool c_is_simple() const override { return true; }
  CacheVersion c_code_cache_version() const override;
};
// An input variable of type Generic.
KROTON_API Variable generic(std::string name = "");
}  // namespace kroton::inline graph
