// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/detail/body_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::kernel::detail {
int BodyWriter::operand_of(const Access& a) const {
  for (std::size_t o = 0; o < nest_.operands.size(); ++o) {
    if (nest_.operands[o].param == s_.place_of(a.param) && nest_.operands[o].index == a.index) {
      return static_cast<int>(o);
    }
  }
  KROTON_CHECK(!"an access has an operand");
  return -1;
}

std::string BodyWriter::name(ExprId id, const Spelling& at_point) {
  const Expr& e = at(k_.exprs, id);
  switch (e.kind) {
    case ExprKind::constant:
      return literal(e, definitions_);
    case ExprKind::left:
      return fmt::format("l{}", e.component);
    case ExprKind::right:
      return fmt::format("r{}", e.component);
    case ExprKind::carry:
      return at_point.leaf(e);
    case ExprKind::result: {
      for (std::size_t o = 0; o < nest_.operands.size(); ++o) {
        int param = nest_.operands[o].param;
        if (param >= 0) continue;
        const Slot& slot = at(s_.slots, -1 - param);
        if (slot.accumulator == e.number && slot.component == e.component) {
          return at_point.element(static_cast<int>(o), "");
        }
      }
      return at_point.leaf(e);
    }
    default:
      return fmt::format("v{}", id);
  }
}

std::string BodyWriter::affine(const Affine& a, const Spelling& at_point) {
  std::string out = fmt::format("{}", a.constant);
  for (const Term& t : a.terms) {
    std::string value = t.kind == Term::Kind::axis     ? at_point.axis(t.id)
                        : t.kind == Term::Kind::extent ? length(t.id)
                                                       : name(t.id, at_point);
    out += t.coefficient == 1    ? fmt::format(" + {}", value)
           : t.coefficient == -1 ? fmt::format(" - {}", value)
                                 : fmt::format(" + ({})*{}", t.coefficient, value);
  }
  if (a.constant == 0 && out.rfind("0 + ", 0) == 0) out = out.substr(4);
  return out;
}

std::string BodyWriter::element(const Access& a, const Spelling& at_point) {
  int number = operand_of(a);
  const Operand& o = at(nest_.operands, number);
  std::string more;
  for (std::size_t i = 0; i < o.values.size(); ++i) {
    int slot = o.strides + static_cast<int>(nest_.outer.size() + i);
    more += fmt::format(" + {}*{}", name(o.values[i], at_point), stride(slot));
  }
  return at_point.element(number, more);
}

std::string BodyWriter::condition(const Access& a, const Spelling& at_point,
                                  std::vector<std::string>& lines, const std::string& stem) {
  std::vector<std::string> parts;
  for (const Bound& b : a.where) {
    std::string value = affine(b.value, at_point);
    parts.push_back(fmt::format("({} <= {}) & ({} < {})", affine(b.low, at_point), value, value,
                                affine(b.high, at_point)));
  }
  for (int d = 0; a.checked && d < static_cast<int>(a.index.size()); ++d) {
    if (!at(a.index, d).has(Term::Kind::value)) continue;
    std::string box = parts.empty() ? "1" : base::join(parts, " & ");
    std::string n = length(extent_of(k_, a.param, d));
    lines.push_back(
        fmt::format("const k_i64 {}x{} = {};", stem, d, affine(at(a.index, d), at_point)));
    lines.push_back(
        fmt::format("const int {}y{} = (k_u64){}x{} < (k_u64){};", stem, d, stem, d, n));
    lines.push_back(fmt::format("if ({} & !{}y{}) k_fault(scratch, {}, {}, {}x{});", box, stem, d,
                                a.param, d, stem, d));
    parts.push_back(fmt::format("{}y{}", stem, d));
  }
  return base::join(parts, " & ");
}

