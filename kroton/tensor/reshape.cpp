// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/reshape.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
ShapeExpr product(const std::vector<ShapeExpr>& lengths, std::size_t without) {
  ShapeExpr size(1);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (i != without) size = size * lengths[i];
  }
  return size;
}
}  // namespace

Apply Reshape::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  if (inputs.size() != 2)
    throw TypeError(
        fmt::format("reshape: {} inputs are given; it takes x and its new shape", inputs.size()));
  const Variable &x = inputs[0], &shape = inputs[1];
  x.type().broadcastable();
  if (!shape.type().is_array() || shape.ndim() != 1 || !is_integer(shape.dtype())) {
    throw TypeError(fmt::format("reshape: the shape is {}; it must be a vector of integers",
                                shape.type().text()));
  }
  if (const auto n = known_length_of_vector(shape); n && *n != ndim_) {
    throw ValueError(fmt::format("reshape: {} lengths are given for {} dimensions", *n, ndim_));
  }
  std::vector<bool> flags;
  int free = 0;
  for (const ShapeExpr& length : lengths_of_vector(shape, ndim_)) {
    const auto known = length.constant();
    flags.push_back(known == 1);
    free += known == -1;
    if (known && *known < -1)
      throw ValueError(
          fmt::format("reshape: length {} is negative; only -1 has a meaning", *known));
  }
  if (free > 1) throw ValueError(fmt::format("reshape: {} lengths are -1; one may be", free));
  return Apply(*this, inputs, {Variable(*x.type().with(x.dtype(), flags))});
}

Shapes Reshape::infer_shape(const Apply& node, Shapes in) const {
  const std::vector<ShapeExpr> lengths = lengths_of_vector(node.inputs()[1], ndim_);
  std::vector<ShapeExpr> shape;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (is_never_negative(lengths[i])) {
      shape.push_back(lengths[i]);
      continue;
    }
    if (!in[0]) return {std::nullopt};
    const ShapeExpr rest = product(*in[0], in[0]->size()) / product(lengths, i);
    if (lengths[i].constant() == -1) {
      shape.push_back(rest);
      continue;
    }
    // A symbolic length may turn out to be -1.
    const ShapeExpr is_free =
        ShapeExpr::maximum(0, ShapeExpr::minimum(1, ShapeExpr(0) - lengths[i]));
    shape.push_back(lengths[i] * (ShapeExpr(1) - is_free) + rest * is_free);
  }
  return {shape};
}

Connections Reshape::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}

Variables Reshape::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x), disconnected()};
  Variables lengths;
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis)
    lengths.push_back(length_of(x, axis));
  return {reshape(gz[0], vector_of_lengths(lengths), static_cast<int>(x.ndim())), disconnected()};
}

Variables Reshape::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}

void Reshape::perform(const Apply& node, std::span<const Value> inputs,
                      std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  const Shape wanted = static_cast<NDArray>(inputs[1]).astype(int64).to_vector<std::int64_t>();
  if (static_cast<int>(wanted.size()) != ndim_) {
    throw ShapeError(
        fmt::format("reshape: the shape has {} lengths; {} are needed", wanted.size(), ndim_));
  }
  Shape shape;
  try {
    shape = resolve_reshape(wanted, x.shape_data(), x.ndim(), static_cast<std::int64_t>(x.size()),
                            "reshape");
  } catch (const ValueError& error) {
    throw ShapeError(error.what());
  }
  const std::vector<bool>& flags = node.outputs()[0].type().broadcastable();
  for (std::size_t i = 0; i < flags.size(); ++i) KROTON_CHECK(!flags[i] || shape[i] == 1);
  output_storage[0] = x.reshape(shape);
}

Variable reshape(const Variable& x, std::initializer_list<Operand> shape) {
  return reshape(x, std::vector<Operand>(shape));
}
Variable reshape(const Variable& x, const std::vector<Operand>& shape) {
  std::optional<CreationLine> line;
  if (!shape.empty()) line.emplace(shape[0].line());
  return reshape(x, vector_of_lengths(lengths_of_operands(shape, "reshape")),
                 static_cast<int>(shape.size()));
}
Variable reshape(const Variable& x, const Variable& shape, int ndim) {
  if (ndim < 0) throw ValueError(fmt::format("reshape: ndim is {}; it must be 0 or more", ndim));
  return Reshape(ndim).make_node({array_operand(x, "reshape"), shape}).outputs()[0];
}

Variable flatten(const Variable& x, int ndim) {
  array_operand(x, "flatten");
  const int rank = static_cast<int>(x.ndim());
  if (ndim < 1 || (ndim > rank && !(rank == 0 && ndim == 1))) {
    throw ValueError(fmt::format("flatten: ndim is {}; {} has {} dimensions, give 1 to {}", ndim,
                                 x.text(), rank, std::max(rank, 1)));
  }
  if (ndim == rank) return x;
  Variables lengths;
  for (int axis = 0; axis < ndim - 1; ++axis) lengths.push_back(length_of(x, axis));
  ShapeExpr rest(1);
  for (int axis = ndim - 1; axis < rank; ++axis) rest = rest * ShapeExpr::extent(x, axis);
  lengths.push_back(rest);
  return reshape(x, vector_of_lengths(lengths), ndim);
}
}  // namespace kroton::tensor
