// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/type.h"

#include "kroton/base/errors.h"
#include "kroton/graph/variable.h"

namespace kroton::inline graph {
namespace {
// "TensorType" of "TensorType(float64, matrix)".
std::string name_of(const Type& type) {
  const std::string text = type.text();
  return text.substr(0, text.find_first_of("({<"));
}
}  // namespace

void Type::not_defined(const char* method) const {
  throw MethodNotDefined(name_of(*this) + " does not define " + method);
}

Value Type::filter(const Value&, bool, std::optional<bool>) const { not_defined("filter"); }
Value Type::filter_inplace(const Value& value, const Value&, bool strict,
                           std::optional<bool> allow_downcast) const {
  return filter(value, strict, allow_downcast);
}
bool Type::is_valid_value(const Value& value) const {
  try {
    filter(value, true);
    return true;
  } catch (const TypeError&) {
    return false;
  }
}
bool Type::values_eq(const Value&, const Value&) const { not_defined("values_eq"); }
bool Type::values_eq_approx(const Value& a, const Value& b) const { return values_eq(a, b); }
bool Type::may_share_memory(const Value&, const Value&) const { return false; }
Value Type::value_zeros(const Shape&) const { not_defined("value_zeros"); }

Variable Type::filter_variable(const Variable& other, bool allow_convert) const {
  if (other.type() == *this) return other;
  if (allow_convert) {
    if (Variable converted = convert_variable(other)) return converted;
  }
  throw TypeError("variable " + other.text() + " of type " + other.type().text() +
                  " cannot stand for type " + text());
}
Variable Type::convert_variable(const Variable& other) const {
  return other.type() == *this ? other : Variable();
}
Variable Type::operator()(std::string name) const { return make_variable(std::move(name)); }
Variable Type::make_variable(std::string name) const { return Variable(*this, std::move(name)); }
Constant Type::make_constant(Value value, std::string name) const {
  return Constant(*this, std::move(value), std::move(name));
}

Variable Type::zeros_like(const Variable&) const { not_defined("zeros_like"); }
Variable Type::ones_like(const Variable&) const { not_defined("ones_like"); }
Variable Type::add(const Variable&, const Variable&) const { not_defined("add"); }
Variable Type::gradient_like(const Variable& g, const Variable&) const { return g; }

bool Type::is_array() const { return false; }
DType Type::dtype() const {
  throw TypeError("dtype: a variable of type " + text() + " is no array and has none");
}
const std::vector<bool>& Type::broadcastable() const {
  throw TypeError("broadcastable: a variable of type " + text() + " is no array and has no axes");
}
std::shared_ptr<const Type> Type::with(DType, std::vector<bool>) const {
  throw TypeError("type " + text() + " is no array type and has no dtype to change");
}
std::shared_ptr<const Type> Type::host_form() const {
  throw TypeError("type " + text() + " is no array type and has no host form");
}

Variable Type::on_host(const Variable& x) const { return x; }
bool Type::can_be_input() const { return true; }

std::string Type::c_element_type() const { not_defined("c_element_type"); }
std::string Type::c_declare(std::string_view, const Sub&, bool) const { not_defined("c_declare"); }
std::string Type::c_init(std::string_view, const Sub&) const { not_defined("c_init"); }
std::string Type::c_extract(std::string_view, const Sub&, bool) const { not_defined("c_extract"); }
std::string Type::c_extract_out(std::string_view name, const Sub& sub, bool check_input) const {
  return "if (value_" + std::string(name) + ") {\n" + c_extract(name, sub, check_input) +
         "\n} else {\n" + c_init(name, sub) + "\n}\n";
}
std::string Type::c_sync(std::string_view, const Sub&) const { not_defined("c_sync"); }
std::string Type::c_cleanup(std::string_view, const Sub&) const { not_defined("c_cleanup"); }
std::string Type::c_literal(const Value&) const { not_defined("c_literal"); }
bool Type::c_is_simple() const { return false; }
Names Type::c_headers() const { return {}; }
Names Type::c_header_dirs() const { return {}; }
Names Type::c_libraries() const { return {}; }
Names Type::c_lib_dirs() const { return {}; }
Names Type::c_compile_args() const { return {}; }
Names Type::c_no_compile_args() const { return {}; }
std::string Type::c_support_code() const { return ""; }
Names Type::c_init_code() const { return {}; }
CLanguage Type::c_language() const { return CLanguage::c; }
CacheVersion Type::c_code_cache_version() const { return {}; }
}  // namespace kroton::inline graph
