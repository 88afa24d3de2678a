// SPDX-License-Identifier: BSD-3-Clause
// Fused: several nodes as one kernel. What fusion makes; users never build one.
// The nodes that it stands for stay inside, for shapes, for perform() (one after another: the
// reference for the kernel) and for printing.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/form.h"

namespace kroton::tensor {
// A number that a kernel is given: a length of a variable inside that it does not hold, or number
// NUMBER of those that the op of the variable's node gives.
struct GivenLength {
  Variable variable;
  int axis = -1, number = -1;
};

class KROTON_API Fused final : public Op {
 public:
  // KERNEL computes OUTPUTS from INPUTS (leaves), which are its params in this order, and from the
  // numbers GIVEN.
  Fused(kernel::Kernel kernel, Variables inputs, Variables outputs,
        std::vector<GivenLength> given = {});

  const Variables& inner_inputs() const;
  const Variables& inner_outputs() const;
  const std::vector<GivenLength>& given() const;
  // Inputs first.
  const std::vector<Apply>& inner_nodes() const;

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  std::vector<ShapeExpr> kernel_lengths(const Apply& node, Shapes in) const override;
  std::optional<kernel::Kernel> kernel(const Apply& node) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  std::vector<std::source_location> lines(
      const Apply& node) const override;  // of the inner nodes, in their order

  std::optional<InnerGraph> inner_graph() const override;
  std::string text() const override;  // Fused{exp, mul, sum}
  // Equal kernels over equal types.
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override;

 private:
  struct Body;
  class Lengths;
  std::shared_ptr<const Body> body_;
};
}  // namespace kroton::tensor
