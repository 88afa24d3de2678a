// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/lift.h"

#include "kroton/gpuarray/gemm.h"
#include "kroton/gpuarray/kernel_op.h"
#include "kroton/gpuarray/rewrites/transfers.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/tensor/shape.h"

namespace kroton::gpuarray {
namespace {
// Where X lies before it is brought to the host for the node's sake.
std::optional<ContextName> place_of(const Variable& x) {
  return as<HostFromGpu>(x.owner()) ? context_of(x.owner().inputs()[0]) : std::nullopt;
}

std::optional<ContextName> place_of(const Apply& node) {
  std::optional<ContextName> place;
  for (const Variable& x : node.inputs()) {
    if (context_of(x)) return std::nullopt;  // an op that knows of devices
    if (!place) place = place_of(x);
  }
  return place;
}

// X in the context; a constant as a constant there.
Variable moved(const Variable& x, const ContextName& context) {
  const auto constant = as<Constant>(x);
  if (!constant) return as_gpuarray_variable(x, context);
  return GpuArrayConstant(GpuArrayType(x.dtype(), x.broadcastable(), context), constant->data());
}

template <class DeviceOp>
Variables moved_inputs(const Apply& node, const DeviceOp& op, const ContextName& context) {
  Variables inputs;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Variable& x = node.inputs()[i];
    inputs.push_back(op.reads_on_host(i) ? x : moved(x, context));
  }
  return inputs;
}

Variables brought_back(const Variables& outputs) {
  Variables host;
  for (const Variable& z : outputs) host.push_back(HostFromGpu()(z));
  return host;
}

// Nodes in order, so that a node's inputs have been moved before it is looked at.
void lift(FunctionGraph& fgraph, rewrite::Trace& trace) {
  for (const Apply& node : fgraph.toposort()) {
    if (const auto cut = local_cut_transfers(fgraph, node)) {
      rewrite::replace_outputs(fgraph, node, *cut, "lift_to_devices", trace);
    } else if (const auto there = lifted(node)) {
      rewrite::replace_outputs(fgraph, node, *there, "lift_to_devices", trace);
    }
  }
}
}  // namespace

std::optional<Variables> lifted(const Apply& node) {
  const auto context = place_of(node);
  if (!context || node.op().effect() == Effect::acts || as<tensor::ShapeOf>(node) ||
      as<tensor::Shape_i>(node))
    return std::nullopt;
  if (const auto product = GpuGemm::of(node, *context)) {
    return brought_back(product->make_node(moved_inputs(node, *product, *context)).outputs());
  }
  // What a view looks at lies on the device; its bounds stay on the host.
  if (place_of(node.inputs()[0])) {
    if (const auto view = GpuView::of(node, *context)) {
      Variables inputs = node.inputs();
      inputs[0] = moved(inputs[0], *context);
      return brought_back(view->make_node(inputs).outputs());
    }
  }
  const auto kernel = KernelOp::of(node, *context);
  if (!kernel) return std::nullopt;
  return brought_back(kernel->make_node(moved_inputs(node, *kernel, *context)).outputs());
}

void install_lift(rewrite::Database& db) {
  db.add("lift_to_devices", lift, 49.5, {"fast_run", "fast_compile", "gpuarray"});
}
}  // namespace kroton::gpuarray
