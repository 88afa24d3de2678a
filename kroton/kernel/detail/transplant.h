// SPDX-License-Identifier: BSD-3-Clause
// Copies parts of one kernel into a Builder, with params, extents and axes replaced.
#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "kroton/kernel/builder.h"

namespace kroton::kernel::detail {
class Transplant {
 public:
  Transplant(Builder& to, const Kernel& from)
      : params(from.params.size(), -1),
        extents(from.extents.size()),
        axes(from.axes.size()),
        accumulators(from.accumulators.size(), -1),
        carries(from.carries.size(), -1),
        to_(to),
        from_(from),
        memo_(from.exprs.size(), no_expr) {}

  // Where each param, extent, axis, accumulator and carry of `from` goes; the caller fills them.
  std::vector<int> params;
  std::vector<Affine> extents, axes;
  std::vector<int> accumulators, carries;
  // Bounds that guard every load besides its own, and whether indices taken from values are
  // checked.
  std::vector<Bound> guard;
  bool check = false;
  // Instead of a load: the value of `access` (already in terms of the new kernel), or nothing.
  std::function<std::optional<ExprId>(const Access& original, const Access& moved,
                                      ExprId otherwise)>
      replace;

  Affine affine(const Affine&);
  Access access(const Access&);
  ExprId expr(ExprId);
  std::vector<ExprId> list(const std::vector<ExprId>&);
  Statement statement(const Statement&);
  // Accumulators and carries of `from` as new ones.
  void copy_accumulators();
  void copy_carries();

 private:
  ExprId load(const Expr&);

  Builder& to_;
  const Kernel& from_;
  std::vector<ExprId> memo_;
};
}  // namespace kroton::kernel::detail
