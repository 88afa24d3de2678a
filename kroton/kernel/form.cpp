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

std::vector<std::int64_t> extents_from_shapes(const Kernel& kernel,
                                              const std::vector<std::vector<std::int64_t>>& shapes,
                                              const std::vector<std::int64_t>& given) {
  std::vector<std::int64_t> lengths;
  for (const Extent& extent : kernel.extents) {
    struct Known {
      std::int64_t length;
      std::string text;
    };
    std::vector<Known> all;
    for (const Dimension& d : extent.sources) {
      const auto p = static_cast<std::size_t>(d.param);
      const std::int64_t n = shapes[p][static_cast<std::size_t>(d.dim)];
      all.push_back(
          {n, fmt::format("{} has length {} in dimension {}", kernel.params[p].name, n, d.dim)});
    }
    for (int g : extent.given) {
      const std::int64_t n = given[static_cast<std::size_t>(g)];
      all.push_back({n, fmt::format("{} is given", n)});
    }
    for (const Known& known : all) {
      if (known.length == all.front().length) continue;
      throw ShapeError(fmt::format("{}: {} and {}; both must be {}", kernel.name, all.front().text,
                                   known.text, extent.name));
    }
    lengths.push_back(all.front().length);
  }
  return lengths;
}

int too_short(const Kernel& kernel, const std::vector<std::int64_t>& extents) {
  for (int axis : kernel.outer) {
    if (length(kernel.axes[static_cast<std::size_t>(axis)].length, extents) == 0) return -1;
  }
  for (std::size_t e = 0; e < kernel.extents.size(); ++e) {
    // The first element of a backward slice of nothing is given as -1.
    const std::int64_t least = kernel.extents[e].at_least;
    if (least > 0 && extents[e] < least) return static_cast<int>(e);
  }
  return -1;
}

int given_count(const Kernel& kernel) {
  int count = 0;
  for (const Extent& e : kernel.extents) {
    for (int g : e.given) count = std::max(count, g + 1);
  }
  return count;
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
