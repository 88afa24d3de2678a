// SPDX-License-Identifier: BSD-3-Clause
// The geometry by which kernels are specialised, and the short way to the arguments of a text that
// is there already.
#include "kroton/kernel/detail/geometry.h"

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace detail {
std::int64_t Geometry::stride(const Operand& o, int axis) const {
  if (o.param < 0) {
    std::int64_t step = static_cast<std::int64_t>(itemsize(o.dtype));
    for (std::size_t i = k_.outer.size(); i-- > 0;) {
      if (k_.outer[i] == axis) return step;
      step *= length(k_.outer[i]);
    }
    return 0;
  }
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < o.index.size(); ++d)
    sum += o.index[d].coefficient(Term::Kind::axis, axis) * at(strides_, o.param)[d];
  return at(k_.axes, axis).backward ? -sum : sum;
}

std::int64_t Geometry::value_stride(const Operand& o, int v) const {
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < o.index.size(); ++d)
    sum += o.index[d].coefficient(Term::Kind::value, v) * at(strides_, o.param)[d];
  return sum;
}

std::int64_t Geometry::offset(const Operand& o) const {
  if (o.param < 0) return 0;
  std::int64_t sum = 0;
  for (std::size_t d = 0; d < o.index.size(); ++d) {
    std::int64_t first = o.index[d].constant;
    for (const Term& t : o.index[d].terms) {
      if (t.kind == Term::Kind::extent) first += t.coefficient * at(extents_, t.id);
      if (t.kind == Term::Kind::axis && at(k_.axes, t.id).backward)
        first += t.coefficient * (length(t.id) - 1);
    }
    sum += first * at(strides_, o.param)[d];
  }
  return sum;
}

std::int64_t Geometry::weight(const Nest& nest, int axis, std::int64_t most) const {
  std::int64_t sum = 0;
  for (const Operand& o : nest.operands)
    sum += std::min(std::abs(stride(o, axis)), most) * (o.written ? 2 : 1);
  return sum;
}

bool Geometry::is_outside(const Nest& nest, int a, int b) const {
  constexpr std::int64_t line = 64;
  const std::int64_t lines_a = weight(nest, a, line), lines_b = weight(nest, b, line);
  return lines_a != lines_b ? lines_a > lines_b : weight(nest, a) > weight(nest, b);
}

bool Geometry::joins(const Nest& nest, const std::vector<char>& pinned, int a, int b) const {
  if (at(pinned, a) || at(pinned, b) || at(k_.axes, a).backward != at(k_.axes, b).backward)
    return false;
  return std::all_of(nest.operands.begin(), nest.operands.end(),
                     [&](const Operand& o) { return stride(o, a) == stride(o, b) * length(b); });
}

Geometry::Crossing Geometry::crossing(const Nest& nest) const {
  constexpr std::int64_t apart = 512;  // of the 4096 bytes after which sets of a cache repeat
  Crossing found;
  if (nest.mode != NestMode::pointwise || nest.outer.size() < 2) return found;
  const int loops = static_cast<int>(nest.outer.size()) - 1;
  for (const Operand& o : nest.operands) {
    for (int l = 0; found.across < 0 && l < loops; ++l) {
      if (lies_across(nest, o, l)) found.across = l;
    }
    if (lies_across(nest, o, found.across))
      found.crowded |= stride(o, nest.outer.back().axes.back()) % apart == 0;
  }
  return found;
}

bool Geometry::lies_across(const Nest& nest, const Operand& o, int loop) const {
  const auto along = [&](const Loop& l) { return classify(o, stride(o, l.axes.back())); };
  return loop >= 0 && o.values.empty() && along(nest.outer.back()) == StrideClass::general &&
         along(at(nest.outer, loop)) == StrideClass::contiguous;
}

bool Geometry::are_columns(const Nest& nest, const std::vector<Loop>& outer,
                           const std::vector<Loop>& reduced) const {
  if (outer.empty() || reduced.empty()) return false;
  return points(outer.back().axes) >= worth_columns &&
         weight(nest, reduced.back().axes.back()) > weight(nest, outer.back().axes.back());
}

std::uint64_t Geometry::sizes() const {
  const std::int64_t outer = points(k_.outer);
  std::uint64_t bits = (outer < cuts_.few_points ? 1u : 0u) | (outer < cuts_.few_columns ? 2u : 0u);
  for (const Stage& stage : k_.stages)
    bits = (bits << 1) | (points(stage.axes) >= cuts_.many_elements ? 1u : 0u);
  return bits;
}

StrideClass classify(const Operand& o, std::int64_t stride) {
  if (stride == 0) return StrideClass::fixed;
  const auto size = static_cast<std::int64_t>(itemsize(o.dtype));
  return stride == size    ? StrideClass::contiguous
         : stride == -size ? StrideClass::reversed
                           : StrideClass::general;
}

std::int64_t lay_out_scratch(const Kernel& kernel, const Geometry& geometry, bool checked,
                             std::int64_t outer_points, const std::vector<Slot>& slots,
                             std::vector<std::int64_t>& lengths) {
  std::int64_t bytes = checked ? 64 : 0;
  const auto take = [&](std::int64_t size) {
    lengths.push_back(bytes);
    bytes += (size + 63) / 64 * 64;
  };
  for (const Slot& s : slots) {
    const auto size = static_cast<std::int64_t>(itemsize(s.dtype)) * outer_points;
    std::int64_t blocks = 1;
    for (const Stage& stage : kernel.stages) {
      for (const Statement& t : stage.statements) {
        if (t.kind == StatementKind::accumulate && t.number == s.accumulator)
          blocks = block_count(geometry.points(stage.axes));
      }
    }
    take(size);
    take(size * blocks);
  }
  return bytes;
}
}  // namespace detail

