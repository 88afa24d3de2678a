// SPDX-License-Identifier: BSD-3-Clause
// Renumbers a kernel by first use, so that equal kernels are equal data.
#include <algorithm>

#include "kroton/kernel/builder.h"

namespace kroton::kernel {
namespace {
class Renumbering {
 public:
  explicit Renumbering(const Kernel& from) : from_(from) {
    to_.name = from.name;
    to_.params = from.params;
    auto fresh = [](std::size_t n) { return std::vector<int>(n, -1); };
    axes_ = fresh(from.axes.size());
    extents_ = fresh(from.extents.size());
    exprs_ = fresh(from.exprs.size());
    accesses_ = fresh(from.accesses.size());
    functions_ = fresh(from.functions.size());
    accumulators_ = fresh(from.accumulators.size());
    carries_ = fresh(from.carries.size());
  }

  Kernel run() {
    for (int a : from_.outer) to_.outer.push_back(axis(a));
    for (const Stage& stage : from_.stages) {
      Stage s;
      for (int a : stage.axes) s.axes.push_back(axis(a));
      for (const Statement& t : stage.statements) s.statements.push_back(statement(t));
      to_.stages.push_back(std::move(s));
    }
    for (std::size_t e = 0; e < from_.extents.size(); ++e) {
      const Extent& known = from_.extents[e];
      if (!known.sources.empty() || known.given.size() > 1) extent(static_cast<int>(e));
    }
    return std::move(to_);
  }

 private:
  static int& at(std::vector<int>& v, int i) { return v[static_cast<std::size_t>(i)]; }

  int axis(int a) {
    if (at(axes_, a) < 0) {
      Axis copy = from_.axes[static_cast<std::size_t>(a)];
      copy.length = affine(copy.length);
      at(axes_, a) = static_cast<int>(to_.axes.size());
      to_.axes.push_back(std::move(copy));
    }
    return at(axes_, a);
  }

  int extent(int e) {
    if (at(extents_, e) < 0) {
      at(extents_, e) = static_cast<int>(to_.extents.size());
      to_.extents.push_back(from_.extents[static_cast<std::size_t>(e)]);
      std::sort(to_.extents.back().sources.begin(), to_.extents.back().sources.end());
      std::sort(to_.extents.back().given.begin(), to_.extents.back().given.end());
    }
    return at(extents_, e);
  }

  Affine affine(const Affine& a) {
    Affine out(a.constant);
    for (const Term& t : a.terms) {
      Affine one = t.kind == Term::Kind::axis     ? Affine::axis(axis(t.id))
                   : t.kind == Term::Kind::extent ? Affine::extent(extent(t.id))
                                                  : Affine::value(expr(t.id));
      out = out + t.coefficient * one;
    }
    return out;
  }

  Access access(const Access& a) {
    Access out{a.param, {}, {}, a.checked};
    for (const Affine& i : a.index) out.index.push_back(affine(i));
    for (const Bound& b : a.where)
      out.where.push_back({affine(b.value), affine(b.low), affine(b.high)});
    return out;
  }

  int function(int f) {
    if (at(functions_, f) < 0) {
      at(functions_, f) = static_cast<int>(to_.functions.size());
      to_.functions.push_back(from_.functions[static_cast<std::size_t>(f)]);
    }
    return at(functions_, f);
  }

  std::vector<ExprId> list(const std::vector<ExprId>& ids) {
    std::vector<ExprId> out;
    for (ExprId e : ids) out.push_back(expr(e));
    return out;
  }

  int accumulator(int a) {
    if (at(accumulators_, a) < 0) {
      Accumulator copy = from_.accumulators[static_cast<std::size_t>(a)];
      copy.identity = list(copy.identity);
      copy.combine = list(copy.combine);
      if (copy.absorbing != no_expr) copy.absorbing = expr(copy.absorbing);
      at(accumulators_, a) = static_cast<int>(to_.accumulators.size());
      to_.accumulators.push_back(std::move(copy));
    }
    return at(accumulators_, a);
  }

  int carry(int c) {
    if (at(carries_, c) < 0) {
      Carry copy = from_.carries[static_cast<std::size_t>(c)];
      copy.start = expr(copy.start);
      at(carries_, c) = static_cast<int>(to_.carries.size());
      to_.carries.push_back(std::move(copy));
    }
    return at(carries_, c);
  }

  ExprId expr(ExprId e) {
    if (at(exprs_, e) >= 0) return at(exprs_, e);
    Expr copy = from_.exprs[static_cast<std::size_t>(e)];
    copy.args = list(copy.args);
    copy.affine = affine(copy.affine);
    if (copy.kind == ExprKind::load) {
      Access a = access(from_.accesses[static_cast<std::size_t>(copy.number)]);
      auto it = std::find(to_.accesses.begin(), to_.accesses.end(), a);
      if (it == to_.accesses.end()) it = to_.accesses.insert(it, std::move(a));
      copy.number = static_cast<int>(it - to_.accesses.begin());
    }
    if (copy.kind == ExprKind::apply) copy.number = function(copy.number);
    if (copy.kind == ExprKind::result) copy.number = accumulator(copy.number);
    if (copy.kind == ExprKind::carry) copy.number = carry(copy.number);
    auto it = std::find(to_.exprs.begin(), to_.exprs.end(), copy);
    if (it == to_.exprs.end()) it = to_.exprs.insert(it, std::move(copy));
    return at(exprs_, e) = static_cast<ExprId>(it - to_.exprs.begin());
  }

  Statement statement(const Statement& s) {
    Statement out{s.kind, s.number, {}, {}};
    if (s.kind == StatementKind::accumulate) out.number = accumulator(s.number);
    if (s.kind == StatementKind::advance) out.number = carry(s.number);
    if (s.kind == StatementKind::scatter && s.number >= 0) out.number = function(s.number);
    if (s.kind == StatementKind::store || s.kind == StatementKind::scatter)
      out.access = access(s.access);
    out.values = list(s.values);
    return out;
  }

  const Kernel& from_;
  Kernel to_;
  std::vector<int> axes_, extents_, exprs_, accesses_, functions_, accumulators_, carries_;
};
}  // namespace

Kernel canonical(const Kernel& kernel) { return Renumbering(kernel).run(); }
}  // namespace kroton::kernel
