// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/builder.h"
#include "kroton/ndarray/cast.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
// A fresh int64 vector, or the cell's own when it fits and nobody else sees it.
NDArray int_vector(Value& cell, std::size_t n) {
  if (cell.is_array()) {
    const NDArray& old = cell.as<NDArray>();
    if (old.dtype() == int64 && old.ndim() == 1 && old.size() == n && old.is_c_contiguous() &&
        old.is_sole_owner()) {
      return old;
    }
  }
  return NDArray::empty(Shape{static_cast<std::int64_t>(n)}, int64);
}

bool lies_on_host(const Variable& x) { return *x.type().host_form() == x.type(); }
}  // namespace

// ---------------------------------------------------------------- ShapeOf
Apply ShapeOf::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == 1);
  inputs[0].type().broadcastable();  // TypeError for what has no axes
  return Apply(*this, inputs, {TensorType(int64, {false})()});
}
Shapes ShapeOf::infer_shape(const Apply& node, Shapes) const {
  return {{{ShapeExpr(static_cast<std::int64_t>(node.inputs()[0].ndim()))}}};
}
Connections ShapeOf::connection_pattern(const Apply&) const { return {{false}}; }
Variables ShapeOf::grad(const Apply&, Variables) const { return {disconnected()}; }
Variables ShapeOf::r_op(const Apply& node, Variables) const { return no_change(node); }
void ShapeOf::perform(const Apply&, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  const Shape lengths = inputs[0].array_shape();
  NDArray shape = int_vector(output_storage[0], lengths.size());
  std::copy(lengths.begin(), lengths.end(), shape.data<std::int64_t>());
  output_storage[0] = shape;
}

// ---------------------------------------------------------------- Shape_i
Apply Shape_i::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == 1);
  if (axis_ < 0 || axis_ >= static_cast<int>(inputs[0].ndim())) {
    throw ValueError(fmt::format("shape: axis {} is out of range; {} is {}", axis_,
                                 inputs[0].text(), inputs[0].type().text()));
  }
  return Apply(*this, inputs, {TensorType(int64, {})()});
}
Shapes Shape_i::infer_shape(const Apply&, Shapes) const { return {{std::vector<ShapeExpr>{}}}; }
Connections Shape_i::connection_pattern(const Apply&) const { return {{false}}; }
Variables Shape_i::grad(const Apply&, Variables) const { return {disconnected()}; }
Variables Shape_i::r_op(const Apply& node, Variables) const { return no_change(node); }
// So that what is computed of lengths is planned with the arrays.
std::optional<kernel::Kernel> Shape_i::kernel(const Apply& node) const {
  if (!lies_on_host(node.inputs()[0])) return std::nullopt;
  kernel::Builder b("shape");
  const int from = add_input(b, "x", node.inputs()[0]);
  const int to = add_output(b, "z", node.outputs()[0]);
  const int n = b.extent("n", {{from, axis_}});
  b.stage();
  b.store(to, {}, b.index(kernel::Affine::extent(n)));
  return b.finish();
}
void Shape_i::perform(const Apply&, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  NDArray length = NDArray::empty(Shape{}, int64);
  *length.data<std::int64_t>() = inputs[0].array_shape()[static_cast<std::size_t>(axis_)];
  output_storage[0] = length;
}

// ---------------------------------------------------------------- SpecifyShape
Apply SpecifyShape::make_node(Inputs inputs) const {
  if (inputs.size() != 2) {
    throw TypeError(
        fmt::format("specify_shape: {} inputs are given; it takes x and its shape", inputs.size()));
  }
  const Variable& x = inputs[0];
  const Variable shape = inputs[1].type().on_host(inputs[1]);
  if (shape.ndim() != 1 || !is_integer(shape.dtype())) {
    throw TypeError(fmt::format("specify_shape: the shape is {}; it must be a vector of integers",
                                shape.type().text()));
  }
  std::vector<bool> flags = x.type().broadcastable();
  if (const auto known = known_length_of_vector(shape);
      known && *known != static_cast<std::int64_t>(flags.size())) {
    throw TypeError(fmt::format("specify_shape: {} lengths are given; {} is {}", *known, x.text(),
                                x.type().text()));
  }
  const auto lengths = lengths_of_vector(shape, static_cast<int>(flags.size()));
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const auto length = lengths[i].constant();
    if (flags[i] && length && *length != 1) {
      throw TypeError(fmt::format(
          "specify_shape: length {} is given for axis {}; {} is {}, whose axis {} has length 1",
          *length, i, x.text(), x.type().text(), i));
    }
    if (length == 1) flags[i] = true;
  }
  return Apply(*this, {x, shape}, {Variable(*x.type().with(x.dtype(), flags))});
}
Shapes SpecifyShape::infer_shape(const Apply& node, Shapes) const {
  return {lengths_of_vector(node.inputs()[1], static_cast<int>(node.inputs()[0].ndim()))};
}
Connections SpecifyShape::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}
Variables SpecifyShape::grad(const Apply& node, Variables gz) const {
  return {with_flags(make_node({gz[0], node.inputs()[1]}).outputs()[0],
                     node.inputs()[0].broadcastable()),
          disconnected()};
}
Variables SpecifyShape::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
void SpecifyShape::perform(const Apply&, std::span<const Value> inputs,
                           std::span<Value> output_storage) const {
  const NDArray lengths = static_cast<NDArray>(inputs[1]).astype(int64);
  const Shape is = inputs[0].array_shape(), shape = lengths.to_vector<std::int64_t>();
  if (shape != is) {
    throw ShapeError(fmt::format("specify_shape: x has shape {}; the graph says {}", shape_text(is),
                                 shape_text(shape)));
  }
  output_storage[0] = inputs[0];
}