namespace {
using detail::Geometry;

// Walks LIKE as the specialiser would walk the kernel, and stops where it would choose otherwise.
class Refit {
 public:
  Refit(const Specialised& like, const std::vector<std::int64_t>& extents,
        const std::vector<std::vector<std::int64_t>>& strides)
      : like_(like), k_(*like.kernel), geometry_(k_, extents, strides) {
    out_.lengths.reserve(like.lengths.size());
    out_.strides.reserve(like.strides.size());
    out_.offsets.reserve(like.offsets.size());
    out_.lengths = extents;
  }

  std::optional<Arguments> run() {
    if (k_.stages.size() > 60 || geometry_.sizes() != like_.sizes) return std::nullopt;
    for (const Nest& nest : like_.nests) {
      if (!same(nest)) return std::nullopt;
    }
    const std::int64_t outer = geometry_.points(k_.outer);
    out_.empty = outer == 0 || like_.nests.empty();
    out_.scratch_bytes =
        detail::lay_out_scratch(k_, geometry_, like_.checked, outer, like_.slots, out_.lengths);
    return std::move(out_);
  }

 private:
  bool is_pointwise(const Nest& nest) const { return nest.mode == NestMode::pointwise; }

  // LOOPS are what becomes of the axes in A and B: those of length 1 left out, by falling weight
  // where they may be reordered, joined where they can be.
  bool same_loops(const Nest& nest, const std::vector<Loop>& loops, const std::vector<int>& a,
                  const std::vector<int>& b, bool may_reorder) const {
    std::size_t kept = 0, found = 0;
    for (const auto* axes : {&a, &b}) {
      for (const int axis : *axes) kept += geometry_.length(axis) != 1;
    }
    int last = -1;
    for (const Loop& loop : loops) {
      for (std::size_t i = 0; i < loop.axes.size(); ++i) {
        const int axis = loop.axes[i];
        if (geometry_.length(axis) == 1) return false;
        ++found;
        if (last >= 0 && may_reorder && !stays_behind(nest, last, axis, a, b)) return false;
        if (last >= 0 && geometry_.joins(nest, like_.pinned, last, axis) != (i > 0)) return false;
        last = axis;
      }
    }
    return kept == found;
  }

  // Whether sorting leaves LATER, of the axes in A and B, behind FIRST: those that are alike keep
  // their order.
  bool stays_behind(const Nest& nest, int first, int later, const std::vector<int>& a,
                    const std::vector<int>& b) const {
    if (geometry_.is_outside(nest, first, later)) return true;
    if (geometry_.is_outside(nest, later, first)) return false;
    for (const auto* axes : {&a, &b}) {
      for (const int axis : *axes) {
        if (axis == first || axis == later) return axis == first;
      }
    }
    return true;
  }

  bool same(const Nest& nest) {
    static const std::vector<int> none;
    const StagePlan& first = nest.stages.front();
    const auto& axes_of = [&](const StagePlan& plan) -> const std::vector<int>& {
      return k_.stages[static_cast<std::size_t>(plan.stage)].axes;
    };
    const bool blocks = has_blocks(nest.mode);
    if (!same_loops(nest, nest.outer, k_.outer, is_pointwise(nest) ? axes_of(first) : none,
                    !blocks))
      return false;
    if (!is_pointwise(nest)) {
      for (const StagePlan& plan : nest.stages) {
        const AxisKind kind = stage_kind(k_, k_.stages[static_cast<std::size_t>(plan.stage)]);
        if (!same_loops(nest, plan.loops, axes_of(plan), none, kind == AxisKind::parallel))
          return false;
      }
      const bool columns = blocks ? geometry_.are_columns(nest, nest.outer, first.loops)
                                  : geometry_.prefers_columns(nest, nest.stages);
      if (columns != has_columns(nest.mode)) return false;
    }
    return arguments(nest);
  }

  void push_lengths(const std::vector<Loop>& loops) {
    for (const Loop& l : loops) out_.lengths.push_back(geometry_.points(l.axes));
  }
  void push_strides(const Operand& o, const std::vector<Loop>& loops) {
    for (const Loop& l : loops) out_.strides.push_back(geometry_.stride(o, l.axes.back()));
  }
  bool arguments(const Nest& nest) {
    if (geometry_.crossing(nest) != detail::Geometry::Crossing{nest.across, nest.crowded})
      return false;
    push_lengths(nest.outer);
    for (const Operand& o : nest.operands) {
      if (geometry_.lies_across(nest, o, nest.across) != o.across) return false;
      push_strides(o, nest.outer);
      for (const int v : o.values) out_.strides.push_back(geometry_.value_stride(o, v));
      out_.offsets.push_back(geometry_.offset(o));
    }
    const bool lanes_outer = is_pointwise(nest) || has_columns(nest.mode);
    for (const StagePlan& plan : nest.stages) {
      push_lengths(plan.loops);
      const std::vector<Loop>& inner = lanes_outer ? nest.outer : plan.loops;
      for (const StagePlan::Use& use : plan.uses) {
        const Operand& o = nest.operands[static_cast<std::size_t>(use.operand)];
        const std::int64_t step = inner.empty() ? 0 : geometry_.stride(o, inner.back().axes.back());
        if (detail::classify(o, step) != use.inner) return false;
        push_strides(o, plan.loops);
      }
    }
    return true;
  }

  const Specialised& like_;
  const Kernel& k_;
  Geometry geometry_;
  Arguments out_;
};
}  // namespace

std::optional<Arguments> refit(const Specialised& like, const std::vector<std::int64_t>& extents,
                               const std::vector<std::vector<std::int64_t>>& strides) {
  return Refit(like, extents, strides).run();
}
}  // namespace kroton::kernel
