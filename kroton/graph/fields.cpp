// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/fields.h"

#include <cxxabi.h>

#include <cstdlib>

#include "kroton/base/text.h"

namespace kroton::inline graph {
std::string field_text(bool value) { return value ? "true" : "false"; }
std::string field_text(std::int64_t value) { return std::to_string(value); }
std::string field_text(std::uint64_t value) { return std::to_string(value); }
std::string field_text(double value) { return base::format_number(value); }
std::string field_text(const std::string& value) { return value; }
std::string field_text(DType value) { return ndarray::name(value); }

std::string tuple_text(const std::vector<std::string>& items) {
  std::string out = "(";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i ? ", " : "") + items[i];
  return out + (items.size() == 1 ? ",)" : ")");
}

std::size_t hash_text(std::string_view text) { return std::hash<std::string_view>()(text); }

std::string class_name(const char* mangled) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string out = status == 0 ? demangled : mangled;
  std::free(demangled);
  return out;
}
}  // namespace kroton::inline graph
