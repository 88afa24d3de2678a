// SPDX-License-Identifier: BSD-3-Clause
// Derivatives of graphs, as graphs.
//   Variable gw = grad(cost, w);
//   auto [gw, gb] = ...grad(cost, {w, b});
// Source: Theano's gradient.py. Three ways of having no gradient are kept apart: zero (connected,
// and the derivative is 0), disconnected (the cost is no function of it) and null (undefined, or
// not implemented).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/variable.h"

namespace kroton::inline gradient {
// What happens when the cost is no function of some wrt.
enum class DisconnectedInputs : std::uint8_t { raise, warn, ignore };
// What is returned for it: zeros of its shape, an empty Variable, or a variable of
// DisconnectedType.
enum class ReturnDisconnected : std::uint8_t { zero, none, disconnected };
// Whether an undefined gradient is an error or comes back as a variable of NullType.
enum class NullGradients : std::uint8_t { raise, return_ };

struct GradOptions {
  Variables consider_constant = {};  // not differentiated through
  DisconnectedInputs disconnected_inputs = DisconnectedInputs::raise;
  std::vector<std::pair<Variable, Operand>> known_grads = {};  // stand for what would be computed
  bool add_names = true;                                       // "(dcost/dw)" for named variables
  ReturnDisconnected return_disconnected = ReturnDisconnected::zero;
  NullGradients null_gradients = NullGradients::raise;
};

// The gradient of COST, a 0-d variable, with respect to each WRT, in the shape of each.
// COST may be empty when known_grads say where to begin.
// dtypes: that of the wrt when it is continuous, else floatX.
// Errors: GradientError when the cost is no scalar, when an op on the way has no gradient, when a
// gradient is undefined or disconnected (see the options).
KROTON_API Variable grad(const Variable& cost, const Variable& wrt, GradOptions options = {});
KROTON_API std::vector<Variable> grad(const Variable& cost, std::vector<Variable> wrt,
                                      GradOptions options = {});
KROTON_API std::vector<Variable> grad(const Variable& cost, std::initializer_list<Variable> wrt,
                                      GradOptions options = {});

// The row vector EVAL_POINTS (shape of F) times the Jacobian of F with respect to WRT.
KROTON_API Variable Lop(const Variable& f, const Variable& wrt, const Variable& eval_points);
KROTON_API std::vector<Variable> Lop(const Variable& f, std::vector<Variable> wrt,
                                     const Variable& eval_points);
KROTON_API std::vector<Variable> Lop(const Variable& f, std::initializer_list<Variable> wrt,
                                     const Variable& eval_points);

// The Jacobian of F with respect to WRT times the column vector EVAL_POINTS (shape of WRT). Ops
// without an r_op are differentiated by transposing their grad twice.
KROTON_API Variable Rop(const Variable& f, const Variable& wrt, const Variable& eval_points);
KROTON_API Variable Rop(const Variable& f, std::vector<Variable> wrt,
                        std::vector<Variable> eval_points);
}  // namespace kroton::inline gradient
