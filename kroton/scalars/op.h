// SPDX-License-Identifier: BSD-3-Clause
// Elementwise ops as data: a Row is the value of a function for kernels and host, its dtype rule,
// its gradient and its traits. The library's rows are those of ops.def, asked for by address:
// is(node, scalars::op::exp). A user's own op made at run time is the same struct.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/notation.h"
#include "kroton/graph/variable.h"
#include "kroton/kernel/scalar_function.h"
#include "kroton/scalars/dtype_rules.h"

namespace kroton::scalars {
struct Domain {
  double low = -2, high = 2;
};

// How formulas write a row: `x + y` where it binds as an operator, else text(x, y); the row's name
// where the text is empty.
struct Written {
  std::string_view text = {};
  Binding binding = Binding::call;
};

struct Traits {
  kernel::ResultRule result = kernel::ResultRule::same;
  int cost = 1;  // about how many additions it takes
  bool commutative = false;
  bool associative = false;
  std::optional<double> identity = {};  // f(identity, x) is x
  std::string_view inverse = {};        // the row g with g(f(x)) = x where both are defined
  bool holomorphic = true;              // the complex gradient is that of a holomorphic function
  Domain domain = {};  // where a gradient check samples; says nothing about the value
  bool first_is_condition = false;
  Written written = {};
};

// The gradient of a scalar cost for each input, given the output and the cost's gradient for it. An
// input that the output is no function of has a variable of DisconnectedType.
using Gradient = Variables (*)(const Variables& inputs, const Variable& output, const Variable& gz);

struct Row : kernel::ScalarFunction {
  DTypeRule rule = DTypeRule::upcast;
  unsigned computes = 0;        // the compute dtypes that the value exists for, bit 1 << dtype
  Gradient gradient = nullptr;  // null: there is none
  std::string doc;
  Traits traits = {};
  std::optional<DType> target = {};  // of DTypeRule::cast
};
using RowRef = std::shared_ptr<const Row>;

namespace op {
#define KROTON_ROW(name, ...) KROTON_API extern const Row name;
#define UNARY KROTON_ROW
#define BINARY KROTON_ROW
#define TERNARY KROTON_ROW
#define SELECT KROTON_ROW
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
#undef KROTON_ROW
// One row per dtype, named cast_float32 and so on.
KROTON_API const Row& cast(DType target);
}  // namespace op

// Every row of ops.def, in its order, then the casts.
KROTON_API std::span<const Row* const> rows();
// The row of that name ("add", "switch", "cast_int8"), or null.
KROTON_API const Row* find(std::string_view name);
// A reference to one of the library's rows; it owns nothing.
inline RowRef ref(const Row& row) { return RowRef(RowRef(), &row); }

// The dtypes of the row on such inputs; TypeError in the user's words when they are not legal.
KROTON_API Typing typing(const Row& row, std::span<const DType> inputs);

// The op ROW as a node over inputs that broadcast against each other. Defined by tensor/.
KROTON_API Variable apply(const Row& row, const Variables& inputs);

// The gradients for the inputs as graph: the row's, zero where the output is discrete, and for
// complex arguments by the convention that a step along the gradient's conjugate is steepest. Not
// yet summed over stretched axes. GradientError when the row has no gradient.
KROTON_API Variables gradients(const Row& row, const Variables& inputs, const Variable& output,
                               const Variable& gz);
// The derivative of the output along EVAL_POINTS (an empty variable: that input is held fixed);
// empty when all are.
KROTON_API Variable pushforward(const Row& row, const Variables& inputs, const Variable& output,
                                const Variables& eval_points);
}  // namespace kroton::scalars
