// SPDX-License-Identifier: BSD-3-Clause
// Shapes of computed variables, in lengths of the graph's leaves: what infer_shape says, followed
// through the whole graph once. Two variables have the same length where the expressions are the
// same.
#pragma once
#include <unordered_map>
#include <vector>

#include "kroton/graph/shape_expr.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
class ShapeBook {
 public:
  // The lengths of an array. Where infer_shape does not know one, it is the length of that
  // variable.
  const std::vector<ShapeExpr>& lengths(const Variable& x);
  // Whether the two have equal lengths along all axes, as far as the graph shows.
  bool same_shape(const Variable& x, const Variable& y);

 private:
  void enter(const Apply& node);
  ShapeExpr followed(const ShapeExpr& length) const;
  std::unordered_map<Variable, std::vector<ShapeExpr>> known_;
};
}  // namespace kroton::tensor
