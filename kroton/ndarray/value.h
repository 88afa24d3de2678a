// SPDX-License-Identifier: BSD-3-Clause
// What a storage cell holds: nothing, an array, a C++ number, a string, a kind of value that a
// higher room brings along (a device array, a request), or any object of the user's.
//   Value v = 2;   v.is<int>();   v.item<double>() == 2.0;   NDArray a = v;   // 0-d, int32
//   Value o = Value::object(Mine{});   o.as<Mine>();
// A number stays the C++ number that it was, so that literals can be typed by what they meet.
#pragma once
#include <complex>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
template <class T>
concept Number = std::is_arithmetic_v<T> || std::same_as<T, std::complex<float>> ||
                 std::same_as<T, std::complex<double>>;

// Arrays in memory that is not the host's, as rooms that know no device see them; the functions
// take the array.
struct ArrayElsewhere {
  Shape (*shape)(const void*);
  DType (*dtype)(const void*);
  NDArray (*to_host)(const void*);                    // a copy
  void (*write)(const void*, const NDArray& values);  // all elements, of this dtype and shape
  std::shared_ptr<void> (*part)(const void*, std::int64_t index);  // a view: array[index]
  // Where libraries that know of such memory find it in C order without gaps, once the work that is
  // queued is done; null: nowhere.
  void* (*address)(const void*);
};

// What a room supplies for a class T of its own: a function `const ValueKind& value_kind(const T&)`
// beside T, usually a friend, that returns one static table. A Value holds a T of its own.
struct ValueKind {
  const char* name;            // "GpuArray", as error texts say it
  const std::type_info* type;  // &typeid(T)
  // A T with memory of its own; null: a copy of the T is one.
  std::shared_ptr<void> (*copy)(const void*) = nullptr;
  bool (*may_share_memory)(const void* a, const void* b) = nullptr;  // null: never
  std::string (*text)(const void*) = nullptr;                        // short; null: the name
  void* (*c_handle)(const void*) = nullptr;                          // what C modules see
  const ArrayElsewhere* elsewhere = nullptr;                         // of a T that is such an array
};

class Value;
template <class T>
concept HasValueKind =
    !std::same_as<T, Value> && !std::same_as<T, NDArray> && !Number<T> && requires(const T& v) {
      { value_kind(v) } -> std::same_as<const ValueKind&>;
    };

namespace detail {
// A C++ number as it came.
struct NumberCell {
  alignas(16) unsigned char bytes[16];
  const std::type_info* type;
  DType dtype;                        // long double counts as float64
  void (*widen)(const void*, void*);  // to the C++ type of dtype
};
struct ObjectCell {
  std::shared_ptr<void> object;
  const ValueKind* kind;
};
template <class T>
constexpr DType number_dtype_of() {
  if constexpr (std::same_as<T, long double>) {
    return float64;
  } else {
    return dtype_of<T>;
  }
}
template <class T>
void widen_number(const void* from, void* to) {
  if constexpr (std::same_as<T, long double>) {
    *static_cast<double*>(to) = static_cast<double>(*static_cast<const T*>(from));
  } else {
    *static_cast<T*>(to) = *static_cast<const T*>(from);
  }
}
template <class T>
std::shared_ptr<void> copy_object(const void* object) {
  if constexpr (std::copy_constructible<T>) {
    return std::make_shared<T>(*static_cast<const T*>(object));
  } else {
    return nullptr;
  }
}
template <class T>
inline const ValueKind object_kind{"object", &typeid(T), &copy_object<T>,
                                   nullptr,  nullptr,    nullptr};
}  // namespace detail

