// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_data_type.h"

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/c_text.h"

namespace kroton::inline graph {
CPointer::CPointer(void* pointer, void (*release)(void*), std::string ctype)
    : ctype_(std::move(ctype)) {
  pointer_ = std::shared_ptr<void>(pointer, [release](void* p) {
    if (p && release) release(p);
  });
}

const ValueKind& value_kind(const CPointer&) {
  static const ValueKind kind{
      "CPointer",
      &typeid(CPointer),
      nullptr,
      [](const void* a, const void* b) {
        return static_cast<const CPointer*>(a)->get() == static_cast<const CPointer*>(b)->get();
      },
      [](const void* p) { return "a pointer of type " + static_cast<const CPointer*>(p)->ctype(); },
      [](const void* p) { return static_cast<const CPointer*>(p)->get(); }};
  return kind;
}

namespace {
using Text = std::string_view;
// $V is the variable, $C its type.
std::string filled(Text text, Text name, const std::string& ctype) {
  return c_text(text, {{"V", name}, {"C", ctype}});
}
}  // namespace

CDataType::CDataType(std::string ctype, std::string free_function, CDataOptions options)
    : ctype_(std::move(ctype)),
      free_function_(std::move(free_function)),
      options_(std::move(options)) {
  if (base::trim(ctype_).empty() || !base::trim(ctype_).ends_with('*')) {
    throw ValueError("CDataType: the C type is " + base::quote(ctype_) +
                     "; it must be a pointer type such as 'FILE*'");
  }
}

Value CDataType::filter(const Value& value, bool, std::optional<bool>) const {
  if (value.is<CPointer>() && value.as<CPointer>().ctype() == ctype_) return value;
  throw TypeError("CDataType: the value is " + value.text() + "; a pointer of type " + ctype_ +
                  " is needed, which comes from C code or a CPointer");
}
bool CDataType::values_eq(const Value& a, const Value& b) const {
  return a.as<CPointer>().get() == b.as<CPointer>().get();
}
bool CDataType::may_share_memory(const Value& a, const Value& b) const {
  return ndarray::may_share_memory(a, b);
}

std::string CDataType::c_declare(Text name, const Sub&, bool) const {
  return filled("$C $V;", name, ctype_);
}
std::string CDataType::c_init(Text name, const Sub&) const {
  return filled("$V = NULL;", name, ctype_);
}
std::string CDataType::c_extract(Text name, const Sub& sub, bool) const {
  return filled("$V = ($C)kroton_to_pointer(value_$V, \"$C\");\nif (!$V && kroton_error_is_set()) ",
                name, ctype_) +
         sub["fail"];
}
// An earlier pointer is of no use.
std::string CDataType::c_extract_out(Text name, const Sub&, bool) const {
  return filled("kroton_release(value_$V);\nvalue_$V = NULL;\n$V = NULL;", name, ctype_);
}
// From here on the box owns the pointer.
std::string CDataType::c_sync(Text name, const Sub& sub) const {
  const std::string release =
      free_function_.empty() ? "NULL" : "(void (*)(void*))" + free_function_;
  return filled(
             "if (!value_$V || kroton_to_pointer(value_$V, \"$C\") != (void*)$V) {\n"
             "  kroton_release(value_$V);\n"
             "  value_$V = kroton_from_pointer((void*)$V, ",
             name, ctype_) +
         release + filled(", \"$C\");\n  if (!value_$V) ", name, ctype_) + sub["fail"] + "\n}";
}
std::string CDataType::c_cleanup(Text name, const Sub&) const {
  std::string text;
  if (!free_function_.empty()) {
    text = filled("if ($V && (!value_$V || kroton_to_pointer(value_$V, \"$C\") != (void*)$V)) ",
                  name, ctype_) +
           free_function_ + "(" + std::string(name) + ");\n";
  }
  return text + std::string(name) + " = NULL;";
}
CacheVersion CDataType::c_code_cache_version() const {
  if (options_.version.empty()) return {};
  CacheVersion version{1};
  version.insert(version.end(), options_.version.begin(), options_.version.end());
  return version;
}
}  // namespace kroton::inline graph
