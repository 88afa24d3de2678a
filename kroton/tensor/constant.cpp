// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/constant.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
std::vector<bool> unit_axes(const NDArray& array) {
  std::vector<bool> flags;
  for (std::size_t i = 0; i < array.ndim(); ++i) flags.push_back(array.shape_data()[i] == 1);
  return flags;
}

Variable constant_of(const NDArray& array, std::string name) {
  return Constant(TensorType(array.dtype(), unit_axes(array)), array, std::move(name));
}

// The array that VALUE is in a graph: its own memory, so that the caller's may change.
NDArray array_of(const Value& value) {
  if (value.is_array()) return value.as<NDArray>().copy();
  if (value.is_array_elsewhere()) return value;
  if (value.is_number()) return static_cast<NDArray>(value).astype(scalars::literal_dtype(value));
  throw TypeError(
      fmt::format("constant: the value is {}; an array or a number is needed", value.text()));
}
}  // namespace

Variable constant(const Value& value, std::string name) {
  return constant_of(array_of(value), std::move(name));
}
Variable constant(const Value& value, DType dtype) {
  if (!value.is_array() && !value.is_number()) return constant(value);
  return constant_of(static_cast<NDArray>(value).astype(dtype), "");
}

Variable as_tensor_variable(const Operand& operand) {
  return array_operand(operand, "as_tensor_variable");
}

Variable array_operand(const Operand& operand, std::string_view who) {
  if (!operand.is_variable()) {
    if (operand.value().empty()) {
      throw ValueError(fmt::format(
          "{}: an empty variable was used; make one by matrix(\"x\"), shared(value) or an expression",
          who));
    }
    return constant(operand.value());
  }
  const Variable& x = operand.variable();
  if (!x.type().is_array()) {
    throw TypeError(fmt::format("{}: {} is {}; an array or a number is needed", who, x.text(),
                                x.type().text()));
  }
  return x.type().on_host(x);
}

std::optional<NDArray> constant_value(const Variable& x) {
  if (!x.type().is_array() || x.ndim() != 0) return std::nullopt;
  Variable at = x;
  while (true) {
    if (const auto known = Constant::recover(at)) {
      const NDArray value = known->data();
      if (value.size() != 1) return std::nullopt;
      const NDArray scalar = value.reshape(Shape{});
      return scalar.dtype() == x.dtype() ? scalar : scalar.astype(x.dtype());
    }
    const Apply node = at.owner();
    if (!as<DimShuffle>(node)) return std::nullopt;
    at = node.inputs()[0];
  }
}

std::optional<std::int64_t> constant_integer(const Variable& x) {
  const auto value = constant_value(x);
  if (!value || !is_integer(value->dtype())) return std::nullopt;
  return value->astype(int64).item<std::int64_t>();
}
}  // namespace kroton::tensor

namespace kroton::inline graph {
Variable as_variable(const Operand& operand) {
  return operand.is_variable() ? operand.variable() : tensor::constant(operand.value());
}
}  // namespace kroton::inline graph
