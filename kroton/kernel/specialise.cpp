// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/specialise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "kroton/base/at.h"
#include "kroton/base/hash.h"
#include "kroton/kernel/detail/geometry.h"
#include "kroton/kernel/tree.h"

namespace kroton::kernel {
namespace {

// The hash of a kernel's text, once per kernel: what a shared_ptr to const leads to does not
// change.
std::string text_hash(const std::shared_ptr<const Kernel>& kernel) {
  struct Known {
    std::weak_ptr<const Kernel> kernel;  // keeps the identity from being taken by another
    std::string hash;
  };
  thread_local std::unordered_map<const Kernel*, Known> known;
  const auto found = known.find(kernel.get());
  if (found != known.end() && !found->second.kernel.owner_before(kernel) &&
      !kernel.owner_before(found->second.kernel)) {
    return found->second.hash;
  }
  if (known.size() >= 4096) known.clear();
  std::string hash = base::to_hex(base::hash128(kernel->text()));
  known.insert_or_assign(kernel.get(), Known{kernel, hash});
  return hash;
}

class Specialiser {
 public:
  Specialiser(std::shared_ptr<const Kernel> kernel, const std::vector<std::int64_t>& extents,
              const std::vector<std::vector<std::int64_t>>& strides,
              const std::vector<int>& overlays, const Cuts& cuts)
      : k_(*kernel), geometry_(k_, extents, strides, cuts) {
    out_.overlays = overlays;
    out_.kernel = std::move(kernel);
    out_.lengths = extents;
    out_.outer_points = geometry_.points(k_.outer);
    out_.sizes = geometry_.sizes();
    out_.empty = out_.outer_points == 0;
    pin();
  }

  Specialised run() {
    if (is_split()) {
      make_slots();
      for (int s = 0; s < static_cast<int>(k_.stages.size()); ++s) {
        if (!copies_onto_itself(at(k_.stages, s))) split_nest(s);
      }
    } else {
      whole_nest();
    }
    if (out_.nests.empty()) out_.empty = true;
    lay_out_scratch();
    write_key();
    return std::move(out_);
  }

 private:
  bool copies_onto_itself(const Stage& stage) const {
    return std::all_of(stage.statements.begin(), stage.statements.end(), [&](const Statement& s) {
      if (s.kind != StatementKind::store) return false;
      const Expr& value = at(k_.exprs, s.values[0]);
      if (value.kind != ExprKind::load) return false;
      const Access& from = at(k_.accesses, value.number);
      return from.param != s.access.param &&
             out_.place_of(from.param) == out_.place_of(s.access.param) &&
             from.index == s.access.index && from.where.empty() && !from.checked;
    });
  }

  // Axes whose own value is asked for: they stay loops of their own.
  void pin() {
    out_.pinned.assign(k_.axes.size(), false);
    auto pin_affine = [&](const Affine& a) {
      for (const Term& t : a.terms) {
        if (t.kind == Term::Kind::axis) at(out_.pinned, t.id) = true;
      }
    };
    auto pin_access = [&](const Access& a) {
      for (const Bound& b : a.where) {
        for (const Affine* i : {&b.value, &b.low, &b.high}) pin_affine(*i);
      }
      out_.checked |= a.checked;
      if (!a.checked) return;
      for (const Affine& i : a.index) {
        if (i.has(Term::Kind::value)) pin_affine(i);
      }
    };
    for (const Expr& e : k_.exprs) pin_affine(e.affine);
    for (const Access& a : k_.accesses) pin_access(a);
    for (const Stage& s : k_.stages) {
      for (const Statement& t : s.statements) pin_access(t.access);
    }
  }

  bool is_split() const {
    const Cuts& cuts = geometry_.cuts();
    bool all_parallel = true, large = false;
    for (const Stage& s : k_.stages) {
      AxisKind kind = stage_kind(k_, s);
      if (kind == AxisKind::ordered) return false;
      all_parallel &= kind == AxisKind::parallel;
      large |= kind == AxisKind::reduce && geometry_.points(s.axes) >= cuts.many_elements;
    }
    if (all_parallel || k_.outer.empty()) return true;
    return large && (out_.outer_points < cuts.few_points ||
                     (out_.outer_points < cuts.few_columns && all_columns()));
  }

  // Every large reduction would run over columns of blocks.
  bool all_columns() const {
    return std::all_of(k_.stages.begin(), k_.stages.end(), [&](const Stage& stage) {
      if (geometry_.points(stage.axes) < geometry_.cuts().many_elements) return true;
      Nest nest;
      collect(nest, stage);
      return geometry_.are_columns(nest, loops(nest, k_.outer, false),
                                   loops(nest, stage.axes, false));
    });
  }

