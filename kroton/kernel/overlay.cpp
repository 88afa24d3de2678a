// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/overlay.h"

#include <algorithm>

namespace kroton::kernel {
namespace {
bool is_never_negative(const Affine& a) {
  return a.constant >= 0 && std::all_of(a.terms.begin(), a.terms.end(), [](const Term& t) {
           return t.kind == Term::Kind::extent && t.coefficient >= 0;
         });
}

// The one axis of an index, or -1.
int moving_axis(const Affine& index) {
  int axis = -1;
  for (const Term& t : index.terms) {
    if (t.kind == Term::Kind::value || (t.kind == Term::Kind::axis && axis >= 0)) return -1;
    if (t.kind == Term::Kind::axis) axis = t.id;
  }
  return axis;
}

class Overlay {
 public:
  Overlay(const Kernel& kernel, int input, int output)
      : k_(kernel), input_(input), output_(output) {}

  bool is_safe() const {
    const Param &x = param(input_), &z = param(output_);
    if (x.role != Role::in || z.role == Role::in || x.dtype != z.dtype || x.rank != z.rank)
      return false;
    for (std::size_t s = 0; s < k_.stages.size(); ++s) {
      for (const Statement& write : k_.stages[s].statements) {
        const bool stores =
            write.kind == StatementKind::store || write.kind == StatementKind::scatter;
        if (stores && write.access.param == output_ && !keeps(write) && !is_safe(write, s))
          return false;
      }
    }
    return true;
  }

 private:
  const Param& param(int p) const { return k_.params[static_cast<std::size_t>(p)]; }

  // The accesses through which expressions of a stage, with ROOTS for its values, read the input.
  std::vector<const Access*> reads(const Stage& stage) const {
    std::vector<const Access*> found;
    for (ExprId e : stage_exprs(k_, stage)) {
      const Expr& expr = k_.exprs[static_cast<std::size_t>(e)];
      if (expr.kind != ExprKind::load) continue;
      const Access& access = k_.accesses[static_cast<std::size_t>(expr.number)];
      if (access.param == input_) found.push_back(&access);
    }
    return found;
  }
  // What is read once at the outer point, before the first step.
  Stage starts(const Stage& stage) const {
    Stage before;
    for (const Statement& s : stage.statements) {
      if (s.kind != StatementKind::advance) continue;
      before.statements.push_back(s);
      before.statements.back().values = {k_.carries[static_cast<std::size_t>(s.number)].start};
    }
    return before;
  }

  // Each element keeps its value.
  bool keeps(const Statement& write) const {
    const Expr& value = k_.exprs[static_cast<std::size_t>(write.values[0])];
    if (write.kind != StatementKind::store || value.kind != ExprKind::load) return false;
    const Access& from = k_.accesses[static_cast<std::size_t>(value.number)];
    return from.param == input_ && from.index == write.access.index && from.where.empty() &&
           !from.checked;
  }

  bool is_safe(const Statement& write, std::size_t stage) const {
    for (std::size_t s = 0; s < k_.stages.size(); ++s) {
      for (const Access* read : reads(starts(k_.stages[s]))) {
        if (s <= stage ? !is_of_the_point(*read, write.access) : !are_apart(*read, write.access))
          return false;
      }
      for (const Access* read : reads(k_.stages[s])) {
        const bool safe = s < stage   ? is_of_the_point(*read, write.access)
                          : s > stage ? are_apart(*read, write.access)
                                      : is_same(*read, write) || are_apart(*read, write.access);
        if (!safe) return false;
      }
    }
    return true;
  }

  // One element, one point: read and written there.
  bool is_same(const Access& read, const Statement& write) const {
    return write.kind == StatementKind::store && read.index == write.access.index &&
           std::none_of(read.index.begin(), read.index.end(),
                        [](const Affine& i) { return i.has(Term::Kind::value); });
  }
  // What is read belongs to the same point of the outer axes as what is written later.
  bool is_of_the_point(const Access& read, const Access& write) const {
    return std::all_of(k_.outer.begin(), k_.outer.end(), [&](int axis) {
      for (std::size_t d = 0; d < write.index.size(); ++d) {
        if (write.index[d] == Affine::axis(axis) && read.index[d] == write.index[d]) return true;
      }
      return false;
    });
  }
  // The boxes have no element in common, whatever the lengths.
  bool are_apart(const Access& a, const Access& b) const {
    for (std::size_t d = 0; d < a.index.size(); ++d) {
      const auto box_a = range(a.index[d]), box_b = range(b.index[d]);
      if (box_a.known && box_b.known &&
          (is_never_negative(box_b.low - box_a.high) || is_never_negative(box_a.low - box_b.high)))
        return true;
    }
    return false;
  }
  struct Range {
    Affine low = {}, high = {};
    bool known = false;
  };
  Range range(const Affine& index) const {
    if (index.has(Term::Kind::value)) return {};
    if (!index.has(Term::Kind::axis)) return {index, index + 1, true};
    const int axis = moving_axis(index);
    if (axis < 0) return {};
    const Affine& length = k_.axes[static_cast<std::size_t>(axis)].length;
    if (index.coefficient(Term::Kind::axis, axis) == 1) {
      const Affine low = index - Affine::axis(axis);
      return {low, low + length, true};
    }
    if (index.coefficient(Term::Kind::axis, axis) == -1) {
      const Affine high = index + Affine::axis(axis) + 1;
      return {high - length, high, true};
    }
    return {};
  }

  const Kernel& k_;
  int input_, output_;
};
}  // namespace

bool may_overlay(const Kernel& kernel, int input, int output) {
  return Overlay(kernel, input, output).is_safe();
}

void group_overlays(Kernel& kernel) {
  struct Group {
    std::vector<int> inputs, outputs;
  };
  std::vector<Group> groups;
  for (const Param& p : kernel.params) {
    if (p.alias_group >= 0) return;
  }
  const int count = static_cast<int>(kernel.params.size());
  const auto role = [&](int p) { return kernel.params[static_cast<std::size_t>(p)].role; };
  std::vector<char> taken(kernel.params.size(), 0);
  for (int output = 0; output < count; ++output) {
    if (role(output) == Role::in) continue;
    const auto joined = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return std::all_of(group.inputs.begin(), group.inputs.end(),
                         [&](int input) { return may_overlay(kernel, input, output); });
    });
    if (joined != groups.end()) {
      joined->outputs.push_back(output);
      continue;
    }
    Group group{{}, {output}};
    for (int input = 0; input < count; ++input) {
      if (taken[static_cast<std::size_t>(input)] || !may_overlay(kernel, input, output)) continue;
      taken[static_cast<std::size_t>(input)] = 1;
      group.inputs.push_back(input);
    }
    if (!group.inputs.empty()) groups.push_back(std::move(group));
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const auto* list : {&groups[g].inputs, &groups[g].outputs}) {
      for (int p : *list)
        kernel.params[static_cast<std::size_t>(p)].alias_group = static_cast<int>(g);
    }
  }
}
}  // namespace kroton::kernel
