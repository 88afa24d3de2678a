// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/create.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/ndarray/view.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
// Folding a larger array would trade a loop for memory that lives as long as the graph.
constexpr std::int64_t largest_folded = 64;

void check_lengths(const Variables& lengths, const char* who) {
  for (const Variable& n : lengths) {
    if (!n.type().is_array() || n.ndim() != 0 || !is_integer(n.dtype())) {
      throw TypeError(fmt::format("{}: {} is {}; a length is a 0-d integer variable", who, n.text(),
                                  n.type().text()));
    }
    if (const auto known = as_length(n).constant(); known && *known < 0) {
      throw ValueError(fmt::format("{}: length {} is negative", who, *known));
    }
  }
}

Shape lengths_of_values(std::span<const Value> lengths, const char* who) {
  Shape shape;
  for (const Value& length : lengths) {
    shape.push_back(length.item<std::int64_t>());
    if (shape.back() < 0) {
      throw ValueError(
          fmt::format("{}: length {} of axis {} is negative", who, shape.back(), shape.size() - 1));
    }
  }
  return shape;
}

// A kernel that stores one value at every element of Z, the output; CONTENT makes it from the
// index.
template <class Content>
kernel::Kernel filled(const char* name, const Apply& node, Content&& content) {
  Builder b(name);
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    add_input(b, operand_name(i, node.inputs().size()), node.inputs()[i]);
  }
  const Variable& z = node.outputs()[0];
  const int to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(z.ndim());
  for (std::size_t d = 0; d < z.ndim(); ++d) {
    if (!z.type().broadcastable()[d]) sources[d] = {{to, static_cast<int>(d)}};
  }
  const Domain domain = outer_domain(b, sources);
  b.stage();
  b.store(to, domain, content(b, domain));
  return b.finish();
}
}  // namespace

// ---------------------------------------------------------------- Alloc
Apply Alloc::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(!inputs.empty());
  const Variable& value = inputs[0];
  const Variables lengths(inputs.begin() + 1, inputs.end());
  check_lengths(lengths, "alloc");
  if (value.ndim() > lengths.size()) {
    throw TypeError(
        fmt::format("alloc: the value {} has {} dimensions and the shape {}; it may not have more",
                    value.text(), value.ndim(), lengths.size()));
  }
  std::vector<bool> flags;
  for (const Variable& n : lengths) flags.push_back(as_length(n).constant() == 1);
  const std::vector<bool>& given = value.type().broadcastable();
  const std::size_t added = flags.size() - given.size();
  for (std::size_t d = 0; d < given.size(); ++d) {
    if (flags[d + added] && !given[d]) {
      throw TypeError(fmt::format(
          "alloc: the value {} is {} and the length of axis {} is 1; that axis of the value "
          "must be broadcastable",
          value.text(), value.type().text(), d + added));
    }
  }
  return Apply(*this, inputs, {Variable(*value.type().with(value.dtype(), flags))});
}

Shapes Alloc::infer_shape(const Apply& node, Shapes) const {
  std::vector<ShapeExpr> shape;
  for (std::size_t i = 1; i < node.inputs().size(); ++i)
    shape.push_back(as_length(node.inputs()[i]));
  return {shape};
}

Connections Alloc::connection_pattern(const Apply& node) const { return first_connected(node, 1); }

Variables Alloc::grad(const Apply& node, Variables gz) const {
  const Variable& value = node.inputs()[0];
  Variables out(node.inputs().size(), disconnected());
  out[0] = is_discrete(value.dtype()) ? zero_gradient(value) : sum_to(gz[0], value);
  return out;
}

Variables Alloc::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> Alloc::kernel(const Apply& node) const {
  for (const bool stretches : node.inputs()[0].type().broadcastable()) {
    if (!stretches) return std::nullopt;
  }
  return filled("alloc", node, [&](Builder& b, const Domain&) {
    return b.load(0, std::vector<Affine>(node.inputs()[0].ndim(), Affine(0)));
  });
}

