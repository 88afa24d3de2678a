// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/detail/context_name.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/type.h"

namespace kroton::gpuarray {
namespace {
const GpuArrayType* device_type(const Variable& x) {
  return dynamic_cast<const GpuArrayType*>(&x.type());
}
const Variable& only_input(const char* who, Inputs inputs) {
  if (inputs.size() == 1) return inputs[0];
  throw TypeError(fmt::format("{}: {} inputs are given; it takes one", who, inputs.size()));
}
const GpuArrayType& device_input(const char* who, const Variable& x) {
  if (const GpuArrayType* type = device_type(x)) return *type;
  throw TypeError(fmt::format("{}: {} is {}; a variable of a GpuArrayType is needed", who, x.text(),
                              x.type().text()));
}

// G where X lies.
Variable beside(const Variable& g, const Variable& x) {
  if (!g.type().is_array()) return g;  // disconnected
  const auto context = context_of(x);
  return context ? as_gpuarray_variable(g, *context) : g.type().on_host(g);
}
// The change of a copy is the copy of the change.
Variables moved_change(const Op& op, const Variables& eval_points) {
  return eval_points[0] ? op.make_node({eval_points[0]}).outputs() : eval_points;
}
}  // namespace

std::optional<ContextName> context_of(const Variable& x) {
  const GpuArrayType* type = device_type(x);
  if (!type) return std::nullopt;
  return std::make_optional<ContextName>(type->context_name());
}

// ---------------------------------------------------------------- GpuFromHost
GpuFromHost::GpuFromHost(ContextName context_name)
    : context_name_(normalized(std::move(context_name))) {}
Apply GpuFromHost::make_node(Inputs inputs) const {
  const Variable& x = only_input("GpuFromHost", inputs);
  if (!dynamic_cast<const tensor::TensorType*>(&x.type())) {
    throw TypeError(fmt::format("GpuFromHost: {} is {}; a variable of a TensorType is needed",
                                x.text(), x.type().text()));
  }
  return Apply(*this, inputs,
               {Variable(GpuArrayType(x.dtype(), x.broadcastable(), context_name_))});
}
Variables GpuFromHost::grad(const Apply& node, Variables gz) const {
  return {beside(gz[0], node.inputs()[0])};
}
Variables GpuFromHost::r_op(const Apply&, Variables eval_points) const {
  return moved_change(*this, eval_points);
}
void GpuFromHost::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  output_storage[0] = GpuArray::from_host(inputs[0].as<NDArray>(), get_context(context_name_));
}

// ---------------------------------------------------------------- HostFromGpu
Apply HostFromGpu::make_node(Inputs inputs) const {
  const GpuArrayType& type = device_input("HostFromGpu", only_input("HostFromGpu", inputs));
  return Apply(*this, inputs, {Variable(*type.host_form())});
}
Variables HostFromGpu::grad(const Apply& node, Variables gz) const {
  return {beside(gz[0], node.inputs()[0])};
}
Variables HostFromGpu::r_op(const Apply&, Variables eval_points) const {
  return moved_change(*this, eval_points);
}
void HostFromGpu::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  output_storage[0] = inputs[0].as<GpuArray>().to_host();
}

// ---------------------------------------------------------------- GpuToGpu
GpuToGpu::GpuToGpu(ContextName context_name) : context_name_(normalized(std::move(context_name))) {}
Apply GpuToGpu::make_node(Inputs inputs) const {
  const GpuArrayType& type = device_input("GpuToGpu", only_input("GpuToGpu", inputs));
  return Apply(*this, inputs,
               {Variable(GpuArrayType(type.dtype(), type.broadcastable(), context_name_))});
}
Variables GpuToGpu::grad(const Apply& node, Variables gz) const {
  return {beside(gz[0], node.inputs()[0])};
}
Variables GpuToGpu::r_op(const Apply&, Variables eval_points) const {
  return moved_change(*this, eval_points);
}
void GpuToGpu::perform(const Apply&, std::span<const Value> inputs,
                       std::span<Value> output_storage) const {
  output_storage[0] = inputs[0].as<GpuArray>().copy_to(get_context(context_name_));
}

// ---------------------------------------------------------------- user functions
Variable host_from_gpu(const Variable& x) {
  if (device_type(x)) return HostFromGpu()(x);
  if (x.type().is_array()) return x.type().on_host(x);
  throw TypeError(
      fmt::format("host_from_gpu: {} is {}; an array is needed", x.text(), x.type().text()));
}

Variable as_gpuarray_variable(const Variable& given, const ContextName& context_name) {
  const ContextName name = normalized(context_name);
  get_context(name);
  // What was only brought to the host for the graph's sake.
  const Variable x = as<HostFromGpu>(given.owner()) ? given.owner().inputs()[0] : given;
  if (const auto there = context_of(x)) return *there == name ? x : GpuToGpu(name)(x);
  if (!x.type().is_array()) {
    throw TypeError(fmt::format("as_gpuarray_variable: {} is {}; an array or a number is needed",
                                x.text(), x.type().text()));
  }
  return GpuFromHost(name)(x.type().on_host(x));
}

Variable as_gpuarray_variable(const Value& x, const ContextName& context_name) {
  const GpuContext context = get_context(normalized(context_name));
  Value data = x;
  if (!x.is<GpuArray>()) {
    if (!x.is_array() && !x.is_number()) {
      throw TypeError(
          fmt::format("as_gpuarray_variable: the value is {}; an array or a number is "
                      "needed",
                      x.text()));
    }
    data = as<Constant>(tensor::constant(x))->data();
  }
  std::vector<bool> flags;
  for (const std::int64_t length : data.array_shape()) flags.push_back(length == 1);
  const DType dtype = data.is_array() ? data.as<NDArray>().dtype() : data.as<GpuArray>().dtype();
  return GpuArrayConstant(GpuArrayType(dtype, std::move(flags), context_name), data);
}

std::optional<Variable> transfer_to_context(const Variable& x, std::string_view target) {
  const std::vector<std::string> names = list_contexts();
  if (std::find(names.begin(), names.end(), target) == names.end()) return std::nullopt;
  return as_gpuarray_variable(x, std::string(target));
}
}  // namespace kroton::gpuarray
