// SPDX-License-Identifier: BSD-3-Clause
// Transfers as ops of the graph: between the host and contexts, and from context to context.
//   Variable there = as_gpuarray_variable(x * 2, "dev0");   Variable back = host_from_gpu(there);
//   transfer(x, "dev0")  transfer(there, "cpu")             // tensor/transfer.h
// Gradients pass through them, each transferred back to where its variable lies. Rewrites take out
// round trips. Source: Theano's gpuarray/basic_ops.py.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/gpuarray/type.h"
#include "kroton/graph/op.h"

namespace kroton::gpuarray {
// A host array into a context.
class KROTON_API GpuFromHost : public OpOf<GpuFromHost> {
 public:
  explicit GpuFromHost(ContextName context_name);
  const ContextName& context_name() const { return context_name_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override { return (void)node, in; }
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;

 private:
  ContextName context_name_;

 public:
  static constexpr std::string_view op_name = "GpuFromHost";
  static constexpr auto fields = std::tuple{Field{"context_name", &GpuFromHost::context_name_}};
};

// A device array to the host.
class KROTON_API HostFromGpu : public OpOf<HostFromGpu> {
 public:
  HostFromGpu() = default;
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override { return (void)node, in; }
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  static constexpr std::string_view op_name = "HostFromGpu";
};

// A device array into another context.
class KROTON_API GpuToGpu : public OpOf<GpuToGpu> {
 public:
  explicit GpuToGpu(ContextName context_name);
  const ContextName& context_name() const { return context_name_; }
  Apply make_node(Inputs inputs) const override;
  Shapes infer_shape(const Apply& node, Shapes in) const override { return (void)node, in; }
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;

 private:
  ContextName context_name_;

 public:
  static constexpr std::string_view op_name = "GpuToGpu";
  static constexpr auto fields = std::tuple{Field{"context_name", &GpuToGpu::context_name_}};
};

// X on the host: itself when it is there. TypeError for what is no array.
KROTON_API Variable host_from_gpu(const Variable& x);
// X in that context: itself, or what it was transferred from, when that is there. TypeError for
// what is no array and for complex ones; ContextNotDefined.
KROTON_API Variable as_gpuarray_variable(const Variable& x, const ContextName& context_name);
// A constant there; axes of length 1 are broadcastable.
KROTON_API Variable as_gpuarray_variable(const Value& x, const ContextName& context_name);

// The context's name of a variable of GpuArrayType, else nothing.
KROTON_API std::optional<ContextName> context_of(const Variable& x);

// For transfer(): contexts by name, "" the default one.
KROTON_API std::optional<Variable> transfer_to_context(const Variable& x, std::string_view target);
}  // namespace kroton::gpuarray
