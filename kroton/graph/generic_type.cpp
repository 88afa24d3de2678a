// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/generic_type.h"

#include "kroton/base/text.h"
#include "kroton/graph/c_text.h"

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

std::string Generic::c_declare(std::string_view name, const Sub&, bool) const {
  return c_text("kroton_value* $V;", name);
}
std::string Generic::c_init(std::string_view name, const Sub&) const {
  return c_text("$V = NULL;", name);
}
std::string Generic::c_extract(std::string_view name, const Sub&, bool) const {
  return c_text("$V = value_$V;\nkroton_retain($V);", name);
}
std::string Generic::c_sync(std::string_view name, const Sub&) const {
  return c_text("kroton_retain($V);\nkroton_release(value_$V);\nvalue_$V = $V;", name);
}
std::string Generic::c_cleanup(std::string_view name, const Sub&) const {
  return c_text("kroton_release($V);\n$V = NULL;", name);
}
CacheVersion Generic::c_code_cache_version() const { return {1}; }

Variable generic(std::string name) { return Variable(Generic(), std::move(name)); }
}  // namespace kroton::inline graph
