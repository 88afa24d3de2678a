// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/value.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/ndarray/print.h"

namespace kroton::inline ndarray {
namespace {
std::string type_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return text ? text.get() : type.name();
}
std::string asked_name(const std::type_info& type) {
  if (type == typeid(NDArray)) return "NDArray";
  if (type == typeid(std::string)) return "std::string";
  return type_name(type);
}
NDArray number_array(const detail::NumberCell& cell) {
  NDArray a = NDArray::empty(0, nullptr, cell.dtype);
  cell.widen(cell.bytes, a.raw());
  return a;
}
}  // namespace

std::optional<DType> Value::number_dtype() const {
  const auto* cell = std::get_if<detail::NumberCell>(&cell_);
  return cell ? std::optional(cell->dtype) : std::nullopt;
}

const ValueKind* Value::kind() const {
  const auto* cell = std::get_if<detail::ObjectCell>(&cell_);
  return cell ? cell->kind : nullptr;
}

void* Value::c_handle() const {
  const auto* cell = std::get_if<detail::ObjectCell>(&cell_);
  return cell && cell->kind->c_handle ? cell->kind->c_handle(cell->object.get()) : nullptr;
}

NDArray Value::to_array(const char* who) const {
  if (const auto* array = std::get_if<NDArray>(&cell_)) return *array;
  if (const auto* cell = std::get_if<detail::NumberCell>(&cell_)) return number_array(*cell);
  if (const auto* cell = std::get_if<detail::ObjectCell>(&cell_); cell && cell->kind->elsewhere)
    return cell->kind->elsewhere->to_host(cell->object.get());
  throw TypeError(
      fmt::format("{}: the value is {}; only arrays and numbers can be read as one", who, text()));
}

Shape Value::array_shape() const {
  if (const auto* array = std::get_if<NDArray>(&cell_)) return array->shape();
  if (is_number()) return {};
  if (const auto* cell = std::get_if<detail::ObjectCell>(&cell_); cell && cell->kind->elsewhere)
    return cell->kind->elsewhere->shape(cell->object.get());
  throw TypeError(fmt::format("shape: the value is {}; only arrays have a shape", text()));
}

DType Value::dtype_elsewhere() const {
  KROTON_CHECK(is_array_elsewhere());
  return kind()->elsewhere->dtype(std::get<detail::ObjectCell>(cell_).object.get());
}
void Value::write_elsewhere(const NDArray& values) const {
  KROTON_CHECK(is_array_elsewhere());
  kind()->elsewhere->write(std::get<detail::ObjectCell>(cell_).object.get(), values);
}
Value Value::part_elsewhere(std::int64_t index) const {
  KROTON_CHECK(is_array_elsewhere());
  const auto& cell = std::get<detail::ObjectCell>(cell_);
  Value result;
  result.cell_ =
      detail::ObjectCell{cell.kind->elsewhere->part(cell.object.get(), index), cell.kind};
  return result;
}
void* Value::address_elsewhere() const {
  KROTON_CHECK(is_array_elsewhere());
  return kind()->elsewhere->address(std::get<detail::ObjectCell>(cell_).object.get());
}

Value Value::copy() const {
  if (const auto* array = std::get_if<NDArray>(&cell_)) return array->copy();
  const auto* cell = std::get_if<detail::ObjectCell>(&cell_);
  if (!cell || !cell->kind->copy) return *this;
  Value result;
  detail::ObjectCell copied{cell->kind->copy(cell->object.get()), cell->kind};
  if (!copied.object) {
    throw TypeError(
        fmt::format("copy: the value is {}, which cannot be copied; use borrow = true", text()));
  }
  result.cell_ = std::move(copied);
  return result;
}

std::string Value::text() const {
  if (const auto* array = std::get_if<NDArray>(&cell_)) {
    return name(array->dtype()) + " " + shape_text(array->shape());
  }
  if (const auto* string = std::get_if<std::string>(&cell_)) return base::quote(*string);
  if (const auto* cell = std::get_if<detail::NumberCell>(&cell_)) {
    const NDArray number = number_array(*cell);
    return element_text(number.dtype(), number.raw());
  }
  if (const auto* cell = std::get_if<detail::ObjectCell>(&cell_)) {
    if (cell->kind->text) return cell->kind->text(cell->object.get());
    if (cell->kind->name != std::string_view("object")) return cell->kind->name;
    return type_name(*cell->kind->type);
  }
  return "nothing";
}

void Value::wrong_type(const std::type_info& wanted) const {
  std::string held = text();
  if (const auto* cell = std::get_if<detail::NumberCell>(&cell_)) {
    held += " (" + type_name(*cell->type) + ")";
  }
  throw TypeError(
      fmt::format("as: the value is {}, {} was asked for; see is<T>(), or item<T>() for "
                  "numbers",
                  held, asked_name(wanted)));
}

bool may_share_memory(const Value& a, const Value& b) {
  if (a.is_array() && b.is_array()) return may_share_memory(a.as<NDArray>(), b.as<NDArray>());
  const auto* left = std::get_if<detail::ObjectCell>(&a.cell_);
  const auto* right = std::get_if<detail::ObjectCell>(&b.cell_);
  if (!left || !right) return false;
  if (left->object == right->object) return true;
  return *left->kind->type == *right->kind->type && left->kind->may_share_memory &&
         left->kind->may_share_memory(left->object.get(), right->object.get());
}
}  // namespace kroton::inline ndarray