  void make_slots() {
    for (const Expr& e : k_.exprs) {
      if (e.kind == ExprKind::result) slot(e.number, e.component);
    }
    for (std::size_t a = 0; a < k_.accumulators.size(); ++a) {
      for (std::size_t c = 0; c < k_.accumulators[a].dtypes.size(); ++c) {
        slot(static_cast<int>(a), static_cast<int>(c));
      }
    }
  }
  int slot(int accumulator, int component) {
    for (std::size_t i = 0; i < out_.slots.size(); ++i) {
      if (out_.slots[i].accumulator == accumulator && out_.slots[i].component == component) {
        return static_cast<int>(i);
      }
    }
    DType d = at(at(k_.accumulators, accumulator).dtypes, component);
    out_.slots.push_back({accumulator, component, d, -1, -1});
    return static_cast<int>(out_.slots.size()) - 1;
  }

  // Adds the operands of one stage to the nest; returns their numbers.
  std::vector<int> collect(Nest& nest, const Stage& stage) const {
    std::vector<int> used;
    auto add = [&](Operand o) {
      auto same = [&](const Operand& p) { return p.param == o.param && p.index == o.index; };
      auto it = std::find_if(nest.operands.begin(), nest.operands.end(), same);
      bool written = o.written;
      if (it == nest.operands.end()) it = nest.operands.insert(it, std::move(o));
      it->written |= written;
      int number = static_cast<int>(it - nest.operands.begin());
      if (std::find(used.begin(), used.end(), number) == used.end()) used.push_back(number);
    };
    auto operand = [&](const Access& a, bool written) {
      Operand o{
          out_.place_of(a.param), a.index, at(k_.params, a.param).dtype, written, false, 0, {}};
      for (const Affine& i : a.index) {
        for (const Term& t : i.terms) {
          if (t.kind == Term::Kind::value) o.values.push_back(t.id);
        }
      }
      std::sort(o.values.begin(), o.values.end());
      o.values.erase(std::unique(o.values.begin(), o.values.end()), o.values.end());
      add(std::move(o));
    };
    Stage with_starts = stage;
    for (const Statement& t : stage.statements) {
      if (t.kind != StatementKind::advance) continue;
      with_starts.statements.push_back(t);
      with_starts.statements.back().values = {at(k_.carries, t.number).start};
    }
    for (ExprId e : stage_exprs(k_, with_starts)) {
      const Expr& expr = at(k_.exprs, e);
      if (expr.kind == ExprKind::load) operand(at(k_.accesses, expr.number), false);
      if (expr.kind != ExprKind::result) continue;
      for (std::size_t i = 0; i < out_.slots.size(); ++i) {
        const Slot& s = out_.slots[i];
        if (s.accumulator == expr.number && s.component == expr.component) {
          add({-1 - static_cast<int>(i), {}, s.dtype, false, false, 0, {}});
        }
      }
    }
    for (const Statement& t : stage.statements) {
      if (t.kind == StatementKind::store || t.kind == StatementKind::scatter)
        operand(t.access, true);
    }
    return used;
  }

  // Loops over the axes: those of length 1 vanish, neighbours that every operand crosses evenly
  // become one.
  std::vector<Loop> loops(const Nest& nest, std::vector<int> axes, bool may_reorder) const {
    std::erase_if(axes, [&](int a) { return geometry_.length(a) == 1; });
    if (may_reorder) {
      std::stable_sort(axes.begin(), axes.end(),
                       [&](int a, int b) { return geometry_.is_outside(nest, a, b); });
    }
    std::vector<Loop> result;
    for (int a : axes) {
      const bool joins =
          !result.empty() && geometry_.joins(nest, out_.pinned, result.back().axes.back(), a);
      if (!joins) result.push_back({{}, at(k_.axes, a).backward});
      result.back().axes.push_back(a);
    }
    return result;
  }

  void split_nest(int s) {
    const Stage& stage = at(k_.stages, s);
    Nest nest;
    std::vector<int> used = collect(nest, stage);
    std::vector<int> outer = k_.outer;
    StagePlan plan;
    plan.stage = s;
    plan.cost = point_cost(k_, stage);
    if (stage_kind(k_, stage) == AxisKind::reduce) {
      plan.loops = loops(nest, stage.axes, false);
      nest.outer = loops(nest, outer, false);
      nest.mode = geometry_.are_columns(nest, nest.outer, plan.loops) ? NestMode::column_blocks
                                                                      : NestMode::blocks;
    } else {
      outer.insert(outer.end(), stage.axes.begin(), stage.axes.end());
      nest.outer = loops(nest, outer, true);
    }
    add_nest(std::move(nest), {{plan, used}});
  }

  void whole_nest() {
    Nest nest;
    std::vector<std::pair<StagePlan, std::vector<int>>> plans;
    for (int s = 0; s < static_cast<int>(k_.stages.size()); ++s) {
      StagePlan plan;
      plan.stage = s;
      plan.cost = point_cost(k_, at(k_.stages, s));
      plans.emplace_back(plan, collect(nest, at(k_.stages, s)));
    }
    for (auto& [plan, used] : plans) {
      const Stage& stage = at(k_.stages, plan.stage);
      plan.loops = loops(nest, stage.axes, stage_kind(k_, stage) == AxisKind::parallel);
    }
    nest.outer = loops(nest, k_.outer, true);
    std::vector<StagePlan> stages;
    for (const auto& [plan, used] : plans) stages.push_back(plan);
    nest.mode = geometry_.prefers_columns(nest, stages) ? NestMode::columns : NestMode::rows;
    add_nest(std::move(nest), std::move(plans));
  }

