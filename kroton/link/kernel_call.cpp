// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/kernel_call.h"

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/input_name.h"
#include "kroton/kernel/interpreter.h"
#include "kroton/kernel/overlay.h"
#include "kroton/link/storage.h"

namespace kroton::link {
namespace {
using Dims = std::vector<std::int64_t>;

// What the user calls param P of the node.
std::string param_name(const Apply& node, const kernel::Kernel& kernel, int p) {
  const auto index = static_cast<std::size_t>(p);
  const std::string& name = kernel.params[index].name;
  return index < node.inputs().size() ? graph::input_name(node, index, name) : name;
}

// What the user calls the node: what a fused kernel is made of, else the kernel's name.
std::string kernel_title(const Apply& node, const kernel::Kernel& kernel) {
  const std::string text = node.op().text();
  const std::size_t open = text.find('{');
  const bool is_list =
      open != std::string::npos && text.back() == '}' && text.find(':') == std::string::npos;
  if (!is_list || kernel.name.find(base::lower(text.substr(0, open))) == std::string::npos)
    return kernel.name;
  return text.substr(open + 1, text.size() - open - 2);
}

// For an input of length 1, which the type of a variable that the user made does not let stretch.
std::string remedy(const Apply& node, const kernel::Dimension& d, const Dims& shape) {
  const Variable& x = node.inputs()[static_cast<std::size_t>(d.param)];
  if (x.owner() || as<Constant>(x) || shape[static_cast<std::size_t>(d.dim)] != 1) return "";
  std::string flags;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool stretches = x.type().broadcastable()[i] || static_cast<int>(i) == d.dim;
    flags += std::string(i ? ", " : "") + (stretches ? "true" : "false");
  }
  return "; make " + x.text() + " with broadcastable = {" + flags + "}";
}

[[noreturn]] void mismatch(const Apply& node, const kernel::Kernel& kernel,
                           const kernel::Dimension& a, const kernel::Dimension& b,
                           const std::vector<Dims>& shapes) {
  const auto shape = [&](const kernel::Dimension& d) -> const Dims& {
    return shapes[static_cast<std::size_t>(d.param)];
  };
  const std::string x = param_name(node, kernel, a.param), y = param_name(node, kernel, b.param);
  std::string text = kernel_title(node, kernel) + ": " + x + " has shape " + shape_text(shape(a)) +
                     " and " + y + " has shape " + shape_text(shape(b));
  if (static_cast<std::size_t>(b.param) >= node.inputs().size()) {
    throw InternalError(text + "; infer_shape of " + node.op().text() +
                        " must agree with its kernel, this is a bug in that op");
  }
  if (a.dim == b.dim && shape(a).size() == shape(b).size()) {
    text += "; lengths must be equal, or 1 on an axis that the type marks broadcastable";
    for (const kernel::Dimension& d : {a, b}) text += remedy(node, d, shape(d));
  } else {
    const auto length = [&](const kernel::Dimension& d, const std::string& of) {
      return of + ".shape[" + std::to_string(d.dim) + "] (" +
             std::to_string(shape(d)[static_cast<std::size_t>(d.dim)]) + ")";
    };
    text += "; " + length(a, x) + " must equal " + length(b, y);
  }
  throw ShapeError(text);
}

// A dimension that is not as long as a number that the node's kernel is given.
[[noreturn]] void mismatch(const Apply& node, const NodeKernel& body, const kernel::Dimension& a,
                           std::size_t given, std::int64_t number,
                           const std::vector<Dims>& shapes) {
  const std::string x = param_name(node, *body.kernel, a.param);
  const std::string origin = body.shapes.given_text(given);
  std::string fact = kernel_title(node, *body.kernel) + ": " + x + " has shape " +
                     shape_text(shapes[static_cast<std::size_t>(a.param)]);
  for (std::size_t i = 0; i < node.inputs().size() && i < shapes.size(); ++i) {
    const std::string y = param_name(node, *body.kernel, static_cast<int>(i));
    if (y == x || origin.find(y + ".shape[") == std::string::npos) continue;
    fact += " and " + y + " has shape " + shape_text(shapes[i]);
  }
  fact += "; " + x + ".shape[" + std::to_string(a.dim) + "] must be " + std::to_string(number) +
          ", which is " + origin;
  if (static_cast<std::size_t>(a.param) < node.inputs().size()) throw ShapeError(fact);
  throw InternalError(fact + "; infer_shape of " + node.op().text() +
                      " must agree with its kernel, this is a bug in that op");
}

// Two numbers that the node's kernel is given and that must be equal.
[[noreturn]] void mismatch(const Apply& node, const NodeKernel& body, int a, int b,
                           const Dims& given) {
  const auto text = [&](int g) {
    return body.shapes.given_text(static_cast<std::size_t>(g)) + " is " +
           std::to_string(given[static_cast<std::size_t>(g)]);
  };
  throw ShapeError(kernel_title(node, *body.kernel) + ": " + text(a) + " and " + text(b) +
                   "; both must be equal");
}

[[noreturn]] void too_short(const Apply& node, const kernel::Kernel& kernel,
                            const kernel::Extent& extent, const std::vector<Dims>& shapes) {
  std::string axis = "an axis has too few elements";
  if (!extent.sources.empty()) {
    const kernel::Dimension& d = extent.sources[0];
    const std::int64_t length =
        shapes[static_cast<std::size_t>(d.param)][static_cast<std::size_t>(d.dim)];
    axis = "axis " + std::to_string(d.dim) + " of " + param_name(node, kernel, d.param) +
           " has length " + std::to_string(length);
  }
  throw ValueError(kernel_title(node, kernel) + ": " + axis + "; its length must be at least " +
                   std::to_string(extent.at_least));
}

void check_rank(const Apply& node, const kernel::Kernel& kernel) {
  const auto& inputs = node.inputs();
  KROTON_CHECK(kernel.params.size() == inputs.size() + node.outputs().size());
  for (std::size_t p = 0; p < kernel.params.size(); ++p) {
    const Type& type =
        p < inputs.size() ? inputs[p].type() : node.outputs()[p - inputs.size()].type();
    if (kernel.params[p].dtype != type.dtype() ||
        kernel.params[p].rank != static_cast<int>(type.ndim())) {
      throw InternalError(node.op().text() + ": parameter " + kernel.params[p].name +
                          " of its kernel is " + name(kernel.params[p].dtype) + " of rank " +
                          std::to_string(kernel.params[p].rank) + ", the variable is " +
                          type.text() + "; they must agree, this is a bug in that op");
    }
  }
}
}  // namespace