class KROTON_API Value {
 public:
  Value() noexcept = default;
  Value(NDArray array) noexcept : cell_(std::move(array)) {}
  template <class T>
    requires HasValueKind<T>
  Value(T value) {
    const ValueKind& kind = value_kind(std::as_const(value));
    cell_ = detail::ObjectCell{std::make_shared<T>(std::move(value)), &kind};
  }
  Value(std::string text) noexcept : cell_(std::move(text)) {}
  Value(const char* text) : cell_(std::string(text)) {}
  template <Number T>
  Value(T number) {
    detail::NumberCell cell{{}, &typeid(T), detail::number_dtype_of<T>(), &detail::widen_number<T>};
    ::new (static_cast<void*>(cell.bytes)) T(number);
    cell_ = cell;
  }
  // Any object, kept as it is: a number too is then no literal and no array, just what as<T>()
  // gives back. Strings, arrays and values of other kinds become what the constructors make of
  // them.
  template <class T>
  static Value object(T object) {
    if constexpr (std::convertible_to<T, Value> && !Number<T>) {
      return Value(std::move(object));
    } else {
      Value v;
      v.cell_ = detail::ObjectCell{std::make_shared<T>(std::move(object)), &detail::object_kind<T>};
      return v;
    }
  }

  bool empty() const { return cell_.index() == 0; }
  bool is_array() const { return cell_.index() == 1; }
  bool is_number() const { return cell_.index() == 2; }
  bool is_string() const { return cell_.index() == 3; }
  bool is_object() const { return cell_.index() == 4; }
  // Whether it holds a T, exactly: Value(2) is an int, neither a long nor a double.
  template <class T>
  bool is() const {
    return find<T>() != nullptr;
  }
  // The T that it holds; TypeError when it holds something else.
  template <class T>
  const T& as() const {
    if (const T* found = find<T>()) return *found;
    wrong_type(typeid(T));
  }
  // The number, or the one element of the array, as a T; TypeError when its value would change.
  template <class T>
  T item() const {
    static_assert(Element<T>, "item: T is not the C++ type of a DType");
    return to_array("item").template item<T>();
  }
  // A number becomes a 0-d array of its C++ type, an array elsewhere is copied to the host;
  // TypeError for strings, other objects and nothing.
  operator NDArray() const { return to_array("NDArray"); }
  // Whether it is an object that is an array in memory elsewhere.
  bool is_array_elsewhere() const {
    const ValueKind* k = kind();
    return k && k->elsewhere;
  }
  // Of such an object: what ArrayElsewhere has.
  DType dtype_elsewhere() const;
  void write_elsewhere(const NDArray& values) const;
  Value part_elsewhere(std::int64_t index) const;
  void* address_elsewhere() const;
  // The lengths of an array, here or elsewhere, which stays where it is; {} for a number.
  Shape array_shape() const;

  // The dtype of the C++ number that it holds; nothing when it holds no number.
  std::optional<DType> number_dtype() const;
  // The table of the object that it holds, or null.
  const ValueKind* kind() const;
  void* c_handle() const;  // of an object, null otherwise
  // A value that shares no memory with this one; TypeError for an object that cannot be copied.
  Value copy() const;
  // Short, for error texts: "float64 (3, 4)", "2.5", "'path'", "GpuArray", "nothing".
  std::string text() const;
  friend KROTON_API bool may_share_memory(const Value&, const Value&);

 private:
  template <class T>
  const T* find() const {
    if constexpr (std::same_as<T, NDArray>) {
      return std::get_if<NDArray>(&cell_);
    } else if constexpr (std::same_as<T, std::string>) {
      return std::get_if<std::string>(&cell_);
    } else if constexpr (Number<T>) {
      const auto* cell = std::get_if<detail::NumberCell>(&cell_);
      if (!cell) return find_object<T>();
      if (*cell->type != typeid(T)) return nullptr;
      return std::launder(reinterpret_cast<const T*>(cell->bytes));
    } else {
      return find_object<T>();
    }
  }
  template <class T>
  const T* find_object() const {
    const auto* cell = std::get_if<detail::ObjectCell>(&cell_);
    if (!cell || *cell->kind->type != typeid(T)) return nullptr;
    return static_cast<const T*>(cell->object.get());
  }
  [[noreturn]] void wrong_type(const std::type_info& wanted) const;
  NDArray to_array(const char* who) const;

  std::variant<std::monostate, NDArray, detail::NumberCell, std::string, detail::ObjectCell> cell_;
};
using Values = std::vector<Value>;
KROTON_API bool may_share_memory(const Value&, const Value&);
}  // namespace kroton::inline ndarray
