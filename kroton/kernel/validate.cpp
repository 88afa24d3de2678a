// SPDX-License-Identifier: BSD-3-Clause
// The rules of the form. What breaks one is a defect of the code that built the kernel.
#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/kernel/form.h"

namespace kroton::kernel {
namespace {
class Checker {
 public:
  explicit Checker(const Kernel& k) : k_(k) {}

  void run() {
    for (const Extent& e : k_.extents) extent(e);
    for (int a : k_.outer) {
      need(axis(a).kind == AxisKind::parallel, fmt::format("outer axis i{} is not parallel", a));
    }
    for (const Axis& a : k_.axes) {
      need(!a.length.has(Term::Kind::axis) && !a.length.has(Term::Kind::value),
           "an axis' length depends on an axis or a value; lengths are over extents");
    }
    for (std::size_t e = 0; e < k_.exprs.size(); ++e) expr(k_.exprs[e], static_cast<ExprId>(e));
    for (const Accumulator& a : k_.accumulators) accumulator(a);
    filled_.assign(k_.accumulators.size(), false);
    for (const Stage& s : k_.stages) stage(s);
  }

 private:
  void need(bool holds, const std::string& fact) const {
    if (!holds)
      throw InternalError(fmt::format("kernel {}: {}; this is a bug in kroton", k_.name, fact));
  }
  const Axis& axis(int a) const {
    need(in_range(a, k_.axes), fmt::format("axis {} does not exist", a));
    return k_.axes[static_cast<std::size_t>(a)];
  }
  template <class V>
  static bool in_range(int i, const V& v) {
    return i >= 0 && static_cast<std::size_t>(i) < v.size();
  }

  void extent(const Extent& e) const {
    need(!e.sources.empty() || !e.given.empty(),
         fmt::format("extent {} has no dimension to come from and is not given", e.name));
    for (const Dimension& d : e.sources) {
      need(in_range(d.param, k_.params) && d.dim >= 0 &&
               d.dim < k_.params[static_cast<std::size_t>(d.param)].rank,
           fmt::format("extent {} names dimension {} of param {}", e.name, d.dim, d.param));
    }
  }

  void affine(const Affine& a, ExprId before) const {
    for (const Term& t : a.terms) {
      if (t.kind == Term::Kind::axis) {
        axis(t.id);
      } else if (t.kind == Term::Kind::extent) {
        need(in_range(t.id, k_.extents), fmt::format("extent {} does not exist", t.id));
      } else {
        need(in_range(t.id, k_.exprs) && t.id < before,
             fmt::format("v{} is used before it exists", t.id));
        need(k_.exprs[static_cast<std::size_t>(t.id)].dtype == int64,
             fmt::format("v{} is an index and not int64", t.id));
      }
    }
  }

  void access(const Access& a, ExprId before) const {
    need(in_range(a.param, k_.params), fmt::format("param {} does not exist", a.param));
    const Param& p = k_.params[static_cast<std::size_t>(a.param)];
    need(static_cast<int>(a.index.size()) == p.rank,
         fmt::format("{} has rank {} and {} indices", p.name, p.rank, a.index.size()));
    for (int d = 0; d < p.rank; ++d) {
      const Affine& i = a.index[static_cast<std::size_t>(d)];
      affine(i, before);
      need(!a.checked || !i.has(Term::Kind::value) || extent_of(k_, a.param, d) >= 0,
           fmt::format("{} is checked and no extent is the length of its dimension {}", p.name, d));
    }
    for (const Bound& b : a.where) {
      for (const Affine* i : {&b.value, &b.low, &b.high}) {
        affine(*i, before);
        need(!i->has(Term::Kind::value), "a bound depends on a value; bounds are boxes");
      }
    }
  }

