// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/generic_type.h"

namespace kroton::inline graph {
Value Generic::filter(const Value& value, bool, std::optional<bool>) const { return value; }

bool Generic::values_eq(const Value& a, const Value& b) const {
  if (a.is_string() && b.is_string()) return a.as<std::string>() == b.as<std::string>();
  const Type& self = *this;
  return Constant(self, a).same_as(Constant(self, b)) || (a.empty() && b.empty());
}

bool Generic::may_share_memory(const Value& a, const Value& b) const {
  return ndarray::may_share_memory(a, b);
}

Variable generic(std::string name) { return Variable(Generic(), std::move(name)); }
}  // namespace kroton::inline graph
