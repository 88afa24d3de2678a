// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/enum_type.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/c_text.h"

namespace kroton::inline graph {
namespace {
bool is_identifier(std::string_view word) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !word.empty() && letter(word[0]) && std::all_of(word.begin(), word.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}
}  // namespace

EnumType::EnumType(std::vector<EnumConstant> constants, std::string ctype)
    : constants_(std::move(constants)), ctype_(std::move(ctype)) {
  std::vector<std::string> seen;
  for (const EnumConstant& each : constants_) {
    if (!is_identifier(each.name)) {
      throw ValueError("EnumType: the name " + base::quote(each.name) +
                       " is no C identifier; use letters, digits and _");
    }
    for (const std::string& word : {each.name, each.alias}) {
      if (!word.empty() && std::find(seen.begin(), seen.end(), word) != seen.end()) {
        throw ValueError("EnumType: the name " + base::quote(word) +
                         " is there twice; each name and alias stands for one constant");
      }
      seen.push_back(word);
    }
    listed_ += (listed_.empty() ? "" : ", ") + each.name + " = " + base::format_number(each.value);
  }
}

std::int64_t EnumType::value(std::string_view word) const {
  for (const EnumConstant& each : constants_) {
    if (each.name == word || (!word.empty() && each.alias == word)) return each.value;
  }
  throw ValueError("EnumType: there is no constant " + base::quote(word) + "; there are " +
                   listed_);
}

Value EnumType::filter(const Value& given, bool, std::optional<bool>) const {
  if (given.is_string()) return value(given.as<std::string>());
  if (!given.is_number() && !given.is_array()) {
    throw TypeError("EnumType: the value is " + given.text() +
                    "; an integer or the name of a constant is needed");
  }
  const auto number = given.item<std::int64_t>();
  for (const EnumConstant& each : constants_) {
    if (each.value == number) return number;
  }
  throw ValueError("EnumType: no constant is " + base::format_number(number) + "; there are " +
                   listed_);
}
bool EnumType::values_eq(const Value& a, const Value& b) const {
  return a.item<std::int64_t>() == b.item<std::int64_t>();
}

std::string EnumType::c_declare(std::string_view name, const Sub&, bool) const {
  return ctype_ + c_text(" $V;", name);
}
std::string EnumType::c_init(std::string_view name, const Sub&) const {
  return c_text("$V = (", name) + ctype_ + ")0;";
}
std::string EnumType::c_extract(std::string_view name, const Sub& sub, bool check_input) const {
  const std::string check =
      check_input
          ? c_text(
                "\nif (kroton_error_is_set()) {\n  kroton_set_error(KROTON_TYPE_ERROR, \"EnumType: "
                "the value is %s; an integer is needed\", kroton_describe(value_$V));\n  $fail\n}",
                {{"V", name}, {"fail", sub["fail"]}})
          : "";
  return c_text("$V = (", name) + ctype_ + c_text(")kroton_to_int64(value_$V);", name) + check;
}
std::string EnumType::c_sync(std::string_view name, const Sub& sub) const {
  return c_text(
             "kroton_release(value_$V);\nvalue_$V = kroton_from_int64((int64_t)$V);\nif (!value_$V) ",
             name) +
         sub["fail"];
}
std::string EnumType::c_cleanup(std::string_view, const Sub&) const { return ""; }
std::string EnumType::c_support_code() const {
  std::string text;
  for (const EnumConstant& each : constants_)
    text += "#define " + each.name + " " + base::format_number(each.value) + "\n";
  return text;
}
}  // namespace kroton::inline graph
