// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/params_type.h"

#include <algorithm>
#include <cctype>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/base/text.h"
#include "kroton/graph/c_text.h"

namespace kroton::inline graph {
const Value& Params::operator[](std::string_view field) const {
  std::string known;
  for (const auto& [name, value] : fields_) {
    if (name == field) return value;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw ValueError("params: there is no field " + base::quote(field) + "; there are " + known);
}

const ValueKind& value_kind(const Params&) {
  static const ValueKind kind{
      "Params",
      &typeid(Params),
      nullptr,
      nullptr,
      [](const void* p) {
        std::string text;
        for (const auto& [name, value] : static_cast<const Params*>(p)->fields())
          text += (text.empty() ? "params " : ", ") + name + " = " + value.text();
        return text;
      },
      nullptr};
  return kind;
}

namespace {
using Text = std::string_view;

// Fields' texts are asked for with this before the field's name, which is then replaced.
constexpr Text mark = "kroton_field_";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// TEXT in which every identifier that holds the marked name is a member behind PREFIX.
std::string as_member(Text text, Text prefix) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const std::string word(text.substr(at, end - at));
    const bool marked = word.find(mark) != std::string::npos;
    out += marked ? std::string(prefix) + base::replace_all(word, mark, "") : word;
    at = end;
  }
  return out;
}
std::string marked(const ParamsField& field) { return std::string(mark) + field.name; }
const Sub in_function{{"fail", "{ kroton_failure = 1; goto kroton_params_end; }"},
                      {"id", "1"},
                      {"failure", "kroton_failure"}};
}  // namespace

ParamsType::ParamsType(std::vector<ParamsField> fields) : fields_(std::move(fields)) {
  for (const ParamsField& field : fields_)
    listed_ += (listed_.empty() ? "" : ", ") + field.name + ": " + field.type->text();
}

Constant ParamsType::make(std::vector<std::pair<std::string, Value>> values) const {
  return make_constant(Params(std::move(values)));
}

Value ParamsType::filter(const Value& value, bool strict, std::optional<bool> downcast) const {
  if (!value.is<Params>()) {
    throw TypeError("ParamsType: the value is " + value.text() + "; a Params is needed");
  }
  const Params& given = value.as<Params>();
  std::vector<std::pair<std::string, Value>> filtered;
  for (const ParamsField& field : fields_)
    filtered.emplace_back(field.name, field.type->filter(given[field.name], strict, downcast));
  for (const auto& [name, unused] : given.fields()) {
    if (std::none_of(fields_.begin(), fields_.end(),
                     [&](const ParamsField& field) { return field.name == name; })) {
      throw ValueError("ParamsType: there is no field " + base::quote(name) + "; there are " +
                       listed_);
    }
  }
  return Params(std::move(filtered));
}
bool ParamsType::values_eq(const Value& a, const Value& b) const {
  const auto &x = a.as<Params>().fields(), &y = b.as<Params>().fields();
  if (x.size() != fields_.size() || y.size() != fields_.size()) return false;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!fields_[i].type->values_eq(x[i].second, y[i].second)) return false;
  }
  return true;
}

std::string ParamsType::c_element_type() const {
  return "struct kroton_params_" + base::to_hex(base::hash128(listed_)).substr(0, 16);
}
std::string ParamsType::c_declare(Text name, const Sub&, bool) const {
  return c_element_type() + c_text(" ${V}_storage;\n", name) + c_element_type() +
         c_text("* $V;", name);
}
std::string ParamsType::c_init(Text name, const Sub&) const { return c_text("$V = NULL;", name); }
std::string ParamsType::c_extract(Text name, const Sub& sub, bool) const {
  return "if (" + c_element_type().substr(7) + c_text("_extract(&${V}_storage, value_$V)) ", name) +
         sub["fail"] + c_text("\n$V = &${V}_storage;", name);
}
std::string ParamsType::c_sync(Text name, const Sub& sub) const {
  return c_text("kroton_set_error(KROTON_TYPE_ERROR, \"ParamsType: $V is no output\");\n", name) +
         sub["fail"];
}
std::string ParamsType::c_cleanup(Text name, const Sub&) const {
  return c_text("if ($V) ", name) + c_element_type().substr(7) +
         c_text("_cleanup($V);\n$V = NULL;", name);
}

std::string ParamsType::c_support_code() const {
  const std::string type = c_element_type(), stem = type.substr(7);
  std::string members, extract, cleanup, supported;
  for (const ParamsField& field : fields_) {
    const std::string name = marked(field);
    supported += field.type->c_support_code() + "\n";
    members += as_member(
        "kroton_value* value_" + name + ";\n" + field.type->c_declare(name, in_function) + "\n",
        "");
    const std::string box = "kroton_self->value_" + field.name;
    extract += box + " = NULL;\n{\n" +
               as_member(field.type->c_init(name, in_function), "kroton_self->") + "\n}\n";
    cleanup = "{\n" + as_member(field.type->c_cleanup(name, in_function), "kroton_self->") +
              "\n}\nkroton_release(" + box + ");\n" + cleanup;
  }
  std::string filling;
  for (const ParamsField& field : fields_) {
    const std::string name = marked(field);
    filling += "kroton_self->value_" + field.name + " = kroton_get_field(kroton_params, \"" +
               field.name + "\");\n{\n" +
               as_member(field.type->c_extract(name, in_function), "kroton_self->") + "\n}\n";
  }
  // Once in a module, though several types of this text may be there.
  return "#ifndef " + stem + "_h\n#define " + stem + "_h\n" + supported + type + " {\n" + members +
         "};\nstatic void " + stem + "_cleanup(" + type + "* kroton_self) {\n" + cleanup +
         "}\nstatic int " + stem + "_extract(" + type +
         "* kroton_self, const kroton_value* kroton_params) {\nint kroton_failure = 0;\n" +
         extract + filling + "kroton_params_end: __attribute__((unused));\nif (kroton_failure) " +
         stem + "_cleanup(kroton_self);\nreturn kroton_failure;\n}\n#endif\n";
}

Names ParamsType::gathered(Names (Type::*method)() const) const {
  Names all;
  for (const ParamsField& field : fields_) {
    for (const std::string& word : (field.type.get()->*method)()) all.push_back(word);
  }
  return all;
}
Names ParamsType::c_headers() const { return gathered(&Type::c_headers); }
Names ParamsType::c_header_dirs() const { return gathered(&Type::c_header_dirs); }
Names ParamsType::c_libraries() const { return gathered(&Type::c_libraries); }
Names ParamsType::c_lib_dirs() const { return gathered(&Type::c_lib_dirs); }
Names ParamsType::c_compile_args() const { return gathered(&Type::c_compile_args); }
Names ParamsType::c_init_code() const { return gathered(&Type::c_init_code); }
CLanguage ParamsType::c_language() const {
  for (const ParamsField& field : fields_) {
    if (field.type->c_language() == CLanguage::cpp) return CLanguage::cpp;
  }
  return CLanguage::c;
}
CacheVersion ParamsType::c_code_cache_version() const {
  CacheVersion version{1};
  for (const ParamsField& field : fields_) {
    const CacheVersion part = field.type->c_code_cache_version();
    if (part.empty()) return {};
    version.insert(version.end(), part.begin(), part.end());
  }
  return version;
}
}  // namespace kroton::inline graph
