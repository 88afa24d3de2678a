// SPDX-License-Identifier: BSD-3-Clause
// What a user's expression is made of: operands (variables, arrays, numbers), indices and
// operators. Declared here, where argument-dependent lookup finds them; defined by tensor/, which
// knows arrays.
//   auto y = 2 * x[{slice(1, n), newaxis}] + array({1., 2.});
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/shape.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline graph {
// What a tensor function takes: a variable, an array or a number. It remembers the user's line.
class KROTON_API Operand {
 public:
  Operand(const Variable& variable, std::source_location line = std::source_location::current())
      : variable_(variable), line_(line) {}
  Operand(const NDArray& array, std::source_location line = std::source_location::current())
      : value_(array), line_(line) {}
  template <Number T>
  Operand(T number, std::source_location line = std::source_location::current())
      : value_(number), line_(line) {}

  bool is_variable() const { return static_cast<bool>(variable_); }
  const Variable& variable() const { return variable_; }
  const Value& value() const { return value_; }  // an array or a weakly typed number
  std::source_location line() const { return line_; }

 private:
  Variable variable_;
  Value value_;
  std::source_location line_;
};

// The variable of an operand: itself, or a constant of the array or number. Defined by tensor/.
KROTON_API Variable as_variable(const Operand& operand);

// One item between the brackets of x[{1, slice(0, n), newaxis, ellipsis, indices, mask}].
class KROTON_API Index {
 public:
  struct SymbolicSlice;
  template <std::integral I>
  Index(I position, std::source_location line = std::source_location::current())
      : item_(static_cast<std::int64_t>(position)), line_(line) {
    static_assert(!std::is_same_v<I, bool>, "a bool is no index; use an array of bool as a mask");
  }
  Index(const Variable& variable, std::source_location line = std::source_location::current())
      : item_(variable), line_(line) {}
  Index(const NDArray& array, std::source_location line = std::source_location::current())
      : item_(array), line_(line) {}
  Index(Slice range, std::source_location line = std::source_location::current())
      : item_(range), line_(line) {}
  Index(NewAxis, std::source_location line = std::source_location::current())
      : item_(newaxis), line_(line) {}
  Index(Ellipsis, std::source_location line = std::source_location::current())
      : item_(ellipsis), line_(line) {}
  Index(const SymbolicSlice& range, std::source_location line = std::source_location::current());

  struct SymbolicRange {
    std::vector<std::variant<std::monostate, std::int64_t, Variable>> bounds;  // start, stop, step
  };
  using Item =
      std::variant<std::int64_t, Variable, NDArray, Slice, NewAxis, Ellipsis, SymbolicRange>;
  const Item& item() const { return item_; }
  std::source_location line() const { return line_; }

 private:
  Item item_;
  std::source_location line_;
};

class Bound {
 public:
  Bound(std::nullopt_t) {}
  template <std::integral I>
  Bound(I value) : bound_(static_cast<std::int64_t>(value)) {}
  Bound(const Variable& variable) : bound_(variable) {}
  const std::variant<std::monostate, std::int64_t, Variable>& bound() const { return bound_; }

 private:
  std::variant<std::monostate, std::int64_t, Variable> bound_;
};
struct Index::SymbolicSlice {
  std::vector<Bound> bounds;
};
inline Index::Index(const SymbolicSlice& range, std::source_location line)
    : item_(SymbolicRange{}), line_(line) {
  for (const Bound& bound : range.bounds)
    std::get<SymbolicRange>(item_).bounds.push_back(bound.bound());
}
// slice(start, stop, step) with a variable among its bounds.
template <class A, class B, class C = std::nullopt_t>
  requires(std::derived_from<A, Variable> || std::derived_from<B, Variable> ||
           std::derived_from<C, Variable>)
Index::SymbolicSlice slice(const A& start, const B& stop, const C& step = std::nullopt) {
  return {{Bound(start), Bound(stop), Bound(step)}};
}

// At least one side is a variable; errors name the line of x + y itself. `/` is true division.
#define KROTON_BINARY(op)                                              \
  KROTON_API Variable operator op(const Operand& x, const Operand& y); \
  Variable operator op(const NDArray&, const NDArray&) = delete;       \
  template <Number N>                                                  \
  Variable operator op(const NDArray&, N) = delete;                    \
  template <Number N>                                                  \
  Variable operator op(N, const NDArray&) = delete;
KROTON_BINARY(+)
KROTON_BINARY(-)
KROTON_BINARY(*)
KROTON_BINARY(/)
KROTON_BINARY(%)
KROTON_BINARY(&)
KROTON_BINARY(|)
KROTON_BINARY(^)
#undef KROTON_BINARY
KROTON_API Variable operator-(const Operand& x);
KROTON_API Variable operator~(const Operand& x);

// What x < y gives: a bool variable that no `if` takes. if (x < y), 0 < x < 1, !(x < y) do not
// compile.
class KROTON_API Comparison : public Variable {
 public:
  explicit Comparison(const Variable& variable) : Variable(variable) {}
  explicit operator bool() const = delete;
};
#define KROTON_COMPARE(op)                                               \
  KROTON_API Comparison operator op(const Operand& x, const Operand& y); \
  Comparison operator op(const NDArray&, const NDArray&) = delete;       \
  Comparison operator op(const Comparison&, const Operand&) = delete;
KROTON_COMPARE(<)
KROTON_COMPARE(<=)
KROTON_COMPARE(>)
KROTON_COMPARE(>=)
#undef KROTON_COMPARE
void operator&&(const Variable&, const Operand&) = delete;
void operator||(const Variable&, const Operand&) = delete;
}  // namespace kroton::inline graph
