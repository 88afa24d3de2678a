// SPDX-License-Identifier: BSD-3-Clause
// Elements several times over: each one (repeat), or the array as a whole (tile); and at other
// places (roll).
//   repeat(x, 2, 0)   repeat(x, counts, 0)   tile(x, {2, 3})   roll(x, 1, 0)
// Gradients add up what the copies receive. Source: Theano's tensor/extra_ops.py, tensor/basic.py.
#pragma once
#include <initializer_list>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Inputs: an integer vector of counts and the length that it must have. The positions 0, 1, ...
// each as often as its count says: how many there are is known only when it ran.
class KROTON_API RepeatedPositions : public OpOf<RepeatedPositions> {
 public:
  RepeatedPositions() = default;
  Apply make_node(Inputs inputs) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  static constexpr std::string_view op_name = "RepeatedPositions";
};

// COUNTS: a number for all elements, or a vector with one for each along AXIS. Without an axis x is
// taken as one axis in C order.
KROTON_API Variable repeat(const Variable& x, const Operand& counts, int axis);
KROTON_API Variable repeat(const Variable& x, const Operand& counts);
// x as often as COUNTS say along the last axes; the shorter of the two is padded on the left.
KROTON_API Variable tile(const Variable& x, std::initializer_list<Operand> counts);
KROTON_API Variable tile(const Variable& x, const std::vector<Operand>& counts);
// x[i] moves to i + SHIFT along AXIS; what leaves at one end comes back at the other.
KROTON_API Variable roll(const Variable& x, const Operand& shift, int axis);
KROTON_API Variable roll(const Variable& x, const Operand& shift);
}  // namespace kroton::tensor
