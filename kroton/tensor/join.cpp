// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/join.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
// A kernel with more parameters is slower to make than two kernels.
constexpr std::size_t most_parts = 16;

bool is_fixed(const Variable& x, int axis) { return x.type().broadcastable()[at(axis)]; }

// Outer axes for all axes of PARTS (params from FIRST on) but AXIS, which stays 0; RESULT is a
// param with the same lengths, or -1.
Domain side_axes(Builder& b, const Variables& parts, int first, int result, int axis) {
  std::vector<std::vector<kernel::Dimension>> sources(parts[0].ndim());
  for (int d = 0; d < static_cast<int>(sources.size()); ++d) {
    const bool all_fixed =
        std::all_of(parts.begin(), parts.end(), [&](const Variable& x) { return is_fixed(x, d); });
    if (d == axis || all_fixed) continue;
    for (int i = 0; i < static_cast<int>(parts.size()); ++i)
      sources[at(d)].push_back({first + i, d});
    if (result >= 0) sources[at(d)].push_back({result, d});
  }
  return outer_domain(b, sources);
}

// The length of PARTS[i] (a param) along AXIS.
Affine length_along(Builder& b, const Variable& part, int param, int axis) {
  if (is_fixed(part, axis)) return Affine(1);
  return Affine::extent(b.extent("m" + std::to_string(param), {{param, axis}}));
}
}  // namespace

// ---------------------------------------------------------------- Join
Apply Join::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(!inputs.empty());
  std::vector<bool> flags = inputs[0].broadcastable();
  KROTON_CHECK(axis_ >= 0 && axis_ < static_cast<int>(flags.size()));
  for (const Variable& x : inputs) {
    if (x.ndim() != flags.size() || x.dtype() != inputs[0].dtype()) {
      throw TypeError(fmt::format(
          "{}: {} is {} and {} is {}; they must have one dtype and number of dimensions", who_,
          inputs[0].text(), inputs[0].type().text(), x.text(), x.type().text()));
    }
    for (std::size_t d = 0; d < flags.size(); ++d) {
      if (x.type().broadcastable()[d]) flags[d] = true;
    }
  }
  flags[at(axis_)] = inputs.size() == 1 && is_fixed(inputs[0], axis_);
  return Apply(*this, inputs, {Variable(*inputs[0].type().with(inputs[0].dtype(), flags))});
}

Shapes Join::infer_shape(const Apply& node, Shapes in) const {
  if (std::any_of(in.begin(), in.end(), [](const auto& shape) { return !shape; }))
    return {std::nullopt};
  std::vector<ShapeExpr> shape = *in[0];
  for (std::size_t i = 1; i < in.size(); ++i)
    shape[at(axis_)] = shape[at(axis_)] + (*in[i])[at(axis_)];
  const std::vector<bool>& flags = node.outputs()[0].type().broadcastable();
  for (std::size_t d = 0; d < flags.size(); ++d) {
    if (flags[d]) shape[d] = ShapeExpr(1);
  }
  return {shape};
}

Variables Join::grad(const Apply& node, Variables gz) const {
  Variables out, inputs{gz[0]};
  for (const Variable& x : node.inputs()) {
    inputs.push_back(x);
    out.push_back(is_discrete(x.dtype()) ? zero_gradient(x)
                                         : JoinedPart(axis_).make_node(inputs).outputs()[0]);
  }
  return out;
}

Variables Join::r_op(const Apply& node, Variables eval_points) const {
  if (std::none_of(eval_points.begin(), eval_points.end(),
                   [](const Variable& e) { return static_cast<bool>(e); }))
    return no_change(node);
  for (std::size_t i = 0; i < eval_points.size(); ++i) {
    if (!eval_points[i]) eval_points[i] = zero_gradient(node.inputs()[i]);
  }
  return make_node(eval_points).outputs();
}

// One stage per part: a box of the result each.
std::optional<kernel::Kernel> Join::kernel(const Apply& node) const {
  const Variables& parts = node.inputs();
  const Variable& z = node.outputs()[0];
  Builder b(who_);
  for (std::size_t i = 0; i < parts.size(); ++i)
    add_input(b, operand_name(i, parts.size()), parts[i]);
  const int to = add_output(b, "z", z);
  Domain here = side_axes(b, parts, 0, to, axis_);
  Affine offset(0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Affine length = length_along(b, parts[i], static_cast<int>(i), axis_);
    b.stage();
    Domain there = here;
    there[at(axis_)] = length.is_constant() ? Affine(0) : Affine::axis(b.axis(length));
    here[at(axis_)] = there[at(axis_)] + offset;
    b.store(to, here, b.load(static_cast<int>(i), there));
    offset = offset + length;
  }
  return b.finish();
}