void Alloc::perform(const Apply& node, std::span<const Value> inputs,
                    std::span<Value> output_storage) const {
  const NDArray& value = inputs[0].as<NDArray>();
  const Shape shape = lengths_of_values(inputs.subspan(1), "alloc");
  const std::vector<bool>& stretches = node.inputs()[0].type().broadcastable();
  const std::size_t added = shape.size() - value.ndim();
  Shape strides(shape.size(), 0);
  for (std::size_t d = 0; d < value.ndim(); ++d) {
    if (stretches[d]) continue;
    if (value.shape_data()[d] != shape[d + added]) {
      throw ShapeError(fmt::format(
          "alloc: the value has shape {} and the result {}; lengths must be equal, or 1 on an "
          "axis that the type marks broadcastable",
          shape_text(value.shape()), shape_text(shape)));
    }
    strides[d + added] = value.strides_data()[d];
  }
  const NDArray z = NDArray::empty(shape, value.dtype());
  assign(z, value.view(shape.size(), shape.data(), strides.data()));
  output_storage[0] = z;
}

bool Alloc::do_constant_folding(const Apply& node) const {
  std::int64_t size = 1;
  for (std::size_t i = 1; i < node.inputs().size(); ++i) {
    const auto n = as_length(node.inputs()[i]).constant();
    if (!n || *n > largest_folded) return false;
    size *= *n;
    if (size > largest_folded) return false;
  }
  return true;
}

// ---------------------------------------------------------------- ARange
Apply ARange::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 3);
  for (const Variable& x : inputs) {
    if (!x.type().is_array() || x.ndim() != 0 || x.dtype() != dtype_) {
      throw TypeError(fmt::format("arange: {} is {}; start, stop and step are 0-d variables of {}",
                                  x.text(), x.type().text(), name(dtype_)));
    }
  }
  if (const auto step = constant_value(inputs[2]);
      step && step->astype(bool_).item<bool>() == false) {
    throw ValueError("arange: step is 0; it must be another number");
  }
  return Apply(*this, inputs, {TensorType(dtype_, {false})()});
}

Shapes ARange::infer_shape(const Apply& node, Shapes) const {
  if (!is_integer(dtype_)) return {std::nullopt};
  const ShapeExpr start = as_length(node.inputs()[0]), stop = as_length(node.inputs()[1]);
  const ShapeExpr step = as_length(node.inputs()[2]);
  if (!step.constant()) return {std::nullopt};  // it may be 0: perform sees
  if (step.constant() == 1) return {{{ShapeExpr::maximum(0, stop - start)}}};
  return {{{ShapeExpr::maximum(0, ShapeExpr(0) - (start - stop) / step)}}};
}

Connections ARange::connection_pattern(const Apply& node) const {
  return Connections(node.inputs().size(), {!is_discrete(dtype_)});
}

// z[i] = start + i * step; how many elements there are is no smooth function of stop.
Variables ARange::grad(const Apply& node, Variables gz) const {
  if (is_discrete(dtype_)) return Variables(3, disconnected());
  const Variable i = cast(arange(length_of(node.outputs()[0], 0)), dtype_);
  return {sum(gz[0], {}, {.dtype = gz[0].dtype()}), zero_gradient(node.inputs()[1]),
          sum(gz[0] * i, {}, {.dtype = gz[0].dtype()})};
}

Variables ARange::r_op(const Apply& node, Variables eval_points) const {
  if (is_discrete(dtype_) || (!eval_points[0] && !eval_points[2])) return no_change(node);
  const Variable start = eval_points[0] ? eval_points[0] : zero_gradient(node.inputs()[0]);
  const Variable i = cast(arange(length_of(node.outputs()[0], 0)), dtype_);
  return {eval_points[2] ? start + i * eval_points[2] : fill(i, start)};
}

