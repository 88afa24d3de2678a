// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/lengths.h"

#include <fmt/format.h>

namespace kroton::tensor {
Shapes input_lengths(const Apply& node) {
  Shapes all;
  for (const Variable& x : node.inputs()) {
    std::vector<ShapeExpr> lengths;
    for (std::size_t axis = 0; axis < x.ndim(); ++axis)
      lengths.push_back(ShapeExpr::extent(x, static_cast<int>(axis)));
    all.emplace_back(std::move(lengths));
  }
  return all;
}

namespace {
// Longer than what a user writes, shorter than what sharing unfolds to.
constexpr std::size_t longest = 1000;

void append(const ShapeExpr& expr, std::string& text) {
  if (text.size() > longest) return;
  switch (expr.kind()) {
    case ShapeExpr::Kind::constant:
      text += fmt::format("{}", *expr.constant());
      return;
    case ShapeExpr::Kind::scalar:
      text += fmt::format("{}", expr.variable().key());
      return;
    case ShapeExpr::Kind::extent:
      text += fmt::format("{}.{}", expr.variable().key(), expr.axis());
      return;
    default:
      text += fmt::format("({} ", static_cast<int>(expr.kind()));
      append(expr.left(), text);
      text += ' ';
      append(expr.right(), text);
      text += ')';
  }
}
}  // namespace

std::optional<std::string> structure(const ShapeExpr& expr) {
  std::string text;
  append(expr, text);
  return text.size() > longest ? std::nullopt : std::optional(std::move(text));
}
}  // namespace kroton::tensor