// ---------------------------------------------------------------- Rebroadcast
Apply Rebroadcast::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == 1);
  const Variable& x = inputs[0];
  std::vector<bool> flags = x.type().broadcastable();
  for (const auto& [axis, flag] : flags_) {
    if (axis < 0 || axis >= static_cast<int>(flags.size())) {
      throw ValueError(fmt::format("rebroadcast: axis {} is out of range; {} is {}", axis, x.text(),
                                   x.type().text()));
    }
    flags[static_cast<std::size_t>(axis)] = flag;
  }
  return Apply(*this, inputs, {Variable(*x.type().with(x.dtype(), flags))});
}
Shapes Rebroadcast::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  for (const auto& [axis, flag] : flags_) {
    if (flag) (*in[0])[static_cast<std::size_t>(axis)] = ShapeExpr(1);
  }
  return {in[0]};
}
Variables Rebroadcast::grad(const Apply& node, Variables gz) const {
  return {with_flags(gz[0], node.inputs()[0].broadcastable())};
}
Variables Rebroadcast::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
void Rebroadcast::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  const Shape shape = inputs[0].array_shape();
  for (const auto& [axis, flag] : flags_) {
    if (flag && shape[static_cast<std::size_t>(axis)] != 1) {
      throw ShapeError(fmt::format(
          "rebroadcast: x has shape {}; its axis {} must have length 1 to be broadcastable",
          shape_text(shape), axis));
    }
  }
  output_storage[0] = inputs[0];
}

// ---------------------------------------------------------------- MakeVector
Apply MakeVector::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  for (const Variable& x : inputs) {
    if (x.ndim() != 0 || x.dtype() != dtype_) {
      throw TypeError(fmt::format("MakeVector: {} is {}; 0-d variables of {} are needed", x.text(),
                                  x.type().text(), name(dtype_)));
    }
  }
  return Apply(*this, inputs, {TensorType(dtype_, {inputs.size() == 1})()});
}
Shapes MakeVector::infer_shape(const Apply& node, Shapes) const {
  return {{{ShapeExpr(static_cast<std::int64_t>(node.inputs().size()))}}};
}
Variables MakeVector::grad(const Apply& node, Variables gz) const {
  Variables out;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    out.push_back(is_discrete(dtype_) ? zero_gradient(node.inputs()[i])
                                      : gz[0][static_cast<std::int64_t>(i)]);
  }
  return out;
}
Variables MakeVector::r_op(const Apply& node, Variables eval_points) const {
  Variables changes;
  for (std::size_t i = 0; i < eval_points.size(); ++i) {
    changes.push_back(eval_points[i] ? eval_points[i] : zero_gradient(node.inputs()[i]));
  }
  return make_node(changes).outputs();
}
void MakeVector::perform(const Apply&, std::span<const Value> inputs,
                         std::span<Value> output_storage) const {
  NDArray out = NDArray::empty(Shape{static_cast<std::int64_t>(inputs.size())}, dtype_);
  const std::size_t size = itemsize(dtype_);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::memcpy(static_cast<std::byte*>(out.raw()) + i * size, inputs[i].as<NDArray>().raw(), size);
  }
  output_storage[0] = out;
}

// ---------------------------------------------------------------- user functions
Variable specify_shape(const Variable& x, std::initializer_list<Operand> shape) {
  const CreationLine line(shape.size() > 0 ? shape.begin()->line() : x.line());
  return SpecifyShape()(x, vector_of_lengths(lengths_of_operands(shape, "specify_shape")));
}

Variable with_flags(const Variable& x, const std::vector<bool>& broadcastable) {
  const std::vector<bool>& flags = x.type().broadcastable();
  KROTON_CHECK(flags.size() == broadcastable.size());
  std::vector<std::pair<int, bool>> changes;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] != broadcastable[i]) changes.emplace_back(static_cast<int>(i), broadcastable[i]);
  }
  return changes.empty() ? x : Rebroadcast(std::move(changes)).make_node({x}).outputs()[0];
}
}  // namespace kroton::tensor