// ---------------------------------------------------------------- JoinedPart
Apply JoinedPart::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() >= 2 && inputs[0].ndim() == inputs.back().ndim() &&
               axis_ < static_cast<int>(inputs[0].ndim()));
  const Variable& part = inputs.back();
  return Apply(*this, inputs,
               {Variable(*part.type().with(inputs[0].dtype(), part.broadcastable()))});
}
Shapes JoinedPart::infer_shape(const Apply&, Shapes in) const { return {in.back()}; }
Connections JoinedPart::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}
Variables JoinedPart::grad(const Apply& node, Variables gz) const {
  Variables out(node.inputs().size(), disconnected());
  const Variable& z = node.inputs()[0];
  out[0] = zero_gradient(z);
  if (is_discrete(z.dtype())) return out;
  Variable start = constant(0, int64);
  for (std::size_t i = 1; i + 1 < node.inputs().size(); ++i)
    start = start + length_of(node.inputs()[i], axis_);
  std::vector<Index> box(z.ndim(), Index(kroton::slice()));
  box[at(axis_)] = Index(slice(start, start + length_of(node.inputs().back(), axis_)));
  out[0] = inc_subtensor(out[0][box], gz[0]);
  return out;
}
Variables JoinedPart::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
std::optional<kernel::Kernel> JoinedPart::kernel(const Apply& node) const {
  const Variables parts(node.inputs().begin() + 1, node.inputs().end());
  const Variable& z = node.outputs()[0];
  Builder b("part");
  add_input(b, "x", node.inputs()[0]);
  for (const Variable& part : parts) add_input(b, "y", part);
  const int to = add_output(b, "z", z), last = to - 1;
  std::vector<std::vector<kernel::Dimension>> sources(z.ndim());
  for (int d = 0; d < static_cast<int>(z.ndim()); ++d) {
    if (!is_fixed(z, d)) sources[at(d)] = {{last, d}, {to, d}};
    if (!is_fixed(z, d) && d != axis_ && !is_fixed(node.inputs()[0], d))
      sources[at(d)].push_back({0, d});
  }
  const Domain domain = outer_domain(b, sources);
  Domain there = domain;
  for (int i = 1; i < last; ++i)
    there[at(axis_)] = there[at(axis_)] + length_along(b, node.inputs()[at(i)], i, axis_);
  b.stage();
  b.store(to, domain, b.load(0, there));
  return b.finish();
}

// ---------------------------------------------------------------- Split
Apply Split::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2 && axis_ >= 0 && axis_ < static_cast<int>(inputs[0].ndim()));
  const Variable &x = inputs[0], &sizes = inputs[1];
  if (!sizes.type().is_array() || sizes.ndim() != 1 || !is_integer(sizes.dtype())) {
    throw TypeError(fmt::format("split: the sizes are {}; they must be a vector of integers",
                                sizes.type().text()));
  }
  if (const auto n = known_length_of_vector(sizes); n && *n != count_) {
    throw ValueError(fmt::format("split: {} sizes are given for {} parts", *n, count_));
  }
  Variables outputs;
  for (const ShapeExpr& length : lengths_of_vector(sizes, count_)) {
    std::vector<bool> flags = x.broadcastable();
    flags[at(axis_)] = length.constant() == 1;
    if (length.constant().value_or(0) < 0) {
      throw ValueError(
          fmt::format("split: size {} is negative; sizes are lengths", *length.constant()));
    }
    outputs.push_back(Variable(*x.type().with(x.dtype(), flags)));
  }
  return Apply(*this, inputs, outputs);
}
Shapes Split::infer_shape(const Apply& node, Shapes in) const {
  Shapes out(at(count_));
  if (!in[0]) return out;
  const std::vector<ShapeExpr> lengths = lengths_of_vector(node.inputs()[1], count_);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = in[0];
    (*out[i])[at(axis_)] = lengths[i];
  }
  return out;
}
Connections Split::connection_pattern(const Apply& node) const { return first_connected(node, 1); }
Variables Split::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x), disconnected()};
  for (std::size_t i = 0; i < gz.size(); ++i) {
    if (!gz[i].type().is_array()) gz[i] = zero_gradient(node.outputs()[i]);
  }
  return {with_flags(join(axis_, gz), x.broadcastable()), disconnected()};
}
Variables Split::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return no_change(node);
  return make_node({eval_points[0], node.inputs()[1]}).outputs();
}
void Split::perform(const Apply&, std::span<const Value> inputs,
                    std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  const std::vector<std::int64_t> sizes =
      static_cast<NDArray>(inputs[1]).astype(int64).to_vector<std::int64_t>();
  const bool fits =
      sizes.size() == output_storage.size() &&
      std::all_of(sizes.begin(), sizes.end(), [](auto n) { return n >= 0; }) &&
      std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) == x.shape_data()[axis_];
  if (!fits) {
    throw ShapeError(fmt::format(
        "split: the sizes are {} and x has shape {}; {} lengths must add up to {}, its length along "
        "axis {}",
        shape_text(sizes), shape_text(x.shape()), count_, x.shape_data()[axis_], axis_));
  }
  std::int64_t start = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::vector<HostIndex> box(at(axis_), HostIndex(kroton::slice()));
    box.emplace_back(kroton::slice(start, start + sizes[i]));
    output_storage[i] = x.slice(std::span<const HostIndex>(box));
    start += sizes[i];
  }
}
AliasMap Split::view_map() const {
  AliasMap views;
  for (int i = 0; i < count_; ++i) views[i] = {0};
  return views;
}

