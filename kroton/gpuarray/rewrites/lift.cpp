// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/lift.h"

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/gpuarray/alloc.h"
#include "kroton/gpuarray/gemm.h"
#include "kroton/gpuarray/kernel_op.h"
#include "kroton/gpuarray/rewrites/transfers.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/link/error_context.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/ifelse.h"
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

bool reads_lengths(const Apply& node) {
  return as<tensor::ShapeOf>(node) || as<tensor::Shape_i>(node);
}

Variable moved(const Variable& x, const ContextName& context);

template <class DeviceOp>
Variables moved_inputs(const Apply& node, const DeviceOp& op, const ContextName& context) {
  Variables inputs;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Variable& x = node.inputs()[i];
    inputs.push_back(op.reads_on_host(i) ? x : moved(x, context));
  }
  return inputs;
}

// What is made of numbers alone, such as arange(n), is made where it is needed.
std::optional<Variable> made_there(const Variable& x, const ContextName& context) {
  const Apply node = x.owner();
  if (!node || x.ndim() == 0 ||
      !(as<tensor::Alloc>(node) || as<tensor::ARange>(node) || as<tensor::Eye>(node)))
    return std::nullopt;
  for (const Variable& input : node.inputs()) {
    if (input.ndim() != 0) return std::nullopt;
  }
  const auto kernel = KernelOp::of(node, context);
  if (!kernel) return std::nullopt;
  return kernel->make_node(moved_inputs(node, *kernel, context)).outputs()[0];
}

// X in the context; a constant as a constant there.
Variable moved(const Variable& x, const ContextName& context) {
  if (const auto made = made_there(x, context)) return *made;
  const auto constant = as<Constant>(x);
  if (!constant) return as_gpuarray_variable(x, context);
  return GpuArrayConstant(GpuArrayType(x.dtype(), x.broadcastable(), context), constant->data());
}

Variables first_moved(const Apply& node, const ContextName& context) {
  Variables inputs = node.inputs();
  inputs[0] = moved(inputs[0], context);
  return inputs;
}

// A choice is made of handles, whatever they are handles on.
std::optional<Variables> chosen_there(const Apply& node, const ContextName& context) {
  if (!as<tensor::IfElse>(node)) return std::nullopt;
  for (const Variable& x : node.inputs()) {
    if (!x.type().is_array() || is_complex(x.dtype())) return std::nullopt;
  }
  Variables inputs = node.inputs();
  for (std::size_t i = 1; i < inputs.size(); ++i) inputs[i] = moved(inputs[i], context);
  return node.op().make_node(inputs).outputs();
}

Variables brought_back(const Variables& outputs) {
  Variables host;
  for (const Variable& z : outputs) host.push_back(context_of(z) ? HostFromGpu()(z) : z);
  return host;
}

// NODE with arrays of devices as they are, where its op takes them wherever they lie; else nothing.
Apply taken_there(const Apply& node) {
  if (!node.op().takes_arrays_elsewhere()) return {};
  Variables inputs;
  bool any = false;
  for (const Variable& x : node.inputs()) {
    const bool is_there = place_of(x).has_value();
    inputs.push_back(is_there ? x.owner().inputs()[0] : x);
    any |= is_there;
  }
  return any ? node.clone_with_new_inputs(inputs, false) : Apply();
}

// What the flag assert_no_cpu_op asks for.
void complain(const FunctionGraph& fgraph) {
  const std::string& wanted = base::config().assert_no_cpu_op();
  if (wanted == "ignore") return;
  for (const Apply& node : fgraph.toposort()) {
    const auto context = place_of(node);
    if (!context || reads_lengths(node)) continue;
    std::string made;
    for (const std::source_location& line : node.op().lines(node)) {
      if (made.empty() && !link::line_text(line).empty())
        made = " made at " + link::line_text(line);
    }
    const std::string text = "function: " + node.op().text() + made +
                             " runs on the host, and an input of it lies in " +
                             context_text(*context) +
                             "; docs/gpu.md says why, the flag assert_no_cpu_op=ignore allows it";
    if (wanted == "raise") throw UnsupportedError(text);
    base::log(base::LogLevel::warning, text);
  }
}

// Nodes in order, so that a node's inputs have been moved before it is looked at.
void lift(FunctionGraph& fgraph, rewrite::Trace& trace) {
  for (const Apply& node : fgraph.toposort()) {
    const bool acts = node.op().effect() == Effect::acts;
    if (const Apply there = acts ? taken_there(node) : Apply()) {
      fgraph.replace_action(node, there, brought_back(there.outputs()), "lift_to_devices");
    } else if (const auto cut = local_cut_transfers(fgraph, node)) {
      rewrite::replace_outputs(fgraph, node, *cut, "lift_to_devices", trace);
    } else if (const auto there = lifted(node)) {
      rewrite::replace_outputs(fgraph, node, *there, "lift_to_devices", trace);
    }
  }
  complain(fgraph);
}
}  // namespace

std::optional<Variables> lifted(const Apply& node) {
  const auto context = place_of(node);
  if (!context) return std::nullopt;
  if (node.op().effect() == Effect::acts || reads_lengths(node)) return std::nullopt;
  if (const Apply there = taken_there(node)) return brought_back(there.outputs());
  if (const auto product = GpuGemm::of(node, *context)) {
    return brought_back(product->make_node(moved_inputs(node, *product, *context)).outputs());
  }
  const bool first_is_there = place_of(node.inputs()[0]).has_value();
  // What a view looks at lies on the device; its bounds stay on the host.
  if (const auto view = first_is_there ? GpuView::of(node, *context) : std::nullopt)
    return brought_back(view->make_node(first_moved(node, *context)).outputs());
  if (const auto kernel = KernelOp::of(node, *context))
    return brought_back(kernel->make_node(moved_inputs(node, *kernel, *context)).outputs());
  if (const auto choice = chosen_there(node, *context)) return brought_back(*choice);
  if (const auto alloc = first_is_there ? GpuAlloc::of(node, *context) : std::nullopt)
    return brought_back(alloc->make_node(first_moved(node, *context)).outputs());
  return std::nullopt;
}

void install_lift(rewrite::Database& db) {
  db.add("lift_to_devices", lift, 49.5, {"fast_run", "fast_compile", "gpuarray"});
}
}  // namespace kroton::gpuarray
