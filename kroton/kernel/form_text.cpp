// SPDX-License-Identifier: BSD-3-Clause
// The two printed forms of a kernel: canonical for keys, readable for people.
#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <cstring>

#include "kroton/base/at.h"
#include "kroton/base/text.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/form.h"

namespace kroton::kernel {
namespace {
const char* kind_name(AxisKind kind) {
  return kind == AxisKind::parallel ? "parallel" : kind == AxisKind::reduce ? "reduce" : "ordered";
}

// "n0 - i1 + 3 [v7]": extents by `extent(id)`.
template <class Extents>
std::string affine_text(const Affine& a, const Extents& extent) {
  std::string out;
  auto add = [&](std::int64_t coefficient, const std::string& name) {
    if (out.empty()) {
      out = coefficient < 0 ? "-" : "";
    } else {
      out += coefficient < 0 ? " - " : " + ";
    }
    std::int64_t size = coefficient < 0 ? -coefficient : coefficient;
    if (name.empty() || size != 1) out += base::format_number(size);
    if (!name.empty()) out += (size != 1 ? "*" : "") + name;
  };
  for (const Term& t : a.terms) {
    add(t.coefficient, t.kind == Term::Kind::axis     ? fmt::format("i{}", t.id)
                       : t.kind == Term::Kind::extent ? extent(t.id)
                                                      : fmt::format("v{}", t.id));
  }
  if (a.constant != 0 || out.empty()) add(a.constant, "");
  return out;
}

struct Writer {
  const Kernel& kernel;
  bool names;

  std::string affine(const Affine& a) const {
    return affine_text(
        a, [&](int id) { return names ? at(kernel.extents, id).name : fmt::format("n{}", id); });
  }
  std::string param(int p) const {
    return names ? at(kernel.params, p).name : fmt::format("p{}", p);
  }

  std::string access(const Access& a) const {
    std::vector<std::string> index;
    for (const Affine& i : a.index) index.push_back(affine(i));
    std::string out = fmt::format("{}[{}]", param(a.param), base::join(index, ", "));
    if (a.checked) out += " checked";
    for (const Bound& b : a.where) {
      out += fmt::format(" where {} <= {} < {}", affine(b.low), affine(b.value), affine(b.high));
    }
    return out;
  }

  std::string constant(const Expr& e) const {
    if (names && is_floating(e.dtype)) {
      double value;
      float narrow;
      std::memcpy(&value, &e.bits[0], 8);
      std::memcpy(&narrow, &e.bits[0], 4);
      return e.dtype == float32 ? base::format_number(narrow) : base::format_number(value);
    }
    if (names && is_discrete(e.dtype))
      return base::format_number(static_cast<std::int64_t>(e.bits[0]));
    return fmt::format("0x{:x}:{:x}", e.bits[0], e.bits[1]);
  }

  std::string expr(const Expr& e) const {
    std::vector<std::string> args;
    for (ExprId a : e.args) args.push_back(fmt::format("v{}", a));
    std::string list = base::join(args, ", ");
    switch (e.kind) {
      case ExprKind::constant:
        return constant(e);
      case ExprKind::index:
        return "index " + affine(e.affine);
      case ExprKind::load:
        return access(at(kernel.accesses, e.number)) + (args.empty() ? "" : " else " + list);
      case ExprKind::apply: {
        const ScalarFunction& f = *at(kernel.functions, e.number);
        std::string rules = names ? ""
                                  : fmt::format("{{{}; {} {}}}", f.text, static_cast<int>(f.result),
                                                f.first_is_condition);
        return fmt::format("{}{}_{}({})", f.name, rules, suffix(e.compute), list);
      }
      case ExprKind::cast:
        return fmt::format("cast_{}({})", suffix(e.compute), list);
      case ExprKind::select:
        return fmt::format("select({})", list);
      case ExprKind::result:
        return fmt::format("result a{}.{}", e.number, e.component);
      case ExprKind::carry:
        return fmt::format("carry c{}", e.number);
      case ExprKind::left:
        return fmt::format("left.{}", e.component);
      case ExprKind::right:
        return fmt::format("right.{}", e.component);
    }
    return "";
  }

  std::string value_line(ExprId id) const {
    const Expr& e = at(kernel.exprs, id);
    return fmt::format("v{} = {} : {}", id, expr(e), kroton::name(e.dtype));
  }

