// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/diagonal.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/length.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
Variable matrix_operand(const Operand& operand, const char* who) {
  const Variable x = array_operand(operand, who);
  if (x.ndim() == 2) return x;
  throw TypeError(fmt::format("{}: {} is {}; it must be a matrix", who, x.text(), x.type().text()));
}
std::int64_t rows_left_out(std::int64_t offset) { return std::max<std::int64_t>(0, -offset); }
std::int64_t columns_left_out(std::int64_t offset) { return std::max<std::int64_t>(0, offset); }
}  // namespace

// ---------------------------------------------------------------- ExtractDiag
Apply ExtractDiag::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  const int rank = static_cast<int>(inputs[0].ndim());
  KROTON_CHECK(axis1_ != axis2_ && std::min(axis1_, axis2_) >= 0 &&
               std::max(axis1_, axis2_) < rank);
  std::vector<bool> flags;
  for (int d = 0; d < rank; ++d) {
    if (d != axis1_ && d != axis2_) flags.push_back(inputs[0].type().broadcastable()[at(d)]);
  }
  flags.push_back(false);
  return Apply(*this, inputs, {Variable(*inputs[0].type().with(inputs[0].dtype(), flags))});
}
Shapes ExtractDiag::infer_shape(const Apply& node, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  std::vector<ShapeExpr> shape;
  for (int d = 0; d < static_cast<int>(node.inputs()[0].ndim()); ++d) {
    if (d != axis1_ && d != axis2_) shape.push_back((*in[0])[at(d)]);
  }
  shape.push_back(
      ShapeExpr::maximum(0, ShapeExpr::minimum((*in[0])[at(axis1_)] - rows_left_out(offset_),
                                               (*in[0])[at(axis2_)] - columns_left_out(offset_))));
  return {shape};
}
Variables ExtractDiag::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  const Variable zero = zero_gradient(x);
  if (is_discrete(x.dtype())) return {zero};
  const Variable i = arange(length_of(node.outputs()[0], static_cast<int>(x.ndim()) - 2));
  Variable first = i + rows_left_out(offset_), second = i + columns_left_out(offset_);
  if (axis1_ > axis2_) std::swap(first, second);
  return {AdvancedIncSubtensor({std::min(axis1_, axis2_), std::max(axis1_, axis2_)},
                               static_cast<int>(x.ndim()) - 2, false, false,
                               {"diagonal"})(zero, gz[0], first, second)};
}
Variables ExtractDiag::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
void ExtractDiag::perform(const Apply&, std::span<const Value> inputs,
                          std::span<Value> output_storage) const {
  const NDArray& x = inputs[0].as<NDArray>();
  Shape shape, strides;
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
    if (d == axis1_ || d == axis2_) continue;
    shape.push_back(x.shape_data()[d]);
    strides.push_back(x.strides_data()[d]);
  }
  const std::int64_t row = rows_left_out(offset_), column = columns_left_out(offset_);
  const std::int64_t n = std::max<std::int64_t>(
      0, std::min(x.shape_data()[axis1_] - row, x.shape_data()[axis2_] - column));
  shape.push_back(n);
  strides.push_back(x.strides_data()[axis1_] + x.strides_data()[axis2_]);
  const std::int64_t offset =
      n == 0 ? 0 : row * x.strides_data()[axis1_] + column * x.strides_data()[axis2_];
  output_storage[0] = x.view(shape.size(), shape.data(), strides.data(), offset);
}