std::optional<kernel::Kernel> ARange::kernel(const Apply& node) const {
  if (!is_integer(dtype_) || !constant_value(node.inputs()[2])) return std::nullopt;
  return filled("arange", node, [&](Builder& b, const Domain& domain) {
    const kernel::ExprId i = b.cast(dtype_, b.index(domain[0]));
    const kernel::ExprId steps = b.apply(kernel::builtin::mul, {i, b.load(2, {})});
    return b.apply(kernel::builtin::add, {b.load(0, {}), steps});
  });
}

void ARange::perform(const Apply&, std::span<const Value> inputs,
                     std::span<Value> output_storage) const {
  const NDArray start = inputs[0], stop = inputs[1], step = inputs[2];
  if (step.astype(bool_).item<bool>() == false)
    throw ValueError("arange: step is 0; it must be another number");
  if (!is_integer(dtype_)) {
    output_storage[0] =
        NDArray::arange(start.astype(float64).item<double>(), stop.astype(float64).item<double>(),
                        step.astype(float64).item<double>(), dtype_);
    return;
  }
  // Exactly, in 128 bits: uint64 and int64 have no common type.
  const auto wide = [&](const NDArray& x) {
    return dtype_ == uint64 ? static_cast<__int128>(x.item<std::uint64_t>())
                            : static_cast<__int128>(x.item<std::int64_t>());
  };
  const __int128 first = wide(start), by = wide(step), span = wide(stop) - first;
  const __int128 count =
      span == 0 || (span > 0) != (by > 0) ? 0 : (span + by - (by > 0 ? 1 : -1)) / by;
  if (count > std::numeric_limits<std::int64_t>::max())
    throw ValueError("arange: more than 2**63 elements are asked for");
  NDArray z = NDArray::empty(Shape{static_cast<std::int64_t>(count)}, dtype_);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
    const __int128 value = first + by * i;
    static_cast<std::uint64_t*>(z.raw())[i] = static_cast<std::uint64_t>(value);
  }
  output_storage[0] = z;
}

// ---------------------------------------------------------------- Eye
Apply Eye::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 3);
  check_lengths({inputs[0], inputs[1]}, "eye");
  if (!inputs[2].type().is_array() || inputs[2].ndim() != 0 || !is_integer(inputs[2].dtype())) {
    throw TypeError(fmt::format("eye: the diagonal {} is {}; it is a 0-d integer variable",
                                inputs[2].text(), inputs[2].type().text()));
  }
  return Apply(*this, inputs, {TensorType(dtype_, {false, false})()});
}
Shapes Eye::infer_shape(const Apply& node, Shapes) const {
  return {{{as_length(node.inputs()[0]), as_length(node.inputs()[1])}}};
}
Connections Eye::connection_pattern(const Apply& node) const { return first_connected(node, 0); }
Variables Eye::grad(const Apply&, Variables) const { return Variables(3, disconnected()); }
Variables Eye::r_op(const Apply& node, Variables) const { return no_change(node); }
std::optional<kernel::Kernel> Eye::kernel(const Apply& node) const {
  return filled("eye", node, [&](Builder& b, const Domain& domain) {
    const kernel::ExprId diagonal = b.index(domain[1] - domain[0]);
    return b.cast(dtype_, b.apply(kernel::builtin::eq, {diagonal, b.cast(int64, b.load(2, {}))}));
  });
}

void Eye::perform(const Apply&, std::span<const Value> inputs,
                  std::span<Value> output_storage) const {
  const Shape shape = lengths_of_values(inputs.first(2), "eye");
  const std::int64_t k = inputs[2].item<std::int64_t>();
  const NDArray z = NDArray::zeros(shape, dtype_);
  const std::int64_t first = std::max<std::int64_t>(0, -k), last = std::min(shape[0], shape[1] - k);
  if (first < last) {
    const Shape ones{last - first}, along{z.strides_data()[0] + z.strides_data()[1]}, repeated{0};
    const NDArray one = NDArray::full({}, 1, dtype_);
    assign(z.view(1, ones.data(), along.data(),
                  first * z.strides_data()[0] + (first + k) * z.strides_data()[1]),
           one.view(1, ones.data(), repeated.data()));
  }
  output_storage[0] = z;
}

