// SPDX-License-Identifier: BSD-3-Clause
// Identity from fields: a Type or an Op lists its data members once and gets text, == and hash.
//   static constexpr std::string_view op_name = "Cumulative";
//   static constexpr auto fields = std::tuple{Field{"axis", &Cumulative::axis_}};
#pragma once
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::inline graph {

template <class T, class M>
struct Field {
  const char* name;
  M T::* member;
};
template <class T, class M>
Field(const char*, M T::*) -> Field<T, M>;

// The text of a field's value: true, 3, 0.5, dev0, float32, (1, 2), (true,), none.
KROTON_API std::string field_text(bool);
KROTON_API std::string field_text(std::int64_t);
KROTON_API std::string field_text(std::uint64_t);
KROTON_API std::string field_text(double);
KROTON_API std::string field_text(const std::string&);
KROTON_API std::string field_text(DType);
inline std::string field_text(const char* text) { return text; }
template <std::integral I>
std::string field_text(I value) {
  if constexpr (std::is_signed_v<I>) {
    return field_text(static_cast<std::int64_t>(value));
  } else {
    return field_text(static_cast<std::uint64_t>(value));
  }
}
inline std::string field_text(float value) { return field_text(static_cast<double>(value)); }
template <class T>
  requires requires(const T& t) {
    { t.text() } -> std::convertible_to<std::string>;
  }
std::string field_text(const T& described) {
  return described.text();
}
template <class T>
  requires std::is_enum_v<T>
std::string field_text(T value) {
  return field_text(static_cast<std::int64_t>(value));
}
template <class T>
std::string field_text(const std::optional<T>& value);
template <class T>
std::string field_text(const std::shared_ptr<T>& value);
template <class A, class B>
std::string field_text(const std::pair<A, B>& value);
template <class T>
std::string field_text(const std::vector<T>& values);
template <class K, class V>
std::string field_text(const std::map<K, V>& values);

template <class T>
std::string field_text(const std::optional<T>& value) {
  return value ? field_text(*value) : "none";
}
template <class T>
std::string field_text(const std::shared_ptr<T>& value) {
  return value ? field_text(*value) : "none";
}
template <class A, class B>
std::string field_text(const std::pair<A, B>& value) {
  return "(" + field_text(value.first) + ", " + field_text(value.second) + ")";
}
// A tuple as Python writes it: (), (1,), (1, 2).
KROTON_API std::string tuple_text(const std::vector<std::string>& items);
template <class T>
std::string field_text(const std::vector<T>& values) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < values.size(); ++i)
    items.push_back(field_text(static_cast<T>(values[i])));
  return tuple_text(items);
}
template <class K, class V>
std::string field_text(const std::map<K, V>& values) {
  std::vector<std::string> items;
  for (const auto& item : values)
    items.push_back(field_text(item.first) + ": " + field_text(item.second));
  return tuple_text(items);
}

KROTON_API std::size_t hash_text(std::string_view text);
// "N4demo7MyDoubleE" -> "demo::MyDouble", for classes that give no name of their own.
KROTON_API std::string class_name(const char* mangled);

// Text, equality and hash over Derived::fields; NAME is the class's own name.
template <class Derived>
std::string fields_text(const Derived& self, std::string_view name) {
  std::string out(name);
  if constexpr (requires { Derived::fields; }) {
    std::string inside;
    std::apply(
        [&](const auto&... field) {
          ((inside += (inside.empty() ? "" : ", ") + std::string(field.name) + ": " +
                      field_text(self.*(field.member))),
           ...);
        },
        Derived::fields);
    if (!inside.empty()) out += "{" + inside + "}";
  }
  return out;
}
template <class Derived>
bool fields_equal(const Derived& a, const Derived& b) {
  if constexpr (requires { Derived::fields; }) {
    return std::apply(
        [&](const auto&... field) { return ((a.*(field.member) == b.*(field.member)) && ...); },
        Derived::fields);
  } else {
    return true;
  }
}
}  // namespace kroton::inline graph