  void push_lengths(const std::vector<Loop>& loops) {
    for (const Loop& l : loops) out_.lengths.push_back(geometry_.points(l.axes));
  }
  void push_strides(const Operand& o, const std::vector<Loop>& loops) {
    for (const Loop& l : loops) out_.strides.push_back(geometry_.stride(o, l.axes.back()));
  }

  void add_nest(Nest nest, std::vector<std::pair<StagePlan, std::vector<int>>> plans) {
    nest.lengths = static_cast<int>(out_.lengths.size());
    nest.first_operand = static_cast<int>(out_.offsets.size());
    const auto crossing = geometry_.crossing(nest);
    nest.across = crossing.across;
    nest.crowded = crossing.crowded;
    push_lengths(nest.outer);
    restrict_operands(nest);
    for (Operand& o : nest.operands) {
      o.across = geometry_.lies_across(nest, o, nest.across);
      o.strides = static_cast<int>(out_.strides.size());
      push_strides(o, nest.outer);
      for (int v : o.values) {
        out_.strides.push_back(geometry_.value_stride(o, v));
      }
      out_.offsets.push_back(geometry_.offset(o));
      out_.params.push_back(o.param);
    }
    bool lanes_outer = nest.mode == NestMode::pointwise || has_columns(nest.mode);
    for (auto& [plan, used] : plans) {
      plan.lengths = static_cast<int>(out_.lengths.size());
      push_lengths(plan.loops);
      const std::vector<Loop>& inner = lanes_outer ? nest.outer : plan.loops;
      for (int o : used) {
        const Operand& operand = at(nest.operands, o);
        std::int64_t step = inner.empty() ? 0 : geometry_.stride(operand, inner.back().axes.back());
        plan.uses.push_back(
            {o, static_cast<int>(out_.strides.size()), detail::classify(operand, step)});
        push_strides(operand, plan.loops);
      }
      nest.stages.push_back(std::move(plan));
    }
    out_.nests.push_back(std::move(nest));
  }

  void restrict_operands(Nest& nest) const {
    for (Operand& o : nest.operands) {
      o.restricted = true;
      if (o.param < 0) continue;
      for (const Operand& p : nest.operands) {
        if (&o != &p && p.param == o.param && (o.written || p.written)) o.restricted = false;
      }
    }
  }

  void lay_out_scratch() {
    int next = static_cast<int>(out_.lengths.size());
    for (Slot& s : out_.slots) {
      s.offset = next++;
      s.parts = next++;
    }
    out_.scratch_bytes = detail::lay_out_scratch(k_, geometry_, out_.checked, out_.outer_points,
                                                 out_.slots, out_.lengths);
  }

  void write_key() {
    auto list = [](const std::vector<Loop>& loops) {
      std::string text;
      for (const Loop& l : loops) {
        text += l.backward ? "<" : "(";
        for (int a : l.axes) text += fmt::format("{}{}", a, a == l.axes.back() ? "" : " ");
        text += ")";
      }
      return text;
    };
    static constexpr const char* modes[] = {"pointwise", "rows", "columns", "blocks",
                                            "column_blocks"};
    out_.key = text_hash(out_.kernel);
    for (const Nest& nest : out_.nests) {
      out_.key += fmt::format("|{} {}", modes[static_cast<int>(nest.mode)], list(nest.outer));
      if (nest.across >= 0)
        out_.key += fmt::format(" across {}{}", nest.across, nest.crowded ? " crowded" : "");
      for (const StagePlan& plan : nest.stages) {
        out_.key += " " + list(plan.loops) + ":";
        for (const StagePlan::Use& u : plan.uses) out_.key += "cfgb"[static_cast<int>(u.inner)];
      }
      out_.key += " ";
      for (const Operand& o : nest.operands) {
        out_.key += o.restricted ? 'r' : 'a';
        if (o.across) out_.key += 'x';
      }
    }
    for (std::size_t p = 0; p < out_.overlays.size(); ++p) {
      if (const int over = out_.overlays[p]; over != static_cast<int>(p))
        out_.key += fmt::format(" {}@{}", p, over);
    }
  }

  const Kernel& k_;
  detail::Geometry geometry_;
  Specialised out_;
};
}  // namespace

Specialised specialise(std::shared_ptr<const Kernel> kernel,
                       const std::vector<std::int64_t>& extents,
                       const std::vector<std::vector<std::int64_t>>& strides,
                       const std::vector<int>& overlays, const Cuts& cuts) {
  return Specialiser(std::move(kernel), extents, strides, overlays, cuts).run();
}

std::int64_t points(const std::vector<Loop>& loops, const std::vector<std::int64_t>& lengths,
                    int first) {
  std::int64_t n = 1;
  for (std::size_t i = 0; i < loops.size(); ++i) n *= lengths[static_cast<std::size_t>(first) + i];
  return n;
}
}  // namespace kroton::kernel
