// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/elemwise.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/kernel/builder.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
std::vector<DType> dtypes_of(const Variables& inputs) {
  std::vector<DType> dtypes;
  for (const Variable& x : inputs) dtypes.push_back(x.dtype());
  return dtypes;
}

// The type that results follow: a device's when one of the inputs lives there.
const Type& leading_type(const Variables& inputs) {
  for (const Variable& x : inputs) {
    if (!dynamic_cast<const TensorType*>(&x.type())) return x.type();
  }
  return inputs[0].type();
}
}  // namespace

Apply Elemwise::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  if (static_cast<int>(inputs.size()) != row_->nin) {
    throw TypeError(
        fmt::format("{}: {} inputs are given; it takes {}", row_->name, inputs.size(), row_->nin));
  }
  std::size_t ndim = 0;
  for (const Variable& x : inputs) {
    if (!x.type().is_array()) {
      throw TypeError(fmt::format("{}: {} is {}; an array or a number is needed", row_->name,
                                  x.text(), x.type().text()));
    }
    ndim = std::max(ndim, x.ndim());
  }
  const DType dtype = scalars::typing(*row_, dtypes_of(inputs)).output;
  Variables padded;
  std::vector<bool> flags(ndim, true);
  for (const Variable& x : inputs) {
    padded.push_back(pad_left(x, ndim));
    for (std::size_t d = 0; d < ndim; ++d)
      flags[d] = flags[d] && padded.back().type().broadcastable()[d];
  }
  for (const auto& [output, destroyed] : inplace_) {
    const Type& type = padded[static_cast<std::size_t>(destroyed.at(0))].type();
    if (type.dtype() != dtype || type.broadcastable() != flags) {
      throw TypeError(fmt::format("{}: input {} is {} and cannot hold output {} in place",
                                  row_->name, destroyed.at(0), type.text(), output));
    }
  }
  return Apply(*this, padded, {Variable(*leading_type(padded).with(dtype, flags))});
}

Shapes Elemwise::infer_shape(const Apply& node, Shapes in) const {
  std::vector<ShapeExpr> shape;
  const std::vector<bool>& flags = node.outputs()[0].type().broadcastable();
  for (std::size_t d = 0; d < flags.size(); ++d) {
    if (flags[d]) {
      shape.push_back(ShapeExpr(1));
      continue;
    }
    // Lengths must agree, so any input tells it; a constant one tells most.
    std::optional<ShapeExpr> length;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (node.inputs()[i].type().broadcastable()[d] || !in[i]) continue;
      if (!length || (*in[i])[d].constant()) length = (*in[i])[d];
    }
    if (!length) return {std::nullopt};
    shape.push_back(*length);
  }
  return {shape};
}

Connections Elemwise::connection_pattern(const Apply& node) const {
  Connections connections(node.inputs().size(), {true});
  if (row_.get() == &scalars::op::second) connections[0] = {false};
  return connections;
}

Variables Elemwise::grad(const Apply& node, Variables gz) const {
  Variables gradients = scalars::gradients(*row_, node.inputs(), node.outputs()[0], gz[0]);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].type().is_array()) gradients[i] = sum_to(gradients[i], node.inputs()[i]);
  }
  return gradients;
}

Variables Elemwise::r_op(const Apply& node, Variables eval_points) const {
  const Variable change =
      scalars::pushforward(*row_, node.inputs(), node.outputs()[0], eval_points);
  if (!change || change.broadcastable() == node.outputs()[0].broadcastable()) return {change};
  return {fill(node.outputs()[0], change)};
}

std::optional<kernel::Kernel> Elemwise::kernel(const Apply& node) const {
  const Variables& inputs = node.inputs();
  const Variable& z = node.outputs()[0];
  Builder b(row_->name);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    add_input(b, operand_name(i, inputs.size()), inputs[i]);
  const int to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(z.ndim());
  for (std::size_t d = 0; d < z.ndim(); ++d) {
    const int dim = static_cast<int>(d);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].type().broadcastable()[d]) sources[d].push_back({static_cast<int>(i), dim});
    }
    if (!sources[d].empty()) sources[d].push_back({to, dim});
  }
  const Domain domain = outer_domain(b, sources);
  std::vector<kernel::ExprId> arguments;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<Affine> index = domain;
    for (std::size_t d = 0; d < z.ndim(); ++d) {
      if (inputs[i].type().broadcastable()[d]) index[d] = Affine(0);
    }
    arguments.push_back(b.load(static_cast<int>(i), index));
  }
  b.stage();
  kernel::ExprId value = arguments[0];
  if (row_->target) {
    value = b.cast(*row_->target, value);
  } else {
    const scalars::Typing typing = scalars::typing(*row_, dtypes_of(inputs));
    value = b.cast(typing.output, b.apply(row_, typing.compute, arguments));
  }
  b.store(to, domain, value);
  return b.finish();
}

std::string Elemwise::text() const {
  if (inplace_.empty()) return "Elemwise{" + row_->name + "}";
  return "Elemwise{" + row_->name + ", inplace: " + field_text(inplace_) + "}";
}

bool Elemwise::equals(const Op& other) const {
  const auto* elemwise = dynamic_cast<const Elemwise*>(&other);
  if (!elemwise || elemwise->inplace_ != inplace_) return false;
  const scalars::Row& row = elemwise->row();
  return &row == row_.get() || (kernel::same_function(row, *row_) && row.rule == row_->rule &&
                                row.target == row_->target && row.gradient == row_->gradient);
}
std::size_t Elemwise::hash() const { return hash_text(text()); }

bool is(const Apply& node, const scalars::Row& row) { return row_of(node) == &row; }

const scalars::Row* row_of(const Apply& node) {
  const auto* elemwise = as<Elemwise>(node);
  return elemwise ? &elemwise->row() : nullptr;
}

Variable elementwise(const scalars::Row& row, const Variables& inputs) {
  return Elemwise(row).make_node(inputs).outputs()[0];
}
}  // namespace kroton::tensor

namespace kroton::scalars {
Variable apply(const Row& row, const Variables& inputs) { return tensor::elementwise(row, inputs); }
}  // namespace kroton::scalars
