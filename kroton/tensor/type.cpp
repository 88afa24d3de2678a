// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/type.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/graph/fields.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/half.h"
#include "kroton/ndarray/view.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/tolerance.h"

namespace kroton::tensor {
namespace {
// The value of a number as an array of dtype D, when D holds it exactly.
std::optional<NDArray> exact_number(const Value& value, DType d) {
  const NDArray given = value;
  NDArray out = NDArray::empty(Shape{}, d);
  const bool exact = with_element_type(given.dtype(), [&](auto from) {
    using From = typename decltype(from)::type;
    return with_element_type(d, [&](auto to) {
      using To = typename decltype(to)::type;
      return convert_exactly(*static_cast<const From*>(given.raw()), *static_cast<To*>(out.raw()));
    });
  });
  return exact ? std::optional(out) : std::nullopt;
}

[[noreturn]] void refuse_cast(const TensorType& type, const Value& value) {
  throw TypeError(
      fmt::format("{}: the value is {}, which may lose precision as {}; convert it with astype, or "
                  "pass allow_downcast = true",
                  type.text(), value.text(), name(type.dtype())));
}

NDArray cast_value(const TensorType& type, const Value& value, std::optional<bool> allow_downcast) {
  const DType d = type.dtype();
  const NDArray given = value;
  if (given.dtype() == d) return given;
  if (is_complex(given.dtype()) && !is_complex(d) &&
      !(value.is_number() && exact_number(value, d))) {
    throw TypeError(fmt::format("{}: the value is {}; a complex value has no place in {}",
                                type.text(), value.text(), name(d)));
  }
  if (value.is_number()) {
    if (const auto exact = exact_number(value, d)) return *exact;
    const bool is_float_literal = value.number_dtype() == float64 && allow_downcast != false;
    if (allow_downcast == true || (is_float_literal && type.ndim() == 0 && d == floatX()))
      return given.astype(d);
    refuse_cast(type, value);
  }
  if (allow_downcast != true && !can_cast_safely(given.dtype(), d)) refuse_cast(type, value);
  return given.astype(d);
}

void check_axes(const TensorType& type, const NDArray& array) {
  if (array.ndim() != type.ndim()) {
    throw TypeError(fmt::format("{}: the value has {} dimensions, shape {}; {} are needed",
                                type.text(), array.ndim(), shape_text(array.shape()), type.ndim()));
  }
  for (std::size_t i = 0; i < type.ndim(); ++i) {
    if (type.broadcastable()[i] && array.shape_data()[i] != 1) {
      throw TypeError(fmt::format(
          "{}: the value has shape {}, whose axis {} must have length 1; make the variable "
          "without that broadcastable axis",
          type.text(), shape_text(array.shape()), i));
    }
  }
}

template <class T>
double real_part(T x) {
  return convert_element<double>(x);
}
template <class T>
double imaginary_part(T x) {
  if constexpr (detail::is_complex_element<T>) return static_cast<double>(x.imag());
  return 0;
}

bool close(double a, double b, double rtol, double atol) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= atol + rtol * std::abs(b);
}

// Whether same(x, y) holds for all pairs of elements of two arrays of one dtype and shape.
template <class F>
bool all_pairs(const NDArray& a, const NDArray& b, F&& same) {
  return with_element_type(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    bool equal = true;
    const Shape shape = a.shape(), sa = a.strides(), sb = b.strides();
    StridedLoop<2>(shape.size(), shape.data(), {sa.data(), sb.data()})
        .for_each_run({static_cast<std::byte*>(a.raw()), static_cast<std::byte*>(b.raw())},
                      [&](const auto& at, const auto& step, std::int64_t n) {
                        for (std::int64_t i = 0; i < n && equal; ++i) {
                          T x, y;
                          std::memcpy(&x, at[0] + i * step[0], sizeof x);
                          std::memcpy(&y, at[1] + i * step[1], sizeof y);
                          equal = same(x, y);
                        }
                      });
    return equal;
  });
}

bool comparable(const Value& a, const Value& b) {
  if (!a.is_array() || !b.is_array()) return false;
  const NDArray &x = a.as<NDArray>(), &y = b.as<NDArray>();
  return x.dtype() == y.dtype() && x.shape() == y.shape();
}
}  // namespace

std::shared_ptr<const Type> TensorType::with(DType dtype, std::vector<bool> broadcastable) const {
  return std::make_shared<const TensorType>(dtype, std::move(broadcastable));
}

Value TensorType::filter(const Value& value, bool strict,
                         std::optional<bool> allow_downcast) const {
  if (value.is_array_elsewhere() && !strict) return filter(NDArray(value), false, allow_downcast);
  if (!value.is_array() && !value.is_number()) {
    throw TypeError(
        fmt::format("{}: the value is {}; an array or a number is needed", text(), value.text()));
  }
  if (strict) {
    if (!value.is_array()) {
      throw TypeError(
          fmt::format("{}: the value is {}; strict takes an array only", text(), value.text()));
    }
    const NDArray& array = value.as<NDArray>();
    if (array.dtype() != dtype_) {
      throw TypeError(fmt::format("{}: the value is {}; strict takes {} only", text(), value.text(),
                                  kroton::name(dtype_)));
    }
    check_axes(*this, array);
    return value;
  }
  const NDArray array = cast_value(*this, value, allow_downcast);
  check_axes(*this, array);
  return array;
}

