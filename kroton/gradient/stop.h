// SPDX-License-Identifier: BSD-3-Clause
// Identities that change what grad sees: the value passes through, the gradient does not, or
// differently. Rewriting removes them after differentiation. Source: Theano's gradient.py.
#pragma once
#include <string>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"

namespace kroton::inline gradient {
// x, whose gradient is zero; x stays connected to the cost.
KROTON_API Variable consider_constant(const Variable& x);
KROTON_API Variable zero_grad(const Variable& x);
// x, with which the cost is not connected: grad with respect to what lies behind is an error, not
// zero.
KROTON_API Variable disconnected_grad(const Variable& x);
// x, whose gradient is undefined: asking for it is an error.
KROTON_API Variable undefined_grad(const Variable& x);
// x, whose gradient is multiplied by FACTOR.
KROTON_API Variable grad_scale(const Variable& x, double factor);

// What Op::grad returns for input number INPUT (the variable X) where the derivative is
// mathematically undefined, or where nobody has written it.
KROTON_API Variable grad_undefined(const Op& op, int input, const Variable& x,
                                   std::string why = "");
KROTON_API Variable grad_not_implemented(const Op& op, int input, const Variable& x,
                                         std::string why = "");

// The base of these identities, and of others that higher rooms add (grad_clip).
class KROTON_API GradientMarker : public Op {
 public:
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override;
};
}  // namespace kroton::inline gradient
