// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/alloc.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/type.h"
#include "kroton/tensor/create.h"

namespace kroton::gpuarray {
namespace {
// The host's node, for types and lengths.
Apply host_node(const Variables& inputs) {
  Variables host;
  for (const Variable& x : inputs) host.push_back(x.type().host_form() ? x.type().on_host(x) : x);
  return tensor::Alloc().make_node(host);
}
}  // namespace

std::optional<GpuAlloc> GpuAlloc::of(const Apply& host_node, ContextName context) {
  if (!as<tensor::Alloc>(host_node) || is_complex(host_node.outputs()[0].dtype()))
    return std::nullopt;
  return GpuAlloc(std::move(context));
}

Apply GpuAlloc::make_node(Inputs inputs) const {
  const Variable z = host_node(inputs).outputs()[0];
  return Apply(*this, inputs,
               {Variable(GpuArrayType(z.dtype(), z.broadcastable(), context_name_))});
}

Shapes GpuAlloc::infer_shape(const Apply& node, Shapes in) const {
  return tensor::Alloc().infer_shape(node, std::move(in));
}

void GpuAlloc::perform(const Apply& node, std::span<const Value> inputs,
                       std::span<Value> output_storage) const {
  const auto& value = inputs[0].as<GpuArray>();
  Shape shape;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    shape.push_back(inputs[i].item<std::int64_t>());
    if (shape.back() < 0) {
      throw ValueError("alloc: length " + std::to_string(shape.back()) + " of axis " +
                       std::to_string(i - 1) + " is negative");
    }
  }
  const std::size_t added = shape.size() - value.ndim();
  for (std::size_t d = 0; d < value.ndim(); ++d) {
    if (node.inputs()[0].type().broadcastable()[d] || value.shape()[d] == shape[d + added])
      continue;
    throw ShapeError("alloc: the value has shape " + shape_text(value.shape()) +
                     " and the result " + shape_text(shape) +
                     "; lengths must be equal, or 1 on an axis that the type marks broadcastable");
  }
  output_storage[0] = value.broadcast_to(shape).copy();
}
}  // namespace kroton::gpuarray
