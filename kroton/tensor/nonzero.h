// SPDX-License-Identifier: BSD-3-Clause
// Where an array is not zero: one int64 vector per axis, in C order. How long they are is known
// only when they have been computed; memory behind them is planned then.
//   nonzero(x)[0]   flatnonzero(x)   nonzero_values(x)      x[{x > 0}] is indexing by them
// Nothing is differentiable here but nonzero_values, whose gradient lands where x is not zero.
// Source: Theano's tensor/basic.py.
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
class KROTON_API Nonzero : public OpOf<Nonzero> {
 public:
  // WHO: what errors call it; two nodes that differ in this alone compute the same.
  explicit Nonzero(std::string who = "nonzero") : who_(std::move(who)) {}

  // Inputs: x of at least one axis; then nothing, or one 0-d integer per axis, which must be its
  // length: those of the array that a mask x indexes.
  Apply make_node(Inputs inputs) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;

 private:
  std::string who_;

 public:
  static constexpr std::string_view op_name = "Nonzero";
};

// One vector of positions per axis of x; TypeError for a 0-d x.
KROTON_API Variables nonzero(const Operand& x);
// The positions in x with all its axes as one.
KROTON_API Variable flatnonzero(const Operand& x);
// The elements that are not zero, a vector.
KROTON_API Variable nonzero_values(const Operand& x);
}  // namespace kroton::tensor