  void expr(const Expr& e, ExprId id) const {
    for (ExprId a : e.args) need(a >= 0 && a < id, fmt::format("v{} uses v{}", id, a));
    need(compute_dtype(e.dtype) == e.dtype, fmt::format("v{} is computed in a 16-bit float", id));
    affine(e.affine, id);
    auto type = [&](std::size_t i) { return k_.exprs[static_cast<std::size_t>(e.args[i])].dtype; };
    if (e.kind == ExprKind::load) {
      need(in_range(e.number, k_.accesses), fmt::format("v{} loads access {}", id, e.number));
      const Access& a = k_.accesses[static_cast<std::size_t>(e.number)];
      access(a, id);
      need(a.where.empty() == e.args.empty(),
           fmt::format("v{} needs a value for where its bounds do not hold, and only then", id));
    }
    if (e.kind == ExprKind::apply) {
      need(in_range(e.number, k_.functions), fmt::format("v{} applies function {}", id, e.number));
      const ScalarFunction& f = *k_.functions[static_cast<std::size_t>(e.number)];
      need(static_cast<int>(e.args.size()) == f.nin,
           fmt::format("v{} gives {} {} arguments", id, f.name, e.args.size()));
      for (int i = 0; i < f.nin; ++i) {
        need(type(static_cast<std::size_t>(i)) == argument_dtype(f, i, e.compute),
             fmt::format("v{} gives {} an argument that is not {}", id, f.name,
                         kroton::name(e.compute)));
      }
      need(e.dtype == result_dtype(f, e.compute), fmt::format("v{} has the wrong dtype", id));
    }
    if (e.kind == ExprKind::select) {
      need(e.args.size() == 3 && type(0) == bool_ && type(1) == e.dtype && type(2) == e.dtype,
           fmt::format("v{} selects between different dtypes", id));
    }
  }

  void accumulator(const Accumulator& a) const {
    need(a.identity.size() == a.dtypes.size() && a.combine.size() == a.dtypes.size(),
         fmt::format("accumulator {} has parts of different length", a.name));
    for (std::size_t i = 0; i < a.dtypes.size(); ++i) {
      need(in_range(a.identity[i], k_.exprs) && in_range(a.combine[i], k_.exprs),
           fmt::format("accumulator {} has no value in component {}", a.name, i));
      const Expr& identity = k_.exprs[static_cast<std::size_t>(a.identity[i])];
      need(identity.kind == ExprKind::constant && identity.dtype == a.dtypes[i] &&
               k_.exprs[static_cast<std::size_t>(a.combine[i])].dtype == a.dtypes[i],
           fmt::format("accumulator {} has a wrong dtype in component {}", a.name, i));
    }
  }

  void stage(const Stage& s) {
    AxisKind kind = stage_kind(k_, s);
    for (int a : s.axes) need(axis(a).kind == kind, "a stage mixes kinds of axes");
    for (const Statement& t : s.statements) {
      for (ExprId e : t.values) need(in_range(e, k_.exprs), "a statement has no value");
    }
    for (ExprId id : stage_exprs(k_, s)) {
      const Expr& e = k_.exprs[static_cast<std::size_t>(id)];
      need(e.kind != ExprKind::carry || in_range(e.number, k_.carries),
           fmt::format("v{} reads carry {}, which does not exist", id, e.number));
      if (e.kind == ExprKind::result) {
        need(in_range(e.number, k_.accumulators),
             fmt::format("v{} reads accumulator {}, which does not exist", id, e.number));
        need(filled_[static_cast<std::size_t>(e.number)],
             fmt::format("v{} reads accumulator a{} before a stage filled it", id, e.number));
      }
      need(e.kind != ExprKind::left && e.kind != ExprKind::right,
           fmt::format("v{} belongs into a combine", id));
    }
    for (const Statement& t : s.statements) statement(t, kind);
    for (const Statement& t : s.statements) {
      if (t.kind == StatementKind::accumulate) filled_[static_cast<std::size_t>(t.number)] = true;
    }
  }

  void statement(const Statement& t, AxisKind kind) const {
    if (t.kind == StatementKind::accumulate) {
      need(kind == AxisKind::reduce, "accumulate stands outside reduce axes");
      need(in_range(t.number, k_.accumulators),
           fmt::format("accumulator {} does not exist", t.number));
    } else if (t.kind == StatementKind::advance) {
      need(kind == AxisKind::ordered, "advance stands outside ordered axes");
      need(in_range(t.number, k_.carries), fmt::format("carry {} does not exist", t.number));
    } else {
      access(t.access, static_cast<ExprId>(k_.exprs.size()));
      const Param& p = k_.params[static_cast<std::size_t>(t.access.param)];
      need(p.role != Role::in, fmt::format("{} is an input and is stored to", p.name));
    }
  }

  const Kernel& k_;
  std::vector<bool> filled_;
};
}  // namespace

void validate(const Kernel& kernel) { Checker(kernel).run(); }
}  // namespace kroton::kernel
