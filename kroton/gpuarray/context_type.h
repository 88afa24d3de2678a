// SPDX-License-Identifier: BSD-3-Clause
// GpuContextType: contexts as values that nodes are given, as constants. It has no variables of its
// own kind, and a function cannot have an input of it.
// Source: Theano's gpuarray/type.py:GpuContextType.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/gpuarray/context.h"
#include "kroton/graph/type.h"

namespace kroton::gpuarray {
class KROTON_API GpuContextType : public TypeOf<GpuContextType> {
 public:
  static constexpr std::string_view type_name = "GpuContextType";
  using Type::values_eq;
  // TypeError for what is no GpuContext, and for a null one.
  Value filter(const Value& value, bool strict = false,
               std::optional<bool> allow_downcast = std::nullopt) const override;
  static bool values_eq(const GpuContext& a, const GpuContext& b);
  bool values_eq(const Value& a, const Value& b) const override;
  bool can_be_input() const override { return false; }

  // `kroton_gpucontext* NAME`; there is no c_sync: no node makes a context.
  std::string c_declare(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_init(std::string_view name, const Sub& sub) const override;
  std::string c_extract(std::string_view name, const Sub& sub,
                        bool check_input = true) const override;
  std::string c_cleanup(std::string_view name, const Sub& sub) const override;
  CacheVersion c_code_cache_version() const override;
};
KROTON_API extern const GpuContextType gpu_context_type;
}  // namespace kroton::gpuarray
