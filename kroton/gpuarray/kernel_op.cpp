// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/kernel_op.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/gpuarray/detail/shadow.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/type.h"
#include "kroton/tensor/reshape.h"

namespace kroton::gpuarray {
namespace {
using Dims = std::vector<std::int64_t>;

Variables device_outputs(const Apply& alone, const ContextName& context) {
  Variables outputs;
  for (const Variable& z : alone.outputs())
    outputs.emplace_back(GpuArrayType(z.dtype(), z.broadcastable(), context));
  return outputs;
}

bool fits_device(const Apply& node) {
  const auto complex = [](const Variable& x) {
    return !x.type().is_array() || is_complex(x.dtype());
  };
  return std::none_of(node.inputs().begin(), node.inputs().end(), complex) &&
         std::none_of(node.outputs().begin(), node.outputs().end(), complex);
}

bool same_inputs(const Apply& a, const Apply& b) {
  if (a.inputs().size() != b.inputs().size()) return false;
  for (std::size_t i = 0; i < a.inputs().size(); ++i) {
    if (!(a.inputs()[i].type() == b.inputs()[i].type())) return false;
    const auto x = as<Constant>(a.inputs()[i]), y = as<Constant>(b.inputs()[i]);
    if (x.has_value() != y.has_value() || (x && !x->same_as(*y))) return false;
  }
  return true;
}

std::int64_t leaf_value(const link::ShapeProgram::Leaf& leaf, const Value& value) {
  if (leaf.axis >= 0) {
    return value.is<GpuArray>() ? value.as<GpuArray>().shape()[static_cast<std::size_t>(leaf.axis)]
                                : NDArray(value).shape_data()[leaf.axis];
  }
  return value.is<GpuArray>() ? value.as<GpuArray>().to_host().item<std::int64_t>()
                              : value.item<std::int64_t>();
}

// The values of the leaves of a shape program from those of the node's inputs.
Dims leaf_values(const Apply& alone, const link::ShapeProgram& program,
                 std::span<const Value> inputs) {
  Dims values;
  for (const link::ShapeProgram::Leaf& leaf : program.leaves()) {
    std::size_t i = 0;
    while (i < inputs.size() && !(alone.inputs()[i] == leaf.variable)) ++i;
    if (i < inputs.size()) {
      values.push_back(leaf_value(leaf, inputs[i]));
    } else if (const auto constant = as<Constant>(leaf.variable)) {
      values.push_back(leaf_value(leaf, constant->data()));
    } else {
      throw InternalError(alone.op().text() + ": the shape of its output depends on " +
                          leaf.variable.text() + ", which is no input of it");
    }
  }
  return values;
}

// What may be written instead of new memory.
bool can_hold(const Value& storage, const kernel::Param& param, const Shape& shape,
              const GpuContext& context, std::span<const GpuArray> apart_from) {
  if (!storage.is<GpuArray>()) return false;
  const auto& old = storage.as<GpuArray>();
  if (!old || old.dtype() != param.dtype || old.shape() != shape || !old.is_c_contiguous() ||
      !(old.context() == context))
    return false;
  return std::none_of(apart_from.begin(), apart_from.end(),
                      [&](const GpuArray& a) { return a.buffer() == old.buffer(); });
}
}  // namespace

KernelOp::KernelOp(Apply alone, ContextName context, link::NodeKernel body)
    : alone_(std::move(alone)),
      context_(std::move(context)),
      body_(std::move(body)),
      loaded_(alone_.inputs().size(), 0),
      kernel_(std::make_shared<const DeviceKernel>(body_.kernel)) {
  const auto mark = [&](const kernel::Access& access) {
    const auto param = static_cast<std::size_t>(access.param);
    if (param < loaded_.size()) loaded_[param] = 1;
  };
  for (const kernel::Access& access : body_.kernel->accesses) mark(access);
  for (const kernel::Stage& stage : body_.kernel->stages) {
    for (const kernel::Statement& s : stage.statements) {
      if (s.kind == kernel::StatementKind::store || s.kind == kernel::StatementKind::scatter)
        mark(s.access);
    }
  }
}

bool KernelOp::reads_on_host(std::size_t i) const {
  for (const link::ShapeProgram::Leaf& leaf : body_.shapes.leaves()) {
    if (leaf.axis < 0 && leaf.variable == alone_.inputs()[i]) return true;
  }
  return false;
}

bool KernelOp::waits() const {
  const auto checked = [](const kernel::Access& access) { return access.checked; };
  const kernel::Kernel& kernel = *body_.kernel;
  return std::any_of(kernel.accesses.begin(), kernel.accesses.end(), checked) ||
         std::any_of(kernel.stages.begin(), kernel.stages.end(), [&](const kernel::Stage& stage) {
           return std::any_of(
               stage.statements.begin(), stage.statements.end(),
               [&](const kernel::Statement& statement) { return checked(statement.access); });
         });
}

// A value that the kernel does not look at is not moved: memory of its shape will do.
GpuArray KernelOp::on_device(std::size_t i, const Value& input, const GpuContext& context) const {
  if (input.is<GpuArray>()) return input.as<GpuArray>();
  const NDArray values = input;
  return loaded_[i] ? GpuArray::from_host(values, context)
                    : GpuArray::empty(values.shape(), values.dtype(), context);
}

std::optional<KernelOp> KernelOp::of(const Apply& host_node, ContextName context) {
  if (!fits_device(host_node)) return std::nullopt;
  Apply alone = link::detached(host_node);
  std::optional<link::NodeKernel> body = link::node_kernel(alone);
  if (!body) return std::nullopt;
  return KernelOp(std::move(alone), std::move(context), std::move(*body));
}

// The host's node with what the user calls its inputs, for errors in the host's words.
Apply KernelOp::as_host_node(const Apply& node) const {
  Variables inputs;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    Variable x = node.inputs()[i];
    while (x.name().empty() && (as<GpuFromHost>(x.owner()) || as<GpuToGpu>(x.owner())))
      x = x.owner().inputs()[0];
    const std::string& own = body_.kernel->params[i].name;
    inputs.push_back(alone_.inputs()[i].type().make_variable(!x.name().empty() ? x.name()
                                                             : x.owner()       ? own
                                                                               : x.text()));
  }
  return alone_.clone_with_new_inputs(inputs);
}