std::string BodyWriter::load(ExprId id, const Spelling& at_point, std::vector<std::string>& lines) {
  const Expr& e = at(k_.exprs, id);
  const Access& a = at(k_.accesses, e.number);
  std::string test = condition(a, at_point, lines, fmt::format("v{}", id));
  std::string value = definitions_.load(at(k_.params, a.param).dtype, element(a, at_point));
  if (test.empty()) return value;
  if (!e.args.empty()) return fmt::format("({}) ? {} : {}", test, value, name(e.args[0], at_point));
  Expr zero{ExprKind::constant, e.dtype};
  return fmt::format("({}) ? {} : {}", test, value, literal(zero, definitions_));
}

std::string BodyWriter::expr(ExprId id, const Spelling& at_point, std::vector<std::string>& lines) {
  const Expr& e = at(k_.exprs, id);
  std::vector<std::string> args;
  for (ExprId a : e.args) args.push_back(name(a, at_point));
  switch (e.kind) {
    case ExprKind::index:
      return affine(e.affine, at_point);
    case ExprKind::load:
      return load(id, at_point, lines);
    case ExprKind::apply:
      return fmt::format("{}({})", definitions_.function(*at(k_.functions, e.number), e.compute),
                         base::join(args, ", "));
    case ExprKind::cast:
      return definitions_.cast(at(k_.exprs, e.args[0]).dtype, e.compute, args[0]);
    case ExprKind::select:
      return fmt::format("{} ? {} : {}", args[0], args[1], args[2]);
    default:
      return name(id, at_point);
  }
}

std::vector<std::string> BodyWriter::values(const std::vector<ExprId>& ids,
                                            const Spelling& at_point) {
  std::vector<std::string> lines;
  for (ExprId id : ids) {
    ExprKind kind = at(k_.exprs, id).kind;
    if (kind != ExprKind::index && kind != ExprKind::load && kind != ExprKind::apply &&
        kind != ExprKind::cast && kind != ExprKind::select) {
      continue;
    }
    std::string text = expr(id, at_point, lines);
    lines.push_back(
        fmt::format("const {} v{} = {};", value_type(at(k_.exprs, id).dtype), id, text));
  }
  return lines;
}

void BodyWriter::statement(const Statement& s, const Spelling& at_point,
                           std::vector<std::string>& lines, int number) {
  std::string test = condition(s.access, at_point, lines, fmt::format("w{}", number));
  DType type = at(k_.params, s.access.param).dtype;
  std::string to = element(s.access, at_point), value = name(s.values[0], at_point);
  DType value_dtype = at(k_.exprs, s.values[0]).dtype;
  if (s.kind == StatementKind::scatter && s.number >= 0) {
    std::string f = definitions_.function(*at(k_.functions, s.number), compute_dtype(type));
    value = fmt::format("{}({}, {})", f, definitions_.load(type, to), value);
    value_dtype = compute_dtype(type);
  }
  std::string line = fmt::format("{} = {};", to, definitions_.store(type, value_dtype, value));
  lines.push_back(test.empty() ? line : fmt::format("if ({}) {}", test, line));
}

std::vector<std::string> BodyWriter::point(const StagePlan& plan, const Spelling& at_point) {
  const Stage& stage = at(k_.stages, plan.stage);
  std::vector<ExprId> ids = stage_exprs(k_, stage);
  std::erase_if(ids, [&](ExprId id) { return known_.contains(id); });
  std::vector<std::string> lines = values(ids, at_point);
  int number = 0;
  for (const Statement& s : stage.statements) {
    if (s.kind == StatementKind::store || s.kind == StatementKind::scatter) {
      statement(s, at_point, lines, number++);
    }
  }
  return lines;
}

