// SPDX-License-Identifier: BSD-3-Clause
// as_op: a plain C++ function as an op, without a class.
//   double area(double r) { return 3.14159 * r * r; }
//   const auto area_op = as_op({TensorType(float64, {})}, {TensorType(float64, {})}, area, "area");
//   auto a = area_op(r);
// Inputs must be of exactly these types. There is no gradient. Two such ops are equal when they are
// copies of one another. Source: Theano's compile/ops.py:as_op.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::inline graph {
// A type given as it is, kept alive.
struct TypeRef {
  TypeRef(const Type& of) : type(of.share()) {}
  std::shared_ptr<const Type> type;
};
// Writes one value per output.
using ValuesFunction = std::function<void(std::span<const Value> inputs, std::span<Value> outputs)>;

class KROTON_API FunctionOp final : public Op {
 public:
  FunctionOp(std::vector<TypeRef> inputs, std::vector<TypeRef> outputs, ValuesFunction function,
             std::string name);
  Apply make_node(Inputs inputs) const override;  // TypeError unless the types are exactly these
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> outputs) const override;
  std::string text() const override;
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override;

 private:
  struct Body {
    std::vector<TypeRef> inputs, outputs;
    ValuesFunction function;
    std::string name;
  };
  std::shared_ptr<const Body> body_;
};

namespace detail {
// What a function takes an argument as: arrays, numbers, strings, values and objects.
template <class A>
decltype(auto) argument_of(const Value& value) {
  if constexpr (std::same_as<A, Value>) {
    return (value);
  } else if constexpr (std::same_as<A, NDArray>) {
    return NDArray(value);
  } else if constexpr (Number<A>) {
    return value.item<A>();
  } else {
    return value.as<A>();
  }
}
template <class R, class... A, std::size_t... I>
ValuesFunction values_function(std::function<R(A...)> function, std::index_sequence<I...>) {
  return [function = std::move(function)](std::span<const Value> in, std::span<Value> out) {
    out[0] = Value(function(argument_of<std::remove_cvref_t<A>>(in[I])...));
  };
}
template <class R, class... A>
ValuesFunction values_function(std::function<R(A...)> function) {
  return values_function(std::move(function), std::index_sequence_for<A...>());
}
}  // namespace detail

// F: a function of values, or any function or lambda of arrays, numbers, strings or objects that
// returns the one output.
template <class F>
FunctionOp as_op(std::vector<TypeRef> inputs, std::vector<TypeRef> outputs, F function,
                 std::string name) {
  if constexpr (std::constructible_from<ValuesFunction, F>) {
    return FunctionOp(std::move(inputs), std::move(outputs), std::move(function), std::move(name));
  } else {
    return FunctionOp(std::move(inputs), std::move(outputs),
                      detail::values_function(std::function(std::move(function))), std::move(name));
  }
}
}  // namespace kroton::inline graph
