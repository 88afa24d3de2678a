// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/length.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/subtensor.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
// Chains of arithmetic deeper than this stay values that run.
constexpr int deepest = 32;

ShapeExpr length_of_scalar(const Variable& scalar, int depth);

// Element I of an integer vector, when the graph tells it.
std::optional<ShapeExpr> element(const Variable& vector, int i, int depth) {
  const auto at = static_cast<std::size_t>(i);
  if (const auto known = Constant::recover(vector)) {
    const NDArray numbers = static_cast<NDArray>(known->data()).astype(int64);
    return at < numbers.size() ? std::optional(ShapeExpr(numbers.at<std::int64_t>({i})))
                               : std::nullopt;
  }
  const Apply node = vector.owner();
  if (as<MakeVector>(node) && at < node.inputs().size())
    return length_of_scalar(node.inputs()[at], depth);
  if (as<ShapeOf>(node) && at < node.inputs()[0].ndim())
    return ShapeExpr::extent(node.inputs()[0], i);
  return std::nullopt;
}

// x[i] with a constant i and nothing else.
std::optional<std::int64_t> only_index(const Apply& node) {
  const auto* subtensor = as<Subtensor>(node);
  if (!subtensor || node.inputs().size() != 1 || node.inputs()[0].ndim() != 1) return std::nullopt;
  const IndexItems& items = subtensor->items();
  if (items.size() != 1 || items[0].is_slice) return std::nullopt;
  return items[0].start.number;
}

std::optional<ShapeExpr> arithmetic(const Apply& node, DType dtype, int depth) {
  const scalars::Row* row = row_of(node);
  if (!row || dtype != int64) return std::nullopt;
  const Variables& in = node.inputs();
  for (const Variable& x : in) {
    if (!is_integer(x.dtype())) return std::nullopt;
  }
  const auto left = [&] { return length_of_scalar(in[0], depth + 1); };
  const auto right = [&] { return length_of_scalar(in[1], depth + 1); };
  if (row == &scalars::op::add) return left() + right();
  if (row == &scalars::op::sub) return left() - right();
  if (row == &scalars::op::mul) return left() * right();
  if (row == &scalars::op::floor_div) return left() / right();
  if (row == &scalars::op::mod) return left() % right();
  if (row == &scalars::op::minimum) return ShapeExpr::minimum(left(), right());
  if (row == &scalars::op::maximum) return ShapeExpr::maximum(left(), right());
  // A cast from uint64 may wrap: ShapeExpr keeps the bits alike.
  if (row->target) return left();
  return std::nullopt;
}

ShapeExpr length_of_scalar(const Variable& scalar, int depth) {
  if (const auto number = constant_integer(scalar)) return ShapeExpr(*number);
  const Apply node = scalar.owner();
  if (!node || depth > deepest) return ShapeExpr(scalar);
  if (const auto* shape = as<Shape_i>(node))
    return ShapeExpr::extent(node.inputs()[0], shape->axis());
  if (const auto index = only_index(node)) {
    const Variable& vector = node.inputs()[0];
    const auto n = known_length_of_vector(vector);
    const std::int64_t i = *index < 0 && n ? *index + *n : *index;
    if (n && i >= 0 && i < *n) {
      if (const auto known = element(vector, static_cast<int>(i), depth + 1)) return *known;
    }
  }
  if (const auto known = arithmetic(node, scalar.dtype(), depth)) return *known;
  return ShapeExpr(scalar);
}
}  // namespace

Variable length_of(const Variable& x, int axis) {
  const auto at = static_cast<std::size_t>(normalized_axis(axis, x.ndim(), "shape"));
  const ShapeExpr length = ShapeExpr::extent(x, static_cast<int>(at));
  if (const auto known = length.constant()) return constant(*known, int64);
  return Shape_i(static_cast<int>(at)).make_node({x}).outputs()[0];
}

Variable shape_of(const Variable& x) {
  std::vector<std::int64_t> known;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    if (const auto n = ShapeExpr::extent(x, static_cast<int>(axis)).constant()) known.push_back(*n);
  }
  if (known.size() == x.ndim()) return constant(array(known));
  return ShapeOf().make_node({x}).outputs()[0];
}

ShapeExpr as_length(const Variable& scalar) { return length_of_scalar(scalar, 0); }

std::optional<std::int64_t> known_length_of_vector(const Variable& vector) {
  if (vector.ndim() != 1) return std::nullopt;
  if (const auto known = Constant::recover(vector))
    return static_cast<NDArray>(known->data()).shape_data()[0];
  const Apply node = vector.owner();
  if (as<MakeVector>(node)) return static_cast<std::int64_t>(node.inputs().size());
  if (as<ShapeOf>(node)) return static_cast<std::int64_t>(node.inputs()[0].ndim());
  if (vector.type().broadcastable()[0]) return 1;
  return std::nullopt;
}

std::vector<ShapeExpr> lengths_of_vector(const Variable& vector, int n) {
  std::vector<ShapeExpr> lengths;
  for (int i = 0; i < n; ++i) {
    const auto known = element(vector, i, 0);
    lengths.push_back(known ? *known : ShapeExpr(vector[static_cast<std::int64_t>(i)]));
  }
  return lengths;
}

Variable vector_of_lengths(const Variables& lengths) {
  std::vector<std::int64_t> known;
  for (const Variable& n : lengths) {
    if (const auto number = constant_integer(n)) known.push_back(*number);
  }
  if (known.size() == lengths.size()) return constant(array(known));
  return MakeVector(int64).make_node(lengths).outputs()[0];
}

Variables lengths_of_operands(const std::vector<Operand>& shape, std::string_view who) {
  Variables lengths;
  for (const Operand& operand : shape) {
    const Variable n = array_operand(operand, who);
    if (n.ndim() != 0 || !is_integer(n.dtype())) {
      throw TypeError(fmt::format("{}: {} is {}; a length is an integer or a 0-d integer variable",
                                  who, n.text(), n.type().text()));
    }
    const auto number = constant_integer(n);
    lengths.push_back(number ? constant(*number, int64) : cast(n, int64));
  }
  return lengths;
}

bool is_never_negative(const ShapeExpr& expr) {
  using Kind = ShapeExpr::Kind;
  switch (expr.kind()) {
    case Kind::constant:
      return *expr.constant() >= 0;
    case Kind::extent:
      return true;
    case Kind::add:
    case Kind::mul:
    case Kind::floor_div:
    case Kind::mod:
    case Kind::min:
      return is_never_negative(expr.left()) && is_never_negative(expr.right());
    case Kind::max:
      return is_never_negative(expr.left()) || is_never_negative(expr.right());
    default:
      return false;
  }
}
}  // namespace kroton::tensor

namespace kroton::inline graph {
ShapeExpr::operator Variable() const {
  using tensor::cast, tensor::constant;
  switch (kind()) {
    case Kind::constant:
      return constant(*this->constant(), int64);
    case Kind::scalar:
      return cast(variable(), int64);
    case Kind::extent:
      return tensor::length_of(variable(), axis());
    default:
      break;
  }
  const Variable x = left(), y = right();
  switch (kind()) {
    case Kind::add:
      return tensor::add(x, y);
    case Kind::sub:
      return tensor::sub(x, y);
    case Kind::mul:
      return tensor::mul(x, y);
    case Kind::floor_div:
      return tensor::floor_div(x, y);
    case Kind::mod:
      return tensor::mod(x, y);
    case Kind::min:
      return tensor::minimum(x, y);
    default:
      return tensor::maximum(x, y);
  }
}
}  // namespace kroton::inline graph
