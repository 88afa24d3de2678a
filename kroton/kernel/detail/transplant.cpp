// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/transplant.h"

#include "kroton/base/at.h"
#include "kroton/base/errors.h"

namespace kroton::kernel::detail {
Affine Transplant::affine(const Affine& a) {
  Affine out(a.constant);
  for (const Term& t : a.terms) {
    Affine one = t.kind == Term::Kind::axis     ? at(axes, t.id)
                 : t.kind == Term::Kind::extent ? at(extents, t.id)
                                                : Affine::value(expr(t.id));
    out = out + t.coefficient * one;
  }
  return out;
}

Access Transplant::access(const Access& a) {
  Access out{at(params, a.param), {}, {}, a.checked};
  for (const Affine& i : a.index) out.index.push_back(affine(i));
  for (const Bound& b : a.where)
    out.where.push_back({affine(b.value), affine(b.low), affine(b.high)});
  out.where.insert(out.where.end(), guard.begin(), guard.end());
  for (const Affine& i : out.index) out.checked |= check && i.has(Term::Kind::value);
  return out;
}

ExprId Transplant::load(const Expr& e) {
  const Access& original = at(from_.accesses, e.number);
  ExprId otherwise = e.args.empty() ? no_expr : expr(e.args[0]);
  Access moved = access(original);
  if (replace) {
    if (std::optional<ExprId> value = replace(original, moved, otherwise)) return *value;
  }
  if (!moved.where.empty() && otherwise == no_expr)
    otherwise = to_.constant(e.dtype, std::int64_t{0});
  return to_.load(std::move(moved), otherwise);
}

std::vector<ExprId> Transplant::list(const std::vector<ExprId>& ids) {
  std::vector<ExprId> out;
  for (ExprId e : ids) out.push_back(expr(e));
  return out;
}

ExprId Transplant::expr(ExprId id) {
  if (at(memo_, id) != no_expr) return at(memo_, id);
  const Expr& e = at(from_.exprs, id);
  ExprId made;
  if (e.kind == ExprKind::load) {
    made = load(e);
  } else {
    Expr copy = e;
    copy.args = list(e.args);
    copy.affine = affine(e.affine);
    if (e.kind == ExprKind::apply) copy.number = to_.intern(at(from_.functions, e.number));
    if (e.kind == ExprKind::result) copy.number = at(accumulators, e.number);
    if (e.kind == ExprKind::carry) copy.number = at(carries, e.number);
    made = to_.intern(std::move(copy));
  }
  return at(memo_, id) = made;
}

Statement Transplant::statement(const Statement& s) {
  Statement out{s.kind, s.number, {}, list(s.values)};
  if (s.kind == StatementKind::accumulate) out.number = at(accumulators, s.number);
  if (s.kind == StatementKind::advance) out.number = at(carries, s.number);
  if (s.kind == StatementKind::scatter && s.number >= 0) {
    out.number = to_.intern(at(from_.functions, s.number));
  }
  if (s.kind == StatementKind::store || s.kind == StatementKind::scatter)
    out.access = access(s.access);
  return out;
}

void Transplant::copy_accumulators() {
  for (std::size_t a = 0; a < from_.accumulators.size(); ++a) {
    Accumulator copy = from_.accumulators[a];
    copy.identity = list(copy.identity);
    copy.combine = list(copy.combine);
    if (copy.absorbing != no_expr) copy.absorbing = expr(copy.absorbing);
    accumulators[a] = to_.accumulator(std::move(copy));
  }
}

void Transplant::copy_carries() {
  for (std::size_t c = 0; c < from_.carries.size(); ++c) {
    Carry copy = from_.carries[c];
    carries[c] = to_.carried(copy.name, copy.dtype, expr(copy.start));
  }
}
}  // namespace kroton::kernel::detail