// ---------------------------------------------------------------- user functions
Variable alloc(const Operand& value, const Variables& shape) {
  const CreationLine line(value.line());
  Variables inputs{array_operand(value, "alloc")};
  inputs.insert(inputs.end(), shape.begin(), shape.end());
  return Alloc().make_node(inputs).outputs()[0];
}
Variable alloc(const Operand& value, std::initializer_list<Operand> shape) {
  const CreationLine line(value.line());
  return alloc(value, lengths_of_operands(shape, "alloc"));
}

namespace {
Variable of_number(int number, std::initializer_list<Operand> shape, std::optional<DType> dtype,
                   const char* who) {
  std::optional<CreationLine> line;
  if (shape.size() > 0) line.emplace(shape.begin()->line());
  return alloc(constant(number, dtype.value_or(floatX())), lengths_of_operands(shape, who));
}
}  // namespace
Variable zeros(std::initializer_list<Operand> shape, std::optional<DType> dtype) {
  return of_number(0, shape, dtype, "zeros");
}
Variable ones(std::initializer_list<Operand> shape, std::optional<DType> dtype) {
  return of_number(1, shape, dtype, "ones");
}

Variable fill(const Operand& like_operand, const Operand& value_operand) {
  const CreationLine line(like_operand.line());
  const Variable like = array_operand(like_operand, "fill"),
                 value = array_operand(value_operand, "fill");
  const std::vector<bool>& stretches = value.type().broadcastable();
  const bool may_differ = std::find(stretches.begin(), stretches.end(), false) != stretches.end();
  if (may_differ || value.ndim() > like.ndim()) return second(like, value);
  // The value is no input's, and still of a graph that LIKE takes part in: function() asks who uses
  // which input.
  if (like.ndim() == 0) return as<Constant>(like) ? value : second(like, value);
  Variables lengths;
  for (int d = 0; d < static_cast<int>(like.ndim()); ++d) lengths.push_back(length_of(like, d));
  return alloc(value, lengths);
}

Variable zeros_like(const Operand& x) {
  const Variable like = array_operand(x, "zeros_like");
  return fill(Operand(like, x.line()), constant(0, like.dtype()));
}
Variable ones_like(const Operand& x) {
  const Variable like = array_operand(x, "ones_like");
  return fill(Operand(like, x.line()), constant(1, like.dtype()));
}

Variable arange(const Operand& stop) { return arange(0, stop, 1); }
Variable arange(const Operand& start_operand, const Operand& stop_operand,
                const Operand& step_operand) {
  const CreationLine line(stop_operand.line());
  Variables inputs{array_operand(start_operand, "arange"), array_operand(stop_operand, "arange"),
                   array_operand(step_operand, "arange")};
  const DType given[] = {inputs[0].dtype(), inputs[1].dtype(), inputs[2].dtype()};
  DType dtype = scalars::promote(given);
  const bool plain =
      !start_operand.is_variable() && !stop_operand.is_variable() && !step_operand.is_variable();
  if (plain && is_floating(dtype)) dtype = scalars::promote(dtype, floatX());
  if (is_complex(dtype)) throw TypeError("arange: complex numbers have no order; give real ones");
  if (is_discrete(dtype)) dtype = is_unsigned(dtype) ? uint64 : int64;
  for (Variable& x : inputs) x = cast(x, dtype);
  return ARange(dtype).make_node(inputs).outputs()[0];
}

Variable eye(const Operand& n) { return eye(n, n); }
Variable eye(const Operand& n, const Operand& m, const Operand& k, std::optional<DType> dtype) {
  const CreationLine line(n.line());
  const Variables inputs = lengths_of_operands({n, m, k}, "eye");
  return Eye(dtype.value_or(floatX())).make_node(inputs).outputs()[0];
}
}  // namespace kroton::tensor
