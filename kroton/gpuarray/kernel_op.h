// SPDX-License-Identifier: BSD-3-Clause
// Nodes of host ops, run on devices: KernelOp runs what the op's kernel() says, GpuView what it
// does to shapes and strides. rewrites/lift.cpp puts them where an input of a node lies on a
// device. Source: Theano's gpuarray/elemwise.py, subtensor.py and others, one class each there.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "kroton/base/api.h"
#include "kroton/gpuarray/context.h"
#include "kroton/gpuarray/launch.h"
#include "kroton/graph/op.h"
#include "kroton/link/kernel_call.h"

namespace kroton::gpuarray {
// Text "Gpu" and that of the op. Inputs are those of the op, each on the host or in the context;
// host inputs go to the device when the node runs. Outputs are device arrays.
class KROTON_API KernelOp : public Op {
 public:
  // Nothing when the node's op has no kernel for its types, or an output cannot be on a device.
  static std::optional<KernelOp> of(const Apply& host_node, ContextName context);

  const Op& op() const { return alone_.op(); }
  const ContextName& context_name() const { return context_; }
  // Whether the value of input I decides a length, so that it is wanted on the host.
  bool reads_on_host(std::size_t i) const;
  // Whether a run waits for the device, to hear of indices that are out of range.
  bool waits() const;

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Effect effect() const override { return op().effect(); }
  std::vector<std::source_location> lines(const Apply& node) const override {
    return op().lines(node);
  }
  std::string text() const override { return "Gpu" + op().text(); }
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const KernelOp>(*this);
  }

 private:
  KernelOp(Apply alone, ContextName context, link::NodeKernel body);
  Apply as_host_node(const Apply& node) const;
  std::vector<std::int64_t> extents(const Apply& node,
                                    const std::vector<std::vector<std::int64_t>>& shapes,
                                    const std::vector<std::int64_t>& registers) const;
  GpuArray on_device(std::size_t i, const Value& input, const GpuContext& context) const;
  Apply alone_;  // the host node over leaves of its own
  ContextName context_;
  link::NodeKernel body_;
  std::vector<char> loaded_;  // per input: the kernel reads elements of it
  std::shared_ptr<const DeviceKernel> kernel_;
};

// Views of the first input, which is a device array; the others (bounds, lengths) are host values.
class KROTON_API GpuView : public Op {
 public:
  // Nothing when an output of the node's op is no view of its first input.
  static std::optional<GpuView> of(const Apply& host_node, ContextName context);

  const Op& op() const { return alone_.op(); }

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  AliasMap view_map() const override { return op().view_map(); }
  std::vector<std::source_location> lines(const Apply& node) const override {
    return op().lines(node);
  }
  std::string text() const override { return "Gpu" + op().text(); }
  bool equals(const Op& other) const override;
  std::size_t hash() const override;
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const GpuView>(*this);
  }

 private:
  GpuView(Apply alone, ContextName context);
  Apply alone_;
  ContextName context_;
};
}  // namespace kroton::gpuarray
