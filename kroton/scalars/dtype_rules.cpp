// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/scalars/dtype_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/scalars/op.h"

namespace kroton::scalars {
namespace {
DType promote_integers(DType a, DType b) {
  if (is_unsigned(a) == is_unsigned(b)) return itemsize(a) < itemsize(b) ? b : a;
  const DType with_sign = is_unsigned(a) ? b : a;
  const std::size_t other = itemsize(is_unsigned(a) ? a : b);
  if (itemsize(with_sign) > other) return with_sign;
  return other == 1 ? int16 : other == 2 ? int32 : other == 4 ? int64 : float64;
}

// The float that an integer or bool takes beside the float f.
DType promote_to_float(DType f, DType discrete) {
  const std::size_t size = is_bool(discrete) ? 0 : itemsize(discrete);
  if (size <= 1) return f;
  const DType needed = size == 2 ? float32 : float64;
  return itemsize(f) < itemsize(needed) ? needed : f;
}

DType promote_floats(DType a, DType b) {
  if (a == b) return a;
  if (itemsize(a) == itemsize(b)) return float32;  // float16 with bfloat16
  return itemsize(a) < itemsize(b) ? b : a;
}
}  // namespace

DType real_dtype(DType d) { return d == complex64 ? float32 : d == complex128 ? float64 : d; }
DType complex_dtype(DType d) { return is_complex(d) ? d : d == float64 ? complex128 : complex64; }

DType promote(DType a, DType b) {
  if (a == b || is_bool(b)) return a;
  if (is_bool(a)) return b;
  if (is_complex(a) || is_complex(b)) {
    const DType x = real_dtype(a), y = real_dtype(b);
    return promote(promote(x, y), float32) == float64 ? complex128 : complex64;
  }
  if (is_integer(a) && is_integer(b)) return promote_integers(a, b);
  if (is_integer(a)) return promote_to_float(b, a);
  if (is_integer(b)) return promote_to_float(a, b);
  return promote_floats(a, b);
}

DType promote(std::span<const DType> dtypes) {
  DType out = dtypes.front();
  for (DType d : dtypes) out = promote(out, d);
  return out;
}

DType upgrade_to_float(DType d) {
  if (!is_discrete(d)) return d;
  return itemsize(d) <= 2 ? float32 : float64;
}

DType float_x() { return dtype(base::config().floatX()); }

DType literal_dtype(const Value& number) {
  const NDArray value = number;
  const DType d = value.dtype();
  if (is_bool(d)) return bool_;
  if (d == uint64 && value.item<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    return uint64;
  if (is_integer(d)) {
    const std::int64_t n = value.item<std::int64_t>();
    if (n == static_cast<std::int8_t>(n)) return int8;
    if (n == static_cast<std::int16_t>(n)) return int16;
    return n == static_cast<std::int32_t>(n) ? int32 : int64;
  }
  if (is_complex(d)) return float_x() == float64 ? complex128 : complex64;
  if (float_x() != float64) return float_x();
  const double x = value.astype(float64).item<double>();
  return x != x || static_cast<double>(static_cast<float>(x)) == x ? float32 : float64;
}

namespace {
constexpr const char* argument_names[] = {"x", "y", "z"};

std::string argument_name(std::size_t i) {
  return i < 3 ? argument_names[i] : fmt::format("input {}", i);
}

[[noreturn]] void refuse(const Row& row, std::size_t i, DType d, std::string_view rule) {
  throw TypeError(fmt::format("{}: {} is {}; {}", row.name, argument_name(i), name(d), rule));
}

void refuse_complex(const Row& row, std::span<const DType> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is_complex(inputs[i]))
      refuse(row, i, inputs[i],
             "it is not defined for complex numbers, take real(x), imag(x) or abs(x)");
  }
}

// Under cast_policy numpy+floatX a wide result that no input asked for is brought back to floatX.
DType by_cast_policy(DType out, std::span<const DType> inputs) {
  if (base::config().cast_policy() != "numpy+floatX" || !is_floating(out)) return out;
  const bool asked = std::find(inputs.begin(), inputs.end(), out) != inputs.end();
  return !asked && itemsize(out) > itemsize(float_x()) ? float_x() : out;
}

DType bits_dtype(const Row& row, std::span<const DType> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_discrete(inputs[i])) refuse(row, i, inputs[i], "bits need integers or bools");
  }
  if (inputs.size() == 2 && is_bool(inputs[0]) != is_bool(inputs[1])) {
    throw TypeError(
        fmt::format("{}: x is {} and y is {}; cast one so that both are bool or both integers",
                    row.name, name(inputs[0]), name(inputs[1])));
  }
  const DType out = promote(inputs);
  if (!is_discrete(out))
    refuse(row, 0, inputs[0], "no integer dtype holds both int64 and uint64, cast one");
  return out;
}