Dims KernelOp::extents(const Apply& node, const std::vector<Dims>& shapes,
                       const Dims& registers) const {
  try {
    return link::kernel_extents(alone_, body_, shapes, registers);
  } catch (const Error&) {
    return link::kernel_extents(as_host_node(node), body_, shapes, registers);
  }
}

Apply KernelOp::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == alone_.inputs().size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (*inputs[i].type().host_form() == alone_.inputs()[i].type()) continue;
    throw TypeError(text() + ": input " + std::to_string(i) + " is " + inputs[i].type().text() +
                    "; it was made for " + alone_.inputs()[i].type().text());
  }
  return Apply(*this, inputs, device_outputs(alone_, context_));
}

Shapes KernelOp::infer_shape(const Apply& node, Shapes in) const {
  return op().infer_shape(alone_.clone_with_new_inputs(node.inputs()), std::move(in));
}

void KernelOp::perform(const Apply& node, std::span<const Value> inputs,
                       std::span<Value> output_storage) const {
  const kernel::Kernel& kernel = *body_.kernel;
  const GpuContext context = get_context(context_);
  std::vector<GpuArray> arrays;
  std::vector<Dims> shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arrays.push_back(on_device(i, inputs[i], context));
    shapes.push_back(arrays.back().shape());
  }
  Dims registers;
  body_.shapes.run(leaf_values(alone_, body_.shapes, inputs), registers);
  extents(node, shapes, registers);  // before memory is taken for outputs
  const std::size_t count = inputs.size();
  const AliasMap destroys = op().destroy_map();
  for (std::size_t o = 0; o < output_storage.size(); ++o) {
    Dims shape(body_.shapes.ndim(o));
    body_.shapes.shape(o, registers, shape.data());
    const kernel::Param& param = kernel.params[count + o];
    const auto destroyed = destroys.find(static_cast<int>(o));
    if (param.role == kernel::Role::inout && destroyed != destroys.end()) {
      arrays.push_back(arrays[static_cast<std::size_t>(destroyed->second.at(0))].copy());
    } else if (can_hold(output_storage[o], param, shape, context, arrays)) {
      arrays.push_back(output_storage[o].as<GpuArray>());
    } else {
      arrays.push_back(GpuArray::empty(shape, param.dtype, context));
    }
    shapes.push_back(shape);
  }
  const kernel::Fault fault = kernel_->run_with(text(), arrays, extents(node, shapes, registers));
  if (fault) {
    link::throw_fault(as_host_node(node), kernel, fault,
                      shapes[static_cast<std::size_t>(fault.param)]);
  }
  for (std::size_t o = 0; o < output_storage.size(); ++o)
    output_storage[o] = std::move(arrays[count + o]);
}

bool KernelOp::equals(const Op& other) const {
  const auto* b = dynamic_cast<const KernelOp*>(&other);
  return b && op() == b->op() && context_ == b->context_ && same_inputs(alone_, b->alone_);
}

std::size_t KernelOp::hash() const {
  return base::hash_combine(op().hash(), base::hash64(context_.value_or("")));
}

GpuView::GpuView(Apply alone, ContextName context)
    : alone_(std::move(alone)), context_(std::move(context)) {}

std::optional<GpuView> GpuView::of(const Apply& host_node, ContextName context) {
  const AliasMap views = host_node.op().view_map();
  const bool only_views = views.size() == host_node.outputs().size() &&
                          std::all_of(views.begin(), views.end(), [](const auto& view) {
                            return view.second == std::vector<int>{0};
                          });
  if (!only_views || !fits_device(host_node)) return std::nullopt;
  return GpuView(link::detached(host_node), std::move(context));
}

Apply GpuView::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == alone_.inputs().size());
  return Apply(*this, inputs, device_outputs(alone_, context_));
}

Shapes GpuView::infer_shape(const Apply& node, Shapes in) const {
  return op().infer_shape(alone_.clone_with_new_inputs(node.inputs()), std::move(in));
}

void GpuView::perform(const Apply&, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  // A reshape of what is not contiguous may have to copy, and there is nothing to copy in a shadow.
  const bool copies = dynamic_cast<const tensor::Reshape*>(&op()) != nullptr;
  const auto& given = inputs[0].as<GpuArray>();
  const GpuArray x = copies ? given.contiguous() : given;
  Values host(inputs.begin(), inputs.end()), views(output_storage.size());
  host[0] = detail::shadow(x);
  op().perform(alone_, host, views);
  for (std::size_t o = 0; o < views.size(); ++o)
    output_storage[o] = detail::out_of_shadow(x, host[0].as<NDArray>(), views[o].as<NDArray>());
}

bool GpuView::equals(const Op& other) const {
  const auto* b = dynamic_cast<const GpuView*>(&other);
  return b && op() == b->op() && context_ == b->context_ && same_inputs(alone_, b->alone_);
}

std::size_t GpuView::hash() const {
  return base::hash_combine(op().hash(), base::hash64(context_.value_or("")));
}
}  // namespace kroton::gpuarray
