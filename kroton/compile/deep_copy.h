// SPDX-License-Identifier: BSD-3-Clause
// DeepCopyOp: a value that shares no memory with its input. Of any type.
#pragma once
#include "kroton/graph/op.h"

namespace kroton::inline compile {
class KROTON_API DeepCopyOp : public OpOf<DeepCopyOp> {
 public:
  DeepCopyOp() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override { return (void)node, in; }
  Variables grad(const Apply& node, Variables gz) const override { return (void)node, gz; }
  Variables r_op(const Apply& node, Variables eval_points) const override {
    return (void)node, eval_points;
  }
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  static constexpr std::string_view op_name = "DeepCopyOp";
};
}  // namespace kroton::inline compile