DType to_float(std::span<const DType> inputs) {
  DType out = upgrade_to_float(inputs[0]);
  for (DType d : inputs) out = promote(out, upgrade_to_float(d));
  return out;
}

void refuse_bool(const Row& row, std::span<const DType> inputs) {
  if (!is_bool(promote(inputs))) return;
  if (inputs.size() == 1) refuse(row, 0, bool_, "use invert for a bool, or cast it to an integer");
  throw TypeError(
      fmt::format("{}: x and y are bool; use xor_, or cast one to an integer", row.name));
}

// Legal inputs of the rules that are named for what they refuse.
void check(const Row& row, std::span<const DType> inputs) {
  switch (row.rule) {
    case DTypeRule::upcast_no_complex:
    case DTypeRule::upcast_min8_no_complex:
    case DTypeRule::to_float_no_complex:
    case DTypeRule::compare_no_complex:
      return refuse_complex(row, inputs);
    case DTypeRule::same_no_bool_no_complex:
      refuse_complex(row, inputs);
      [[fallthrough]];
    case DTypeRule::same_no_bool:
    case DTypeRule::upcast_no_bool:
      return refuse_bool(row, inputs);
    case DTypeRule::same_float:
      if (!is_floating(inputs[0])) refuse(row, 0, inputs[0], "it takes floats");
      return;
    case DTypeRule::cast:
      if (is_complex(inputs[0]) && !is_complex(*row.target) && !is_bool(*row.target)) {
        throw TypeError(
            fmt::format("cast: x is {} and cannot become {}; take real(x), imag(x) or abs(x)",
                        name(inputs[0]), name(*row.target)));
      }
      return;
    default:
      return;
  }
}

// The dtype that the arguments meet in; for most rows the output's too.
DType meeting_dtype(const Row& row, std::span<const DType> inputs) {
  const auto at_least_int8 = [](DType d) { return is_bool(d) ? int8 : d; };
  switch (row.rule) {
    case DTypeRule::upcast_min8:
    case DTypeRule::upcast_min8_no_complex:
      return by_cast_policy(at_least_int8(promote(inputs)), inputs);
    case DTypeRule::same_min8:
      return at_least_int8(inputs[0]);
    case DTypeRule::to_float:
    case DTypeRule::to_float_no_complex:
      return by_cast_policy(to_float(inputs), inputs);
    case DTypeRule::true_div:
      // The quotient of two int8 is a floatX: it is computed in that, not in the float32 that int8
      // asks.
      return is_discrete(promote(inputs)) ? promote(to_float(inputs), float_x())
                                          : by_cast_policy(promote(inputs), inputs);
    case DTypeRule::bits:
      return bits_dtype(row, inputs);
    case DTypeRule::branches:
      return by_cast_policy(promote(inputs.subspan(1)), inputs.subspan(1));
    case DTypeRule::second:
      return inputs[1];
    case DTypeRule::cast:
      return *row.target;
    case DTypeRule::compare:
    case DTypeRule::compare_no_complex:
      return promote(inputs);
    default:
      return by_cast_policy(promote(inputs), inputs);
  }
}
}  // namespace

Typing typing(const Row& row, std::span<const DType> inputs) {
  if (inputs.size() != static_cast<std::size_t>(row.nin)) {
    throw TypeError(
        fmt::format("{}: got {} inputs; it takes {}", row.name, inputs.size(), row.nin));
  }
  check(row, inputs);
  const DType met = meeting_dtype(row, inputs);
  Typing out;
  out.compute = kernel::compute_dtype(met);
  if ((row.computes & (1u << static_cast<int>(out.compute))) == 0) {
    refuse(row, 0, inputs[0], fmt::format("it is not defined for {}", name(met)));
  }
  for (int i = 0; i < row.nin; ++i)
    out.arguments.push_back(kernel::argument_dtype(row, i, out.compute));
  out.computed = kernel::result_dtype(row, out.compute);
  out.output = row.result == kernel::ResultRule::boolean ? bool_
               : out.computed == out.compute             ? met
                                                         : out.computed;
  if (row.rule == DTypeRule::true_div && is_discrete(promote(inputs))) out.output = float_x();
  return out;
}
}  // namespace kroton::scalars
