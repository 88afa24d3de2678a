// SPDX-License-Identifier: BSD-3-Clause
// The 15 element types, their names and numbers, and the C++ types that stand for them:
//   DType d = dtype("float32");   name(d) == "float32";   itemsize(d) == 4;   dtype_of<float> == d;
// Everything about a dtype is its row of dtypes.def.
#pragma once
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "kroton/base/api.h"

namespace kroton::inline ndarray {
enum class DType {
  bool_,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  bfloat16,
  float32,
  float64,
  complex64,
  complex128
};
using enum DType;

// Element types of float16 and bfloat16 arrays; half.h converts them.
struct Half {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

enum class DTypeKind { boolean, signed_integer, unsigned_integer, floating, complex };

// One row of dtypes.def.
struct DTypeInfo {
  DType dtype;
  DTypeKind kind;
  std::size_t size;
  const char* npy_code;     // "f8": kind letter and size
  char numpy_char;          // 'd'
  int number;               // NumPy's type number
  const char* name;         // "float64"
  const char* c_name;       // "npy_float64": the type in C modules
  const char* device_name;  // "ga_double": the type in device code
};
inline constexpr int dtype_count = 15;
KROTON_API extern const DTypeInfo dtype_table[dtype_count];

inline const DTypeInfo& dtype_info(DType d) { return dtype_table[static_cast<int>(d)]; }
// The dtype of that name; "bool_" is "bool", and NumPy's codes ("f4", "<f4") are not names.
// ValueError for an unknown name.
KROTON_API DType dtype(std::string_view name);
KROTON_API std::string name(DType);
inline std::size_t itemsize(DType d) { return dtype_info(d).size; }
// NumPy's type number; bfloat16 is 256.
inline int type_number(DType d) { return dtype_info(d).number; }
// ValueError for a number that is no dtype's.
KROTON_API DType dtype_from_number(int number);

inline bool is_bool(DType d) { return d == bool_; }
inline bool is_integer(DType d) {
  return dtype_info(d).kind == DTypeKind::signed_integer ||
         dtype_info(d).kind == DTypeKind::unsigned_integer;
}
inline bool is_unsigned(DType d) { return dtype_info(d).kind == DTypeKind::unsigned_integer; }
inline bool is_discrete(DType d) { return is_bool(d) || is_integer(d); }
inline bool is_floating(DType d) { return dtype_info(d).kind == DTypeKind::floating; }
inline bool is_complex(DType d) { return dtype_info(d).kind == DTypeKind::complex; }
// Whether every value of `from` is a value of `to`, by NumPy's rule "safe": int64 to float64
// counts as safe, int64 to float32 does not.
KROTON_API bool can_cast_safely(DType from, DType to);

namespace detail {
// The dtype that holds T, or -1: integers go by their size and sign, so long and long long are
// int64.
template <class T>
constexpr int dtype_number_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return static_cast<int>(bool_);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr int log2_size = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<int>(std::is_signed_v<T> ? int8 : uint8) + log2_size;
  } else if constexpr (std::is_same_v<T, Half>) {
    return static_cast<int>(float16);
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return static_cast<int>(bfloat16);
  } else if constexpr (std::is_same_v<T, float>) {
    return static_cast<int>(float32);
  } else if constexpr (std::is_same_v<T, double>) {
    return static_cast<int>(float64);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    return static_cast<int>(complex64);
  } else if constexpr (std::is_same_v<T, std::complex<double>>) {
    return static_cast<int>(complex128);
  } else {
    return -1;
  }
}
}  // namespace detail

// A C++ type that an array can hold.
template <class T>
concept Element = detail::dtype_number_of<T>() >= 0;
template <Element T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_number_of<T>());

// Calls f(std::type_identity<T>{}) with the C++ type of the dtype.
template <class F>
decltype(auto) with_element_type(DType d, F&& f) {
  switch (d) {
#define DTYPE(id, type, ...) \
  case DType::id:            \
    return f(std::type_identity<type>{});
#include "kroton/ndarray/dtypes.def"
#undef DTYPE
  }
  __builtin_unreachable();
}
}  // namespace kroton::inline ndarray
