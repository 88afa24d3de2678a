// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/form.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/kernel/builder.h"

namespace kroton::kernel {
namespace {
void mark_values(const Affine& a, std::vector<char>& used) {
  for (const Term& t : a.terms) {
    if (t.kind == Term::Kind::value) used[static_cast<std::size_t>(t.id)] = 1;
  }
}

void mark_access(const Access& access, std::vector<char>& used) {
  for (const Affine& a : access.index) mark_values(a, used);
}
}  // namespace

std::vector<std::int64_t> extents_from_shapes(
    const Kernel& kernel, const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<std::int64_t> lengths;
  for (const Extent& extent : kernel.extents) {
    const Dimension& first = extent.sources.front();
    auto at = [&](const Dimension& d) {
      return shapes[static_cast<std::size_t>(d.param)][static_cast<std::size_t>(d.dim)];
    };
    for (const Dimension& d : extent.sources) {
      if (at(d) == at(first)) continue;
      auto param = [&](const Dimension& s) {
        return kernel.params[static_cast<std::size_t>(s.param)].name;
      };
      throw ShapeError(fmt::format(
          "{}: {} has length {} in dimension {} and {} has length {} in dimension {}; both must be "
          "{}",
          kernel.name, param(first), at(first), first.dim, param(d), at(d), d.dim, extent.name));
    }
    lengths.push_back(at(first));
  }
  return lengths;
}

std::int64_t length(const Affine& a, const std::vector<std::int64_t>& extents) {
  std::int64_t n = a.constant;
  for (const Term& t : a.terms) {
    KROTON_CHECK(t.kind == Term::Kind::extent);
    n += t.coefficient * extents[static_cast<std::size_t>(t.id)];
  }
  return std::max<std::int64_t>(n, 0);
}

int extent_of(const Kernel& kernel, int param, int dim) {
  for (std::size_t e = 0; e < kernel.extents.size(); ++e) {
    const std::vector<Dimension>& sources = kernel.extents[e].sources;
    if (std::find(sources.begin(), sources.end(), Dimension{param, dim}) != sources.end()) {
      return static_cast<int>(e);
    }
  }
  return -1;
}

AxisKind stage_kind(const Kernel& kernel, const Stage& stage) {
  return stage.axes.empty() ? AxisKind::parallel
                            : kernel.axes[static_cast<std::size_t>(stage.axes.front())].kind;
}

std::vector<ExprId> stage_exprs(const Kernel& kernel, const Stage& stage) {
  std::vector<char> used(kernel.exprs.size(), 0);
  for (const Statement& s : stage.statements) {
    if (s.kind == StatementKind::store || s.kind == StatementKind::scatter)
      mark_access(s.access, used);
    for (ExprId e : s.values) used[static_cast<std::size_t>(e)] = 1;
  }
  for (std::size_t e = used.size(); e-- > 0;) {
    if (!used[e]) continue;
    const Expr& expr = kernel.exprs[e];
    for (ExprId a : expr.args) used[static_cast<std::size_t>(a)] = 1;
    mark_values(expr.affine, used);
    if (expr.kind == ExprKind::load) {
      mark_access(kernel.accesses[static_cast<std::size_t>(expr.number)], used);
    }
  }
  std::vector<ExprId> ids;
  for (std::size_t e = 0; e < used.size(); ++e) {
    if (used[e]) ids.push_back(static_cast<ExprId>(e));
  }
  return ids;
}

int point_cost(const Kernel& kernel, const Stage& stage) {
  int cost = 0;
  for (ExprId e : stage_exprs(kernel, stage)) {
    const Expr& expr = kernel.exprs[static_cast<std::size_t>(e)];
    if (expr.kind == ExprKind::apply) {
      cost += kernel.functions[static_cast<std::size_t>(expr.number)]->cost;
    } else if (expr.kind != ExprKind::constant) {
      ++cost;
    }
  }
  for (const Statement& s : stage.statements) {
    cost += s.kind == StatementKind::accumulate
                ? static_cast<int>(
                      kernel.accumulators[static_cast<std::size_t>(s.number)].dtypes.size())
                : 1;
  }
  return cost;
}

std::uint64_t Kernel::hash() const { return base::hash64(text()); }
}  // namespace kroton::kernel
