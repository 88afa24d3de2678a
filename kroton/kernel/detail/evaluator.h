// SPDX-License-Identifier: BSD-3-Clause
// Evaluates expressions of a kernel for up to `batch` points at a time: each expression is one loop
// over the points.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kroton/kernel/fault.h"
#include "kroton/kernel/form.h"

namespace kroton::kernel::detail {
class Evaluator {
 public:
  static constexpr int batch = 256;

  Evaluator(const Kernel&, const std::vector<std::int64_t>& extents,
            const std::vector<void*>& pointers,
            const std::vector<std::vector<std::int64_t>>& strides);

  // The values of an axis at the points of the batch; the caller fills them.
  std::int64_t* axis(int a) { return axes_[static_cast<std::size_t>(a)].data(); }
  // The values of an expression; results, carries, left and right are filled by the caller.
  char* value(ExprId e) { return values_[static_cast<std::size_t>(e)].data(); }
  std::size_t size(ExprId e) const;

  void evaluate(const std::vector<ExprId>& ids, int count);
  void store(const Statement&, int count);
  void scatter(const Statement&, int count);

  Fault fault;

 private:
  void index(const Affine&, int count, std::int64_t* out);
  // Byte offsets from the param's pointer, and whether the point is inside.
  void locate(const Access&, int count);
  void load(const Expr&, int count, char* out);
  void apply(const Expr&, int count, char* out);

  const Kernel& kernel_;
  const std::vector<std::int64_t>& extents_;
  const std::vector<void*>& pointers_;
  const std::vector<std::vector<std::int64_t>>& strides_;
  std::vector<std::int64_t> dims_;  // lengths of checked dimensions, by param and dimension
  std::vector<std::vector<std::int64_t>> axes_;
  std::vector<std::vector<char>> values_;
  std::vector<HostFunction> hosts_;  // of apply expressions
  std::int64_t offsets_[batch];
  bool inside_[batch];
};
}  // namespace kroton::kernel::detail