bool BodyWriter::is_same_everywhere(const Stage& stage, const Expr& e,
                                    const std::set<ExprId>& varying) const {
  const auto moves = [&](const Affine& a) {
    return std::any_of(a.terms.begin(), a.terms.end(), [&](const Term& t) {
      return t.kind == Term::Kind::axis
                 ? std::find(stage.axes.begin(), stage.axes.end(), t.id) != stage.axes.end()
                 : t.kind == Term::Kind::value;
    });
  };
  if (e.kind == ExprKind::carry || e.kind == ExprKind::left || e.kind == ExprKind::right ||
      moves(e.affine) ||
      std::any_of(e.args.begin(), e.args.end(), [&](ExprId a) { return varying.contains(a); }))
    return false;
  if (e.kind != ExprKind::load) return true;
  const Access& from = at(k_.accesses, e.number);
  const bool is_written =
      std::any_of(stage.statements.begin(), stage.statements.end(), [&](const Statement& s) {
        return s.kind != StatementKind::accumulate && s.kind != StatementKind::advance &&
               s_.place_of(s.access.param) == s_.place_of(from.param);
      });
  return !is_written && !from.checked && from.where.empty() &&
         std::none_of(from.index.begin(), from.index.end(), moves);
}

std::vector<std::string> BodyWriter::same_everywhere(const StagePlan& plan,
                                                     const Spelling& at_point,
                                                     const std::string& count) {
  const Stage& stage = at(k_.stages, plan.stage);
  std::vector<std::string> lines;
  std::set<ExprId> varying;
  known_.clear();
  for (const ExprId id : stage_exprs(k_, stage)) {
    const Expr& e = at(k_.exprs, id);
    if (!is_same_everywhere(stage, e, varying)) {
      varying.insert(id);
      continue;
    }
    std::vector<std::string> made = values({id}, at_point);
    if (made.empty()) continue;
    // An array of which no point is taken may have no element.
    if (e.kind == ExprKind::load) {
      made = {fmt::format("const {} v{} = {} > 0 ? {} : {};", value_type(e.dtype), id, count,
                          expr(id, at_point, made),
                          literal(Expr{ExprKind::constant, e.dtype}, definitions_))};
    }
    lines.push_back(made.back());
    known_.insert(id);
  }
  return lines;
}

int BodyWriter::cost_of_value(ExprId id) const {
  const Expr& e = at(k_.exprs, id);
  if (known_.contains(id) || e.kind == ExprKind::constant) return 0;
  return e.kind == ExprKind::apply ? at(k_.functions, e.number)->cost : 1;
}

int BodyWriter::cost_of_point(const StagePlan& plan) const {
  int cost = 0;
  for (const ExprId id : stage_exprs(k_, at(k_.stages, plan.stage))) cost += cost_of_value(id);
  return cost;
}

int BodyWriter::longest_wait(const StagePlan& plan) const {
  std::map<ExprId, int> ready;
  int longest = 0;
  for (const ExprId id : stage_exprs(k_, at(k_.stages, plan.stage))) {
    int begin = 0;
    for (const ExprId from : at(k_.exprs, id).args) begin = std::max(begin, ready[from]);
    longest = std::max(longest, ready[id] = begin + cost_of_value(id));
  }
  return longest;
}

std::vector<std::string> BodyWriter::combine(int number, const std::vector<std::string>& left,
                                             const std::vector<std::string>& right) {
  const Accumulator& a = at(k_.accumulators, number);
  std::vector<std::string> lines;
  for (std::size_t c = 0; c < left.size(); ++c) {
    const char* type = value_type(a.dtypes[c]);
    lines.push_back(fmt::format("const {} l{} = {}, r{} = {};", type, c, left[c], c, right[c]));
  }
  Stage stage;
  stage.statements.push_back({StatementKind::accumulate, number, {}, a.combine});
  Spelling nowhere;
  for (std::string& line : values(stage_exprs(k_, stage), nowhere))
    lines.push_back(std::move(line));
  for (std::size_t c = 0; c < left.size(); ++c) {
    lines.push_back(fmt::format("{} = {};", left[c], name(a.combine[c], nowhere)));
  }
  lines.insert(lines.begin(), "{");
  lines.push_back("}");
  return lines;
}
}  // namespace kroton::kernel::detail