  std::string statement(const Statement& s) const {
    std::vector<std::string> values;
    for (ExprId e : s.values) values.push_back(fmt::format("v{}", e));
    std::string list = base::join(values, ", ");
    switch (s.kind) {
      case StatementKind::store:
        return fmt::format("{} = {}", access(s.access), list);
      case StatementKind::accumulate:
        return fmt::format("a{} <- ({})", s.number, list);
      case StatementKind::advance:
        return fmt::format("c{} <- {}", s.number, list);
      case StatementKind::scatter:
        return fmt::format("scatter {} {} {}", access(s.access),
                           s.number < 0 ? "set" : at(kernel.functions, s.number)->name, list);
    }
    return "";
  }

  std::string axis(int id) const {
    const Axis& a = at(kernel.axes, id);
    return fmt::format("i{} < {} {}{}", id, affine(a.length), kind_name(a.kind),
                       a.backward ? " backward" : "");
  }

  std::string header() const {
    std::string out = fmt::format("kernel {}\n", kernel.name);
    static constexpr const char* roles[] = {"in", "out", "inout"};
    for (std::size_t p = 0; p < kernel.params.size(); ++p) {
      const Param& q = kernel.params[p];
      out += fmt::format("  {} {} : {} rank {}", roles[static_cast<int>(q.role)],
                         param(static_cast<int>(p)), kroton::name(q.dtype), q.rank);
      out += q.alias_group < 0 ? "\n" : fmt::format(" group {}\n", q.alias_group);
    }
    for (std::size_t i = 0; i < kernel.extents.size(); ++i) {
      const Extent& e = kernel.extents[i];
      std::vector<std::string> sources;
      for (const Dimension& d : e.sources)
        sources.push_back(fmt::format("{}.{}", param(d.param), d.dim));
      for (int g : e.given) sources.push_back(fmt::format("given {}", g));
      out += fmt::format("  extent {} = {}{}\n", names ? e.name : fmt::format("n{}", i),
                         base::join(sources, " = "),
                         e.at_least > 0 ? fmt::format(", at least {}", e.at_least) : "");
    }
    for (std::size_t i = 0; i < kernel.accumulators.size(); ++i) {
      const Accumulator& a = kernel.accumulators[i];
      auto list = [](const std::vector<ExprId>& ids) {
        std::vector<std::string> parts;
        for (ExprId e : ids) parts.push_back(fmt::format("v{}", e));
        return base::join(parts, ", ");
      };
      std::vector<std::string> types;
      for (DType d : a.dtypes) types.push_back(kroton::name(d));
      out += fmt::format("  accumulator a{} : ({}) identity ({}) combine ({})", i,
                         base::join(types, ", "), list(a.identity), list(a.combine));
      out += a.absorbing < 0 ? "\n" : fmt::format(" absorbing v{}\n", a.absorbing);
    }
    for (std::size_t i = 0; i < kernel.carries.size(); ++i) {
      out += fmt::format("  carry c{} : {} from v{}\n", i, kroton::name(kernel.carries[i].dtype),
                         kernel.carries[i].start);
    }
    return out;
  }
};
}  // namespace

std::string Kernel::text() const {
  Kernel kernel = canonical(*this);
  kernel.name.clear();
  Writer w{kernel, false};
  std::string out = w.header();
  for (std::size_t e = 0; e < kernel.exprs.size(); ++e) {
    out += "  " + w.value_line(static_cast<ExprId>(e)) + "\n";
  }
  for (int a : kernel.outer) out += "  for " + w.axis(a) + "\n";
  for (const Stage& stage : kernel.stages) {
    out += "  stage\n";
    for (int a : stage.axes) out += "    for " + w.axis(a) + "\n";
    for (const Statement& s : stage.statements) out += "    " + w.statement(s) + "\n";
  }
  return out;
}

std::string readable(const Kernel& original) {
  Kernel kernel = canonical(original);
  Writer w{kernel, true};
  std::string out = w.header();
  std::string indent = "  ";
  for (int a : kernel.outer) {
    out += indent + "for " + w.axis(a) + ":\n";
    indent += "  ";
  }
  for (const Stage& stage : kernel.stages) {
    std::string deeper = indent;
    for (int a : stage.axes) {
      out += deeper + "for " + w.axis(a) + ":\n";
      deeper += "  ";
    }
    for (ExprId e : stage_exprs(kernel, stage)) out += deeper + w.value_line(e) + "\n";
    for (const Statement& s : stage.statements) out += deeper + w.statement(s) + "\n";
  }
  return out;
}
}  // namespace kroton::kernel
