// SPDX-License-Identifier: BSD-3-Clause
// How operands move along the axes of a kernel, for given lengths and strides.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/specialise.h"

namespace kroton::kernel::detail {
// So many points are columns side by side.
constexpr std::int64_t worth_columns = 8;

class Geometry {
 public:
  Geometry(const Kernel& kernel, const std::vector<std::int64_t>& extents,
           const std::vector<std::vector<std::int64_t>>& strides, const Cuts& cuts = {})
      : k_(kernel), extents_(extents), strides_(strides), cuts_(cuts) {
    axes_.reserve(k_.axes.size());
    for (const Axis& a : k_.axes) axes_.push_back(kernel::length(a.length, extents));
  }

  std::int64_t length(int axis) const { return axes_[static_cast<std::size_t>(axis)]; }
  std::int64_t points(const std::vector<int>& axes) const {
    std::int64_t n = 1;
    for (const int a : axes) n *= length(a);
    return n;
  }
  // Bytes from one point of the axis to the next.
  std::int64_t stride(const Operand& o, int axis) const;
  // Bytes by which one more of gathered value V moves the operand.
  std::int64_t value_stride(const Operand& o, int v) const;
  // Bytes from the param's first element at the first step of every loop.
  std::int64_t offset(const Operand& o) const;
  // Bytes that all operands of the nest move along the axis, each counted up to MOST.
  std::int64_t weight(const Nest& nest, int axis,
                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  // Whether the loop over A comes outside of that over B: what is a line of memory away or more is
  // so for the cache, how far it is decides only among such axes.
  bool is_outside(const Nest& nest, int a, int b) const;
  // The loops over two neighbouring axes, A outside, can be one.
  bool joins(const Nest& nest, const std::vector<char>& pinned, int a, int b) const;
  // The elements of neighbouring points lie closer than those of one point.
  bool are_columns(const Nest& nest, const std::vector<Loop>& outer,
                   const std::vector<Loop>& reduced) const;
  // What Nest::across and crowded are for those loops and operands.
  struct Crossing {
    int across = -1;
    bool crowded = false;
    bool operator==(const Crossing&) const = default;
  };
  Crossing crossing(const Nest& nest) const;
  // What Operand::across is where Nest::across is LOOP.
  bool lies_across(const Nest& nest, const Operand& o, int loop) const;
  // Whether a nest of several stages runs for blocks of points.
  template <class Plans>
  bool prefers_columns(const Nest& nest, const Plans& plans) const {
    if (nest.outer.empty()) return false;
    const std::int64_t column = weight(nest, nest.outer.back().axes.back());
    for (const StagePlan& plan : plans) {
      if (plan.loops.empty()) continue;
      if (stage_kind(k_, k_.stages[static_cast<std::size_t>(plan.stage)]) == AxisKind::ordered)
        return true;
      if (weight(nest, plan.loops.back().axes.back()) > column) return true;
    }
    return false;
  }
  // One bit for each comparison of a size by which is_split() decides.
  std::uint64_t sizes() const;
  const Cuts& cuts() const { return cuts_; }

 private:
  const Kernel& k_;
  const std::vector<std::int64_t>& extents_;
  const std::vector<std::vector<std::int64_t>>& strides_;
  Cuts cuts_;
  std::vector<std::int64_t> axes_;
};

StrideClass classify(const Operand& o, std::int64_t stride);
// Appends where the results and block results of the slots lie in scratch memory; the bytes of all.
std::int64_t lay_out_scratch(const Kernel& kernel, const Geometry& geometry, bool checked,
                             std::int64_t outer_points, const std::vector<Slot>& slots,
                             std::vector<std::int64_t>& lengths);
}  // namespace kroton::kernel::detail