std::optional<NodeKernel> node_kernel(const Apply& node) {
  for (const Variable& x : node.inputs()) {
    if (!ArrayCheck(x.type()).is_host_array()) return std::nullopt;
  }
  for (const Variable& x : node.outputs()) {
    if (!ArrayCheck(x.type()).is_host_array()) return std::nullopt;
  }
  auto kernel = node.op().kernel(node);
  if (!kernel) return std::nullopt;
  auto shapes = ShapeProgram::of(node);
  if (!shapes) return std::nullopt;
  check_rank(node, *kernel);
  kernel::group_overlays(*kernel);
  return NodeKernel{std::make_shared<const kernel::Kernel>(std::move(*kernel)), std::move(*shapes)};
}

std::vector<std::int64_t> kernel_extents(const Apply& node, const NodeKernel& body,
                                         const std::vector<Dims>& shapes, const Dims& registers) {
  const kernel::Kernel& kernel = *body.kernel;
  const Dims given = body.shapes.given(registers);
  std::vector<std::int64_t> extents;
  extents.reserve(kernel.extents.size());
  for (const kernel::Extent& extent : kernel.extents) {
    const auto length = [&](const kernel::Dimension& d) {
      return shapes[static_cast<std::size_t>(d.param)][static_cast<std::size_t>(d.dim)];
    };
    const auto number = [&](int g) { return given[static_cast<std::size_t>(g)]; };
    const auto is_input = [&](const kernel::Dimension& d) {
      return static_cast<std::size_t>(d.param) < node.inputs().size();
    };
    // Inputs and what is given are the user's; outputs follow from them.
    const kernel::Dimension* first = nullptr;
    for (const bool of_inputs : {true, false}) {
      for (const kernel::Dimension& source : extent.sources) {
        if (is_input(source) != of_inputs ||
            static_cast<std::size_t>(source.param) >= shapes.size())
          continue;
        if (!first) first = &source;
        if (length(source) != length(*first)) mismatch(node, kernel, *first, source, shapes);
      }
      for (int g : extent.given) {
        if (number(g) != number(extent.given[0])) mismatch(node, body, extent.given[0], g, given);
        if (first && length(*first) != number(g)) {
          mismatch(node, body, *first, static_cast<std::size_t>(g), number(g), shapes);
        }
      }
    }
    extents.push_back(first ? length(*first) : extent.given.empty() ? 0 : number(extent.given[0]));
  }
  if (const int e = kernel::too_short(kernel, extents); e >= 0)
    too_short(node, kernel, kernel.extents[static_cast<std::size_t>(e)], shapes);
  return extents;
}

