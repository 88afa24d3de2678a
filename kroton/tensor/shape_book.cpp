// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shape_book.h"

#include "kroton/graph/op.h"

namespace kroton::tensor {
namespace {
// An expression is a tree when it is used: one that has grown beyond this is worth a shape query
// instead.
constexpr int largest_tree = 200;

int tree_size(const ShapeExpr& expr, int limit) {
  switch (expr.kind()) {
    case ShapeExpr::Kind::constant:
    case ShapeExpr::Kind::scalar:
    case ShapeExpr::Kind::extent:
      return 1;
    default:
      break;
  }
  if (limit <= 0) return 1;
  const int left = tree_size(expr.left(), limit - 1);
  return left >= limit ? left + 1 : left + 1 + tree_size(expr.right(), limit - left - 1);
}

std::vector<ShapeExpr> own_lengths(const Variable& x) {
  std::vector<ShapeExpr> lengths;
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    lengths.push_back(ShapeExpr::extent(x, static_cast<int>(axis)));
  }
  return lengths;
}
}  // namespace

// Lengths of computed variables among the leaves (arguments that were shapes) are followed too.
ShapeExpr ShapeBook::followed(const ShapeExpr& length) const {
  return length.substitute([&](const ShapeExpr& leaf) -> std::optional<ShapeExpr> {
    if (leaf.kind() != ShapeExpr::Kind::extent) return std::nullopt;
    const auto found = known_.find(leaf.variable());
    if (found == known_.end()) return std::nullopt;
    return found->second[static_cast<std::size_t>(leaf.axis())];
  });
}

void ShapeBook::enter(const Apply& node) {
  Shapes in;
  for (const Variable& input : node.inputs()) {
    const auto found = known_.find(input);
    in.push_back(found == known_.end() ? std::nullopt : std::optional(found->second));
  }
  Shapes made = node.op().infer_shape(node, std::move(in));
  made.resize(node.outputs().size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    const Variable& x = node.outputs()[i];
    if (!x.type().is_array()) continue;
    std::vector<ShapeExpr> lengths = own_lengths(x);
    for (std::size_t axis = 0; made[i] && axis < lengths.size(); ++axis) {
      const ShapeExpr& length = made[i]->at(axis);
      if (lengths[axis].constant() || tree_size(length, largest_tree) >= largest_tree) continue;
      const ShapeExpr complete = followed(length);
      lengths[axis] = tree_size(complete, largest_tree) < largest_tree ? complete : length;
    }
    known_.emplace(x, std::move(lengths));
  }
}

const std::vector<ShapeExpr>& ShapeBook::lengths(const Variable& x) {
  std::vector<std::pair<Variable, bool>> pending{{x, false}};
  while (!pending.empty()) {
    const auto [at, inputs_are_known] = pending.back();
    pending.pop_back();
    if (known_.contains(at)) continue;
    const Apply node = at.owner();
    if (!node) {
      if (at.type().is_array()) known_.emplace(at, own_lengths(at));
    } else if (inputs_are_known) {
      enter(node);
    } else {
      pending.emplace_back(at, true);
      for (const Variable& input : node.inputs()) {
        if (!known_.contains(input)) pending.emplace_back(input, false);
      }
    }
  }
  return known_.at(x);
}

bool ShapeBook::same_shape(const Variable& x, const Variable& y) {
  const std::vector<ShapeExpr> a = lengths(x);
  const std::vector<ShapeExpr>& b = lengths(y);
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i].same_as(b[i])) return false;
  }
  return true;
}
}  // namespace kroton::tensor
