// SPDX-License-Identifier: BSD-3-Clause
// Nodes of one context that need nothing of the host between them, as one op: what they give the
// device to do is recorded at the first call and replayed when a call's arrays lie where those of
// an earlier one lay, on CUDA as a graph. rewrites/sequences.h makes them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/gpuarray/context.h"
#include "kroton/graph/op.h"

namespace kroton::gpuarray {
// Whether a node may stand in a sequence: a KernelOp that does not wait, a GpuGemm or a GpuView,
// all of whose inputs are device arrays and constants.
KROTON_API bool can_be_in_sequence(const Apply& node);

class KROTON_API GpuSequence : public Op {
 public:
  // NODES in order, on one context, each legal here; INPUTS are what they take from outside.
  // OUTPUTS, what is taken from them, are no views.
  GpuSequence(ContextName context, const std::vector<Apply>& nodes, const Variables& inputs,
              const Variables& outputs);

  Apply make_node(Inputs inputs) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  std::vector<std::source_location> lines(const Apply& node) const override;
  std::optional<InnerGraph> inner_graph() const override;
  std::string text() const override;  // GpuSequence{GpuSoftmax{axes: (1,)}, 5 more}
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const GpuSequence>(*this);
  }

 private:
  struct Program;
  std::shared_ptr<Program> program_;
};
}  // namespace kroton::gpuarray
