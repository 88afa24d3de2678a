// SPDX-License-Identifier: BSD-3-Clause
// alloc of an array with axes, on a device: its lengths are compared when it runs, as the host
// does. A number is spread by its kernel (kernel_op.h).
#pragma once
#include <optional>
#include <tuple>

#include "kroton/base/api.h"
#include "kroton/gpuarray/context.h"
#include "kroton/graph/op.h"

namespace kroton::gpuarray {
// Inputs: a device array and one 0-d integer of the host per axis of the result.
class KROTON_API GpuAlloc : public OpOf<GpuAlloc> {
 public:
  // Nothing when the node is no Alloc of what a device can hold.
  static std::optional<GpuAlloc> of(const Apply& host_node, ContextName context);

  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;

 private:
  explicit GpuAlloc(ContextName context_name) : context_name_(std::move(context_name)) {}
  ContextName context_name_;

 public:
  static constexpr std::string_view op_name = "GpuAlloc";
  static constexpr auto fields = std::tuple{Field{"context_name", &GpuAlloc::context_name_}};
};
}  // namespace kroton::gpuarray