bool TensorType::values_eq(const Value& a, const Value& b) const {
  if (!comparable(a, b)) return false;
  return all_pairs(a.as<NDArray>(), b.as<NDArray>(), [](auto x, auto y) {
    using T = decltype(x);
    if constexpr (std::is_integral_v<T>) {
      return x == y;
    } else {
      return close(real_part(x), real_part(y), 0, 0) &&
             close(imaginary_part(x), imaginary_part(y), 0, 0);
    }
  });
}

bool TensorType::values_eq_approx(const Value& a, const Value& b) const {
  if (!comparable(a, b)) return false;
  const Tolerance t = tolerance(a.as<NDArray>().dtype());
  return all_pairs(a.as<NDArray>(), b.as<NDArray>(), [t](auto x, auto y) {
    using T = decltype(x);
    if constexpr (std::is_integral_v<T>) {
      return x == y;
    } else {
      return close(real_part(x), real_part(y), t.rtol, t.atol) &&
             close(imaginary_part(x), imaginary_part(y), t.rtol, t.atol);
    }
  });
}

bool TensorType::may_share_memory(const Value& a, const Value& b) const {
  return a.is_array() && b.is_array() && kroton::may_share_memory(a.as<NDArray>(), b.as<NDArray>());
}

Value TensorType::value_zeros(const Shape& shape) const { return NDArray::zeros(shape, dtype_); }

graph::Variable TensorType::filter_variable(const graph::Variable& other,
                                            bool allow_convert) const {
  if (other.type() == *this) return other;
  if (!other.type().is_array()) {
    throw TypeError(fmt::format("variable {} is {} and cannot stand for {}; only arrays can",
                                other.text(), other.type().text(), text()));
  }
  const auto host = other.type().host_form();
  if (host->dtype() != dtype_) {
    throw TypeError(
        fmt::format("variable {} is {} and cannot stand for {}; convert it with astype({})",
                    other.text(), other.type().text(), text(), kroton::name(dtype_)));
  }
  if (host->ndim() != ndim()) {
    throw TypeError(
        fmt::format("variable {} is {} and cannot stand for {}; it has {} dimensions, not {}",
                    other.text(), other.type().text(), text(), host->ndim(), ndim()));
  }
  for (std::size_t i = 0; i < ndim(); ++i) {
    if (broadcastable_[i] && !host->broadcastable()[i]) {
      throw TypeError(
          fmt::format("variable {} is {} and cannot stand for {}; its axis {} is not known to have "
                      "length 1",
                      other.text(), other.type().text(), text(), i));
    }
  }
  if (!allow_convert) {
    throw TypeError(fmt::format("variable {} is {} and cannot stand for {} without conversion",
                                other.text(), other.type().text(), text()));
  }
  return with_flags(other.type().on_host(other), broadcastable_);
}

graph::Variable TensorType::convert_variable(const graph::Variable& other) const {
  if (other.type() == *this) return other;
  const auto* type = dynamic_cast<const TensorType*>(&other.type());
  if (!type || type->dtype() != dtype_ || type->ndim() != ndim()) return {};
  return with_flags(other, broadcastable_);
}

graph::Variable TensorType::zeros_like(const graph::Variable& x) const {
  return fill(x, constant(0, is_discrete(dtype_) ? floatX() : dtype_));
}
graph::Variable TensorType::ones_like(const graph::Variable& x) const {
  return fill(x, constant(1, is_discrete(dtype_) ? floatX() : dtype_));
}
graph::Variable TensorType::add(const graph::Variable& a, const graph::Variable& b) const {
  return tensor::add(a, b);
}
graph::Variable TensorType::gradient_like(const graph::Variable& g, const graph::Variable&) const {
  if (is_discrete(dtype_) || g.dtype() == dtype_) return g;
  const bool drops_imaginary = ndarray::is_complex(g.dtype()) && !ndarray::is_complex(dtype_);
  return cast(drops_imaginary ? scalars::apply(scalars::op::real, {g}) : g, dtype_);
}

std::string TensorType::text() const {
  if (!name_.empty()) return name_;
  return "TensorType(" + kroton::name(dtype_) + ", " + axes_text(broadcastable_) + ")";
}

std::string axes_text(const std::vector<bool>& broadcastable) {
  using Flags = std::vector<bool>;
  if (broadcastable == Flags{}) return "scalar";
  if (broadcastable == Flags{false}) return "vector";
  if (broadcastable == Flags{false, true}) return "col";
  if (broadcastable == Flags{true, false}) return "row";
  if (broadcastable == Flags{false, false}) return "matrix";
  for (const bool flag : broadcastable) {
    if (flag) return field_text(broadcastable);
  }
  return fmt::format("{}D", broadcastable.size());
}

DType floatX() { return kroton::dtype(base::config().floatX()); }

int normalized_axis(int axis, std::size_t ndim, std::string_view who) {
  const int n = static_cast<int>(ndim);
  if (axis >= -n && axis < n) return axis < 0 ? axis + n : axis;
  throw ValueError(
      fmt::format("{}: axis {} is out of range for {} dimensions; {}", who, axis, n,
                  n == 0 ? "a number has no axis" : fmt::format("give {} to {}", -n, n - 1)));
}
}  // namespace kroton::tensor