namespace {
// How the position that a fault is about was computed; null when no access tells.
const kernel::Expr* position_of(const kernel::Kernel& kernel, const kernel::Fault& fault) {
  std::vector<const kernel::Access*> accesses;
  for (const kernel::Access& access : kernel.accesses) accesses.push_back(&access);
  for (const kernel::Stage& stage : kernel.stages) {
    for (const kernel::Statement& statement : stage.statements)
      accesses.push_back(&statement.access);
  }
  for (const kernel::Access* access : accesses) {
    if (access->param != fault.param || !access->checked) continue;
    for (const kernel::Term& term : access->index[static_cast<std::size_t>(fault.dim)].terms) {
      if (term.kind == kernel::Term::Kind::value)
        return &kernel.exprs[static_cast<std::size_t>(term.id)];
    }
  }
  return nullptr;
}
}  // namespace

void throw_fault(const Apply& node, const kernel::Kernel& kernel, const kernel::Fault& fault,
                 const Dims& shape) {
  const auto dim = static_cast<std::size_t>(fault.dim);
  const std::int64_t length = dim < shape.size() ? shape[dim] : 0;
  const kernel::Expr* const position = position_of(kernel, fault);
  // One that the kernel itself says, such as length - 3 for -3.
  const bool is_fixed = position && position->kind == kernel::ExprKind::index;
  // Whether negative ones count from the end: those that come without a choice do not.
  const bool from_either_end = !position || is_fixed || position->kind == kernel::ExprKind::select;
  const bool from_end = fault.index < 0 && is_fixed;
  const std::int64_t index = from_end ? fault.index - length : fault.index;
  const std::string title = kernel_title(node, kernel);
  throw ValueError(title + (title == "index" ? ": " : ": index ") + std::to_string(index) +
                   " is out of range for axis " + std::to_string(fault.dim) + " of length " +
                   std::to_string(length) + "; " +
                   (length == 0 ? "it has no element"
                                : "give " + std::to_string(from_either_end ? -length : 0) + " to " +
                                      std::to_string(length - 1)));
}

namespace {
struct Bound {
  std::vector<Dims> shapes, strides;
  std::vector<void*> pointers;
  void add(const NDArray& array) {
    shapes.push_back(array.shape());
    strides.push_back(array.strides());
    pointers.push_back(array.raw());
  }
};

// The values of the leaves of a node's shape program, from its own inputs.
Dims leaf_values(const Apply& node, const ShapeProgram& program, std::span<const Value> inputs) {
  Dims values;
  for (const ShapeProgram::Leaf& leaf : program.leaves()) {
    std::size_t i = 0;
    while (i < node.inputs().size() && !(node.inputs()[i] == leaf.variable)) ++i;
    if (i == node.inputs().size()) {
      const auto constant = as<Constant>(leaf.variable);
      if (!constant) {
        throw UnsupportedError(node.op().text() + ": the shape of its output depends on " +
                               leaf.variable.text() +
                               ", which is not an input of the node; run it by the linker vm");
      }
      values.push_back(leaf.axis < 0 ? constant->data().item<std::int64_t>()
                                     : NDArray(constant->data()).shape_data()[leaf.axis]);
      continue;
    }
    values.push_back(leaf.axis < 0 ? inputs[i].item<std::int64_t>()
                                   : NDArray(inputs[i]).shape_data()[leaf.axis]);
  }
  return values;
}
}  // namespace

