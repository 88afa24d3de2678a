// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/dot.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/matrix_product.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/output.h"
#include "kroton/tensor/detail/product.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
void check_operand(const Variable& x) {
  if (!x.type().is_array()) {
    throw TypeError(
        fmt::format("dot: {} is {}; an array or a number is needed", x.text(), x.type().text()));
  }
  if (x.ndim() != 1 && x.ndim() != 2) {
    throw TypeError(
        fmt::format("dot: {} is {}; Dot takes vectors and matrices, the function dot() the rest",
                    x.text(), x.type().text()));
  }
}

bool is_by_blas(const Variable& x, const Variable& y) {
  return (x.ndim() == 2 || y.ndim() == 2) && multiplies(x.dtype());
}
}  // namespace

Apply Dot::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2);
  for (const Variable& input : inputs) check_operand(input);
  const auto [x, y] = promoted_pair(inputs[0], inputs[1]);
  check_known_lengths("dot", x, static_cast<int>(x.ndim()) - 1, y, 0);
  std::vector<bool> flags;
  if (x.ndim() == 2) flags.push_back(x.broadcastable()[0]);
  if (y.ndim() == 2) flags.push_back(y.broadcastable()[1]);
  return Apply(*this, {x, y}, {Variable(*x.type().with(x.dtype(), flags))});
}

Shapes Dot::infer_shape(const Apply& node, Shapes in) const {
  const bool rows = node.inputs()[0].ndim() == 2, columns = node.inputs()[1].ndim() == 2;
  if ((rows && !in[0]) || (columns && !in[1])) return {std::nullopt};
  std::vector<ShapeExpr> shape;
  if (rows) shape.push_back((*in[0])[0]);
  if (columns) shape.push_back((*in[1])[1]);
  return {shape};
}

Variables Dot::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &g = gz[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x), zero_gradient(y)};
  const Variable other_x = conjugate(y), other_y = conjugate(x);
  Variable gx, gy;
  if (x.ndim() == 1 && y.ndim() == 1) {
    gx = g * other_x;
    gy = g * other_y;
  } else {
    gx = y.ndim() == 2 ? dot(g, transpose(other_x)) : outer(g, other_x);
    gy = x.ndim() == 2 ? dot(transpose(other_y), g) : outer(other_y, g);
  }
  return {with_flags(gx, x.broadcastable()), with_flags(gy, y.broadcastable())};
}

Variables Dot::r_op(const Apply& node, Variables eval_points) const {
  return product_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> Dot::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1], &z = node.outputs()[0];
  if (is_by_blas(x, y)) return std::nullopt;
  Builder b("dot");
  const int left = add_input(b, "x", x), right = add_input(b, "y", y), to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources;
  const auto keep = [&](int from, int axis, bool stretches) {
    const int at = static_cast<int>(sources.size());
    sources.emplace_back();
    if (!stretches) sources.back() = {{from, axis}, {to, at}};
  };
  if (x.ndim() == 2) keep(left, 0, z.broadcastable()[0]);
  if (y.ndim() == 2) keep(right, 1, z.broadcastable().back());
  const Domain domain = outer_domain(b, sources);
  b.stage();
  const int last = static_cast<int>(x.ndim()) - 1;
  const Affine k =
      Affine::axis(b.reduce(Affine::extent(b.extent("k", {{left, last}, {right, 0}}))));
  std::vector<Affine> at_x{k}, at_y{k};
  if (x.ndim() == 2) at_x.insert(at_x.begin(), domain.front());
  if (y.ndim() == 2) at_y.push_back(domain.back());
  b.store(to, domain, sum_of_products(b, b.load(left, at_x), b.load(right, at_y)));
  return b.finish();
}

void Dot::perform(const Apply& node, std::span<const Value> inputs,
                  std::span<Value> output_storage) const {
  if (!is_by_blas(node.inputs()[0], node.inputs()[1])) not_defined("perform");
  const NDArray &x = inputs[0].as<NDArray>(), &y = inputs[1].as<NDArray>();
  check_equal(node, "dot", inputs, {0, static_cast<int>(x.ndim()) - 1}, {1, 0});
  const bool rows = x.ndim() == 2, columns = y.ndim() == 2;
  std::int64_t shape[2];
  std::size_t ndim = 0;
  if (rows) shape[ndim++] = x.shape_data()[0];
  if (columns) shape[ndim++] = y.shape_data()[1];
  const NDArray z = output_array(output_storage[0], ndim, shape, x.dtype());
  if (rows && columns) {
    gemm(1.0, x, y, 0.0, z);
  } else if (rows) {
    gemv(1.0, x, y, 0.0, z);
  } else {
    gemv(1.0, y.transpose(), x, 0.0, z);
  }
}

PreparedBody Dot::prepare(const Apply& node, std::span<const ArrayLayout> inputs,
                          std::span<const ArrayLayout> outputs) const {
  if (!is_by_blas(node.inputs()[0], node.inputs()[1])) return {};
  const ArrayLayout &x = inputs[0], &y = inputs[1], &z = outputs[0];
  // A vector times a matrix is the transposed matrix times the vector.
  const bool turned = x.ndim == 1;
  Multiply multiply;
  if (turned) {
    const std::int64_t shape[] = {y.shape[1], y.shape[0]}, strides[] = {y.strides[1], y.strides[0]};
    multiply = prepared_gemv({y.dtype, 2, shape, strides}, x, z);
  } else {
    multiply = y.ndim == 1 ? prepared_gemv(x, y, z) : prepared_gemm(x, y, z);
  }
  if (!multiply) return {};
  const NDArray one = NDArray::full({}, 1, x.dtype), zero = NDArray::full({}, 0, x.dtype);
  return [multiply = std::move(multiply), turned, one, zero](void* const* arrays) {
    multiply(one.raw(), arrays[turned], arrays[!turned], zero.raw(), arrays[2]);
  };
}

Variable dot(const Operand& first, const Operand& second) {
  const CreationLine line(first.line());
  const Variable x = array_operand(first, "dot"), y = array_operand(second, "dot");
  if (x.ndim() == 0 || y.ndim() == 0) return x * y;
  if (x.ndim() <= 2 && y.ndim() <= 2) return Dot().make_node({x, y}).outputs()[0];
  const int axis = std::max(0, static_cast<int>(y.ndim()) - 2);
  return tensordot(x, y, {static_cast<int>(x.ndim()) - 1}, {axis});
}

Variable outer(const Operand& first, const Operand& second) {
  const CreationLine line(first.line());
  Variable x = array_operand(first, "outer"), y = array_operand(second, "outer");
  if (x.ndim() != 1) x = flatten(x);
  if (y.ndim() != 1) y = flatten(y);
  return Dot().make_node({x.dimshuffle({0, "x"}), y.dimshuffle({"x", 0})}).outputs()[0];
}
}  // namespace kroton::tensor
