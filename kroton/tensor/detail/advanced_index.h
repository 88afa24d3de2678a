// SPDX-License-Identifier: BSD-3-Clause
// What indexing by arrays and writing at them share: which axes the part has, and how kernels find
// an element.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kroton/graph/shape_expr.h"
#include "kroton/graph/variable.h"
#include "kroton/kernel/builder.h"

namespace kroton::tensor {
// The part x[arrays]: axes of x that are kept, with the common axes of the arrays between them.
struct AdvancedPart {
  // TypeError, ValueError (beginning with WHO) unless INDICES are integer arrays, one per axis.
  AdvancedPart(const Variable& x, Variables indices, std::vector<int> axes, int place,
               const std::string& who);

  Variables indices;
  std::vector<int> axes;    // of x, one per index
  std::vector<int> kept;    // the other axes of x
  std::size_t place;        // how many kept axes stand before those of the arrays
  std::size_t rank;         // common axes of the arrays
  std::vector<bool> flags;  // of the part

  std::size_t ndim() const { return kept.size() + rank; }
  std::size_t position_of_kept(std::size_t k) const { return k < place ? k : k + rank; }
  // The axis of INDICES[i] that lies along common axis B, or -1 where it stretches.
  int axis_along(std::size_t i, std::size_t b) const;
  // From the shapes of a node's inputs: x is number 0, the arrays come from FIRST on.
  std::optional<std::vector<ShapeExpr>> shape(const Shapes& in, std::size_t first) const;

  // The dimensions that have the length of common axis B; INPUT is the param of the first index.
  std::vector<kernel::Dimension> sources(std::size_t b, int input) const;
  // An access of PARAM (of x, or an output like it), checked: kept axes at KEPT, the others where
  // the arrays (params from INPUT on) say at COMMON.
  kernel::Access access(kernel::Builder& b, int param, int input,
                        const std::vector<kernel::Affine>& kept_at,
                        const std::vector<kernel::Affine>& common) const;
};
}  // namespace kroton::tensor
