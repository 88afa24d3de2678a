// SPDX-License-Identifier: BSD-3-Clause
// A choice between two graphs, of which a call computes one.
//   ifelse(gt(x.sum(), 0), log(x), x)
// where() chooses element by element and computes both. Every mode and linker is lazy here.
// Source: Theano's ifelse.py.
#pragma once
#include <initializer_list>
#include <source_location>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"

namespace kroton::tensor {
// Inputs: the condition, a number; the outputs if it is not 0; those if it is.
class KROTON_API IfElse : public OpOf<IfElse> {
 public:
  explicit IfElse(int n_outs = 1) : n_outs_(n_outs) {}
  int n_outs() const { return n_outs_; }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  std::vector<int> branches(const Apply& node) const override;
  int next_branch(const Apply& node, std::span<const Value> inputs) const override;

 private:
  // The first input of the branch that the condition chooses.
  std::size_t chosen(const Value& condition) const;
  int n_outs_;

 public:
  static constexpr std::string_view op_name = "IfElse";
  static constexpr auto fields = std::tuple{Field{"n_outs", &IfElse::n_outs_}};
};

// THEN_VALUE where CONDITION, one number or truth value, is not 0 when the function runs, else
// ELSE_VALUE. What only the other one needs is not computed.
// Types: any, the same for both; arrays may differ in which axes are broadcastable, a number takes
// the other side's dtype if it fits. TypeError otherwise.
// Gradient: of the chosen one; zeros for the other and for the condition.
KROTON_API Variable ifelse(const Operand& condition, const Operand& then_value,
                           const Operand& else_value);
// Several at once, as many on both sides.
KROTON_API Variables ifelse(const Operand& condition, const Variables& then_values,
                            const Variables& else_values);
KROTON_API Variables ifelse(const Operand& condition, std::initializer_list<Variable> then_values,
                            std::initializer_list<Variable> else_values);
}  // namespace kroton::tensor