// ---------------------------------------------------------------- user functions
namespace {
// The parts as arrays of one dtype; their number of axes is make_node's to check.
Variables alike(std::vector<Variable> parts, const char* who) {
  if (parts.empty())
    throw ValueError(fmt::format("{}: no variables are given; give at least one", who));
  std::vector<DType> dtypes;
  for (Variable& x : parts) {
    x = array_operand(x, who);
    dtypes.push_back(x.dtype());
  }
  const DType dtype = scalars::promote(dtypes);
  for (Variable& x : parts) x = cast(x, dtype);
  return parts;
}

// Many parts are joined in groups, then those.
Variable joined(const Variables& parts, int axis, const char* who) {
  if (parts.size() == 1) return parts[0];
  const Join join(axis, who);
  if (parts.size() <= most_parts) return join.make_node(parts).outputs()[0];
  Variables groups;
  for (std::size_t i = 0; i < parts.size(); i += most_parts) {
    const auto first = parts.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last =
        parts.begin() + static_cast<std::ptrdiff_t>(std::min(parts.size(), i + most_parts));
    groups.push_back(joined(Variables(first, last), axis, who));
  }
  return joined(groups, axis, who);
}

Variable joined_along(int axis, std::vector<Variable> given, const char* who) {
  const Variables parts = alike(std::move(given), who);
  if (parts[0].ndim() == 0) {
    throw TypeError(fmt::format("{}: {} is {}; numbers have no axis to be joined along, use stack",
                                who, parts[0].text(), parts[0].type().text()));
  }
  return joined(parts, normalized_axis(axis, parts[0].ndim(), who), who);
}
}  // namespace

Variable join(int axis, std::vector<Variable> parts, std::source_location line) {
  const CreationLine scope(line);
  return joined_along(axis, std::move(parts), "join");
}
Variable concatenate(std::vector<Variable> parts, int axis, std::source_location line) {
  const CreationLine scope(line);
  return joined_along(axis, std::move(parts), "concatenate");
}

Variable stack(std::vector<Variable> given, int axis, std::source_location line) {
  const CreationLine scope(line);
  Variables parts = alike(std::move(given), "stack");
  const std::size_t ndim = parts[0].ndim();
  axis = normalized_axis(axis, ndim + 1, "stack");
  for (const Variable& x : parts) {
    if (x.ndim() == ndim) continue;
    throw TypeError(
        fmt::format("stack: {} is {} and {} is {}; they must have one number of "
                    "dimensions",
                    parts[0].text(), parts[0].type().text(), x.text(), x.type().text()));
  }
  // A vector of integers may be a shape: those are looked through.
  if (ndim == 0 && is_integer(parts[0].dtype()))
    return MakeVector(parts[0].dtype()).make_node(parts).outputs()[0];
  for (Variable& x : parts) x = expand_axes(x, {axis});
  return joined(parts, axis, "stack");
}

std::vector<Variable> split(const Variable& given, const Variable& sizes, int count, int axis,
                            std::source_location line) {
  const CreationLine scope(line);
  const Variable x = array_operand(given, "split");
  axis = normalized_axis(axis, x.ndim(), "split");
  if (count < 1)
    throw ValueError(fmt::format("split: {} parts are asked for; give 1 or more", count));
  return Split(axis, count).make_node({x, array_operand(sizes, "split")}).outputs();
}
std::vector<Variable> split(const Variable& x, std::vector<std::int64_t> sizes, int axis,
                            std::source_location line) {
  const CreationLine scope(line);
  return split(x, constant(array(sizes)), static_cast<int>(sizes.size()), axis, line);
}
}  // namespace kroton::tensor