// ---------------------------------------------------------------- AllocDiag
Apply AllocDiag::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1 && inputs[0].ndim() == 1);
  return Apply(*this, inputs,
               {Variable(*inputs[0].type().with(inputs[0].dtype(), {false, false}))});
}
Shapes AllocDiag::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  const ShapeExpr n = (*in[0])[0] + std::abs(offset_);
  return {{{n, n}}};
}
Variables AllocDiag::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x)};
  return {with_flags(ExtractDiag(offset_, 0, 1)(gz[0]), x.broadcastable())};
}
Variables AllocDiag::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}
std::optional<kernel::Kernel> AllocDiag::kernel(const Apply& node) const {
  const Variable& x = node.inputs()[0];
  Builder b("diag");
  const int from = add_input(b, "x", x), to = add_output(b, "z", node.outputs()[0]);
  const Affine n = Affine::extent(b.extent("n", {{from, 0}}));
  const Domain domain = outer_domain(b, {{{to, 0}}, {{to, 1}}});
  b.stage();
  // Above the main diagonal the row says which element it is, below it the column.
  const Affine& i = domain[offset_ < 0 ? 1 : 0];
  const kernel::ExprId zero = b.constant(kernel::compute_dtype(x.dtype()), std::int64_t{0});
  const kernel::ExprId element =
      b.load({from, {x.type().broadcastable()[0] ? Affine(0) : i}, {{i, Affine(0), n}}}, zero);
  const kernel::ExprId is_on =
      b.apply(kernel::builtin::eq, {b.index(domain[1] - domain[0]), b.constant(int64, offset_)});
  b.store(to, domain, b.select(is_on, element, zero));
  return b.finish();
}

// ---------------------------------------------------------------- user functions
Variable diag(const Operand& operand) { return diag(operand, 0); }
Variable diag(const Operand& operand, std::int64_t k) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "diag");
  if (x.ndim() == 1) return AllocDiag(k)(x);
  if (x.ndim() == 2) return ExtractDiag(k, 0, 1)(x);
  throw TypeError(fmt::format("diag: {} is {}; it takes a vector or a matrix, see diagonal",
                              x.text(), x.type().text()));
}
Variable diagonal(const Operand& operand, std::int64_t offset, int axis1, int axis2) {
  const CreationLine line(operand.line());
  const Variable x = array_operand(operand, "diagonal");
  axis1 = normalized_axis(axis1, x.ndim(), "diagonal");
  axis2 = normalized_axis(axis2, x.ndim(), "diagonal");
  if (axis1 == axis2)
    throw ValueError(fmt::format("diagonal: both axes are {}; they must differ", axis1));
  return ExtractDiag(offset, axis1, axis2)(x);
}
Variable trace(const Operand& operand) {
  const CreationLine line(operand.line());
  return sum(ExtractDiag(0, 0, 1)(matrix_operand(operand, "trace")));
}
Variable identity_like(const Operand& operand) {
  const CreationLine line(operand.line());
  const Variable x = matrix_operand(operand, "identity_like");
  return eye(length_of(x, 0), length_of(x, 1), 0, x.dtype());
}

namespace {
// Where column - row <= k, over n x m.
Variable below(const Variable& n, const Variable& m, const Variable& k) {
  return le(shuffled(arange(m), {DimShuffle::new_axis, 0}) -
                shuffled(arange(n), {0, DimShuffle::new_axis}),
            k);
}
}  // namespace
Variable tri(const Operand& n, const Operand& m, const Operand& k, std::optional<DType> dtype) {
  const CreationLine line(n.line());
  const Variables given = lengths_of_operands({n, m, k}, "tri");
  return cast(below(given[0], given[1], given[2]), dtype.value_or(floatX()));
}
Variable tril(const Operand& operand, const Operand& k) {
  const CreationLine line(operand.line());
  const Variable x = matrix_operand(operand, "tril");
  const Variable at = lengths_of_operands({k}, "tril")[0];
  return where(below(length_of(x, 0), length_of(x, 1), at), x, constant(0, x.dtype()));
}
Variable triu(const Operand& operand, const Operand& k) {
  const CreationLine line(operand.line());
  const Variable x = matrix_operand(operand, "triu");
  const Variable before = lengths_of_operands({k}, "triu")[0] - 1;
  return where(below(length_of(x, 0), length_of(x, 1), before), constant(0, x.dtype()), x);
}
}  // namespace kroton::tensor
