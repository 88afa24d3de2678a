// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/dtype.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"

namespace kroton::inline ndarray {
const DTypeInfo dtype_table[dtype_count] = {
#define DTYPE(id, type, kind, npy_code, numpy_char, number, text, c_name, device_name) \
  {DType::id, DTypeKind::kind, sizeof(type), npy_code, numpy_char, number,             \
   text,      c_name,          device_name},
#include "kroton/ndarray/dtypes.def"
#undef DTYPE
};

DType dtype(std::string_view name) {
  for (const DTypeInfo& row : dtype_table) {
    if (name == row.name) return row.dtype;
  }
  std::string known;
  for (const DTypeInfo& row : dtype_table) {
    if (!known.empty()) known += ", ";
    known += row.name;
  }
  throw ValueError(fmt::format("dtype: '{}' is no dtype; use one of {}", name, known));
}

std::string name(DType d) { return dtype_info(d).name; }

DType dtype_from_number(int number) {
  for (const DTypeInfo& row : dtype_table) {
    if (number == row.number) return row.dtype;
  }
  throw ValueError(fmt::format(
      "dtype: {} is no dtype's type number; use NumPy's numbers, and 256 for bfloat16", number));
}

namespace {
struct FloatRange {
  int digits, exponent_bits;  // of the significand, the leading one included
};
FloatRange float_range(DType d) {
  switch (d) {
    case float16:
      return {11, 5};
    case bfloat16:
      return {8, 8};
    case float32:
    case complex64:
      return {24, 8};
    default:
      return {53, 11};
  }
}
}  // namespace

bool can_cast_safely(DType from, DType to) {
  if (from == to || is_bool(from)) return true;
  const DTypeInfo &a = dtype_info(from), &b = dtype_info(to);
  if (is_bool(to)) return false;
  if (is_integer(from) && is_integer(to)) {
    if (a.kind == b.kind) return a.size <= b.size;
    return a.kind == DTypeKind::unsigned_integer && a.size < b.size;
  }
  if (is_integer(to)) return false;
  if (is_complex(from) && !is_complex(to)) return false;
  const FloatRange target = float_range(to);
  if (is_integer(from)) {
    // NumPy's table: a 64-bit integer goes safely into a double although not every value does.
    const int digits = static_cast<int>(a.size) * 8 - (a.kind == DTypeKind::signed_integer);
    return a.size == 8 ? target.digits == 53 : digits <= target.digits;
  }
  const FloatRange source = float_range(from);
  return source.digits <= target.digits && source.exponent_bits <= target.exponent_bits;
}
}  // namespace kroton::inline ndarray