void check_extents(const Apply& node, const NodeKernel& body, std::span<const Value> inputs) {
  std::vector<Dims> shapes;
  for (const Value& input : inputs) shapes.push_back(NDArray(input).shape());
  Dims registers;
  body.shapes.run(leaf_values(node, body.shapes, inputs), registers);
  kernel_extents(node, body, shapes, registers);
}

Apply detached(const Apply& node) {
  Variables inputs;
  for (const Variable& input : node.inputs()) {
    inputs.push_back(as<Constant>(input) ? input : input.type().make_variable(input.text()));
  }
  return node.clone_with_new_inputs(inputs);
}

kernel::Specialised usual_layout(const NodeKernel& body) {
  constexpr std::int64_t usual_length = 100;
  const kernel::Kernel& kernel = *body.kernel;
  std::vector<Dims> strides;
  for (std::size_t p = 0; p < kernel.params.size(); ++p) {
    const kernel::Param& param = kernel.params[p];
    Dims of_param(at(param.rank));
    auto step = static_cast<std::int64_t>(itemsize(param.dtype));
    for (int dim = param.rank; dim-- > 0;) {
      of_param[at(dim)] = step;
      if (kernel::extent_of(kernel, static_cast<int>(p), dim) >= 0) step *= usual_length;
    }
    strides.push_back(std::move(of_param));
  }
  return kernel::specialise(body.kernel, Dims(kernel.extents.size(), usual_length), strides);
}

bool run_kernel(const Apply& node, const NodeKernel& body_of, KernelBody body,
                std::span<const Value> inputs, std::span<Value> outputs, const ReadyKernel* ready) {
  const kernel::Kernel& kernel = *body_of.kernel;
  Bound bound;
  for (const Value& input : inputs) bound.add(NDArray(input));
  Dims registers;
  body_of.shapes.run(leaf_values(node, body_of.shapes, inputs), registers);
  Values fresh;
  const AliasMap destroys = node.op().destroy_map();
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    Dims shape(body_of.shapes.ndim(o));
    body_of.shapes.shape(o, registers, shape.data());
    const kernel::Param& param = kernel.params[inputs.size() + o];
    const auto destroyed = destroys.find(static_cast<int>(o));
    if (param.role == kernel::Role::inout && destroyed != destroys.end()) {
      fresh.emplace_back(NDArray(inputs[static_cast<std::size_t>(destroyed->second.at(0))]).copy());
    } else {
      element_count(shape.data(), shape.size(), itemsize(param.dtype), kernel.name);
      const bool fits = outputs[o].is_array() && outputs[o].as<NDArray>().dtype() == param.dtype &&
                        outputs[o].as<NDArray>().shape() == shape;
      fresh.emplace_back(fits ? outputs[o].as<NDArray>() : NDArray::empty(shape, param.dtype));
    }
    bound.add(fresh.back().as<NDArray>());
  }
  const Dims extents = kernel_extents(node, body_of, bound.shapes, registers);
  kernel::Fault fault;
  if (body == KernelBody::interpreted) {
    fault = kernel::interpret(kernel, extents, bound.pointers, bound.strides);
  } else {
    const kernel::Specialised specialised =
        kernel::specialise(body_of.kernel, extents, bound.strides);
    const auto code = ready && ready->key == specialised.key ? ready->code : compiled(specialised);
    if (!code) return false;
    kernel::Launch launch(specialised);
    launch.bind(bound.pointers.data());
    if (!launch.empty) fault = kernel::run(*code, launch);
  }
  if (fault) throw_fault(node, kernel, fault, bound.shapes[static_cast<std::size_t>(fault.param)]);
  for (std::size_t o = 0; o < outputs.size(); ++o) outputs[o] = std::move(fresh[o]);
  return true;
}
}  // namespace kroton::link
