// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/shape_expr.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline graph {
struct ShapeExpr::Node {
  Kind kind = Kind::constant;
  int axis = 0;
  std::int64_t value = 0;
  Variable variable;
  std::optional<ShapeExpr> left, right;
};

namespace {
using Kind = ShapeExpr::Kind;

// Wrapping arithmetic: absurd lengths are refused where memory is asked for, not here.
std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return wrapped(-static_cast<std::uint64_t>(a));
  const std::int64_t q = a / b;
  return (a % b != 0 && (a % b < 0) != (b < 0)) ? q - 1 : q;
}

std::int64_t apply(Kind kind, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  switch (kind) {
    case Kind::add:
      return wrapped(x + y);
    case Kind::sub:
      return wrapped(x - y);
    case Kind::mul:
      return wrapped(x * y);
    case Kind::floor_div:
      return floor_div(a, b);
    case Kind::mod:
      return b == 0 || b == -1 ? 0 : wrapped(x - static_cast<std::uint64_t>(floor_div(a, b)) * y);
    case Kind::min:
      return std::min(a, b);
    case Kind::max:
      return std::max(a, b);
    default:
      break;
  }
  KROTON_CHECK(kind != Kind::constant && kind != Kind::scalar && kind != Kind::extent);
  return 0;
}
}  // namespace

ShapeExpr::ShapeExpr(std::int64_t value) {
  auto node = std::make_shared<Node>();
  node->value = value;
  node_ = std::move(node);
}

ShapeExpr::ShapeExpr(const Variable& scalar) {
  if (!scalar.type().is_array() || scalar.ndim() != 0 || !is_integer(scalar.dtype())) {
    throw TypeError("shape: " + scalar.text() + " is " + scalar.type().text() +
                    "; a length is a 0-d integer variable");
  }
  auto node = std::make_shared<Node>();
  if (const auto constant = Constant::recover(scalar)) {
    node->value = constant->data().item<std::int64_t>();
  } else {
    node->kind = Kind::scalar;
    node->variable = scalar;
  }
  node_ = std::move(node);
}

ShapeExpr ShapeExpr::extent(const Variable& variable, int axis) {
  KROTON_CHECK(axis >= 0 && axis < static_cast<int>(variable.ndim()));
  if (variable.type().broadcastable()[static_cast<std::size_t>(axis)]) return ShapeExpr(1);
  if (const auto constant = Constant::recover(variable)) {
    if (constant->data().is_array())
      return ShapeExpr(constant->data().as<NDArray>().shape_data()[axis]);
  }
  auto node = std::make_shared<Node>();
  node->kind = Kind::extent;
  node->variable = variable;
  node->axis = axis;
  return ShapeExpr(std::shared_ptr<const Node>(std::move(node)));
}

ShapeExpr::Kind ShapeExpr::kind() const { return node_->kind; }
std::optional<std::int64_t> ShapeExpr::constant() const {
  return node_->kind == Kind::constant ? std::optional(node_->value) : std::nullopt;
}
const Variable& ShapeExpr::variable() const { return node_->variable; }
int ShapeExpr::axis() const { return node_->axis; }
const ShapeExpr& ShapeExpr::left() const { return *node_->left; }
const ShapeExpr& ShapeExpr::right() const { return *node_->right; }

bool ShapeExpr::same_as(const ShapeExpr& other) const {
  if (node_ == other.node_) return true;
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::constant:
      return node_->value == other.node_->value;
    case Kind::scalar:
      return variable() == other.variable();
    case Kind::extent:
      return variable() == other.variable() && axis() == other.axis();
    default:
      return left().same_as(other.left()) && right().same_as(other.right());
  }
}

ShapeExpr ShapeExpr::binary(Kind kind, const ShapeExpr& a, const ShapeExpr& b) {
  const auto x = a.constant(), y = b.constant();
  if (x && y) return ShapeExpr(apply(kind, *x, *y));
  if (kind == Kind::add && x == 0) return b;
  if ((kind == Kind::add || kind == Kind::sub) && y == 0) return a;
  if (kind == Kind::mul && x == 1) return b;
  if ((kind == Kind::mul || kind == Kind::floor_div) && y == 1) return a;
  if ((kind == Kind::min || kind == Kind::max) && a.same_as(b)) return a;
  if (kind == Kind::sub && a.same_as(b)) return ShapeExpr(0);
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->left = a;
  node->right = b;
  return ShapeExpr(std::shared_ptr<const Node>(std::move(node)));
}

ShapeExpr operator+(const ShapeExpr& a, const ShapeExpr& b) {
  return ShapeExpr::binary(Kind::add, a, b);
}
ShapeExpr operator-(const ShapeExpr& a, const ShapeExpr& b) {
  return ShapeExpr::binary(Kind::sub, a, b);
}
ShapeExpr operator*(const ShapeExpr& a, const ShapeExpr& b) {
  return ShapeExpr::binary(Kind::mul, a, b);
}
ShapeExpr operator/(const ShapeExpr& a, const ShapeExpr& b) {
  return ShapeExpr::binary(Kind::floor_div, a, b);
}
ShapeExpr operator%(const ShapeExpr& a, const ShapeExpr& b) {
  return ShapeExpr::binary(Kind::mod, a, b);
}
ShapeExpr ShapeExpr::minimum(const ShapeExpr& a, const ShapeExpr& b) {
  return binary(Kind::min, a, b);
}
ShapeExpr ShapeExpr::maximum(const ShapeExpr& a, const ShapeExpr& b) {
  return binary(Kind::max, a, b);
}

std::string ShapeExpr::text() const {
  static constexpr const char* signs[] = {"",    "",     "",    " + ", " - ",
                                          " * ", " // ", " % ", "min", "max"};
  switch (kind()) {
    case Kind::constant:
      return std::to_string(node_->value);
    case Kind::scalar:
      return variable().text();
    case Kind::extent:
      return variable().text() + ".shape[" + std::to_string(axis()) + "]";
    case Kind::min:
    case Kind::max:
      return signs[static_cast<int>(kind())] + ("(" + left().text() + ", " + right().text() + ")");
    default:
      return "(" + left().text() + signs[static_cast<int>(kind())] + right().text() + ")";
  }
}

std::optional<std::int64_t> ShapeExpr::evaluate(const Lookup& lookup) const {
  if (kind() == Kind::constant) return node_->value;
  if (kind() == Kind::scalar || kind() == Kind::extent) return lookup(*this);
  const auto a = left().evaluate(lookup);
  const auto b = a ? right().evaluate(lookup) : std::nullopt;
  return b ? std::optional(apply(kind(), *a, *b)) : std::nullopt;
}

ShapeExpr ShapeExpr::substitute(const Replace& replace) const {
  if (kind() == Kind::constant) return *this;
  if (kind() == Kind::scalar || kind() == Kind::extent) return replace(*this).value_or(*this);
  return binary(kind(), left().substitute(replace), right().substitute(replace));
}
}  // namespace kroton::inline graph
