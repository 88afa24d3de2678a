// SPDX-License-Identifier: BSD-3-Clause
// A copy of x in which the part x[index] is replaced by y, or has y added to it.
//   set_subtensor(x[{slice(1, -1)}], 0)   inc_subtensor(x[0], y)
// y is broadcast into the part by its broadcastable axes. Source: Theano's tensor/subtensor.py.
#pragma once
#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
class KROTON_API IncSubtensor : public OpOf<IncSubtensor> {
 public:
  // SET: replace instead of add. INPLACE: x itself is changed.
  IncSubtensor(IndexItems items, bool set, bool inplace = false)
      : items_(std::move(items)), set_(set), inplace_(inplace) {}
  const IndexItems& items() const { return items_; }
  bool set() const { return set_; }
  bool inplace() const { return inplace_; }

  // Inputs: x, y, then one 0-d integer per bound of kind input, in order.
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  std::vector<ShapeExpr> kernel_lengths(const Apply& node, Shapes in) const override;
  bool fills_storage(const Apply&) const override { return true; }
  AliasMap may_lie_over(const Apply&) const override { return {{0, {0}}}; }
  InputCheck input_check(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Notation notation(const Apply& node, int output) const override;
  AliasMap destroy_map() const override { return inplace_ ? AliasMap{{0, {0}}} : AliasMap{}; }

 private:
  IndexItems items_;
  bool set_, inplace_;

 public:
  static constexpr std::string_view op_name = "IncSubtensor";
  static constexpr auto fields =
      std::tuple{Field{"index", &IncSubtensor::items_}, Field{"set", &IncSubtensor::set_},
                 Field{"inplace", &IncSubtensor::inplace_}};
};

// X_AT_INDEX is an indexing expression x[...]; the result has the shape and dtype of x.
KROTON_API Variable set_subtensor(const Variable& x_at_index, const Operand& y);
KROTON_API Variable inc_subtensor(const Variable& x_at_index, const Operand& y);
}  // namespace kroton::tensor
