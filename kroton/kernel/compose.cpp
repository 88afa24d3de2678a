// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/compose.h"

#include <algorithm>
#include <map>

#include "kroton/base/at.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/detail/transplant.h"

namespace kroton::kernel {
namespace {
using detail::Transplant;

// The axis that an index is, with nothing added; -1 when it is more or less than that.
int plain_axis(const Affine& a) {
  bool plain = a.constant == 0 && a.terms.size() == 1 && a.terms[0].kind == Term::Kind::axis &&
               a.terms[0].coefficient == 1;
  return plain ? a.terms[0].id : -1;
}

// The extent that a length is, or -1.
int plain_extent(const Affine& a) {
  bool plain = a.constant == 0 && a.terms.size() == 1 && a.terms[0].kind == Term::Kind::extent &&
               a.terms[0].coefficient == 1;
  return plain ? a.terms[0].id : -1;
}

// Builds a kernel from two.
class Composer {
 public:
  Composer(const Kernel& first, const Kernel& second)
      : first_(first),
        second_(second),
        builder_(first.name + "_" + second.name),
        one(builder_, first),
        two(builder_, second) {}

  // Params in the documented order; those named by `gone` vanish, `shared` inputs of the second are
  // those of the first.
  void place_params(int gone_first, int gone_second, const std::vector<std::pair<int, int>>& shared,
                    bool second_outputs = true) {
    std::vector<int> twin(second_.params.size(), -1);
    for (auto [a, b] : shared) at(twin, b) = a;
    auto add = [&](const Kernel& k, Transplant& t, int gone, bool inputs, bool is_second) {
      for (int p = 0; p < static_cast<int>(k.params.size()); ++p) {
        const Param& param = at(k.params, p);
        if (p == gone || (param.role == Role::in) != inputs || (is_second && at(twin, p) >= 0))
          continue;
        at(t.params, p) =
            builder_.param(param.name, param.dtype, param.rank, param.role, param.alias_group);
      }
    };
    add(first_, one, gone_first, true, false);
    add(second_, two, gone_second, true, true);
    add(first_, one, gone_first, false, false);
    if (second_outputs) add(second_, two, gone_second, false, true);
    for (auto [a, b] : shared) at(two.params, b) = at(one.params, a);
  }

  // The second kernel's extent b is the first's a.
  void same_extent(int a, int b) { same_.push_back({a, b}); }

  // Makes the extents, with the dimensions that are left to each.
  void place_extents() {
    std::vector<Extent> made;
    std::vector<int> place;
    const int given = given_count(first_);
    for (const Extent& e : first_.extents)
      made.push_back({e.name, moved(e.sources, one), e.given, e.at_least});
    for (std::size_t b = 0; b < second_.extents.size(); ++b) {
      std::vector<Dimension> sources = moved(second_.extents[b].sources, two);
      int target = -1;
      for (auto [a, other] : same_) {
        if (other == static_cast<int>(b)) target = target < 0 ? a : unite(made, target, a);
      }
      for (std::size_t a = 0; a < made.size() && target < 0; ++a) {
        bool common = std::any_of(sources.begin(), sources.end(), [&](const Dimension& d) {
          return std::find(made[a].sources.begin(), made[a].sources.end(), d) !=
                 made[a].sources.end();
        });
        if (common) target = static_cast<int>(a);
      }
      if (target < 0) {
        target = static_cast<int>(made.size());
        made.push_back({second_.extents[b].name, {}});
      }
      for (const Dimension& d : sources) {
        std::vector<Dimension>& all = at(made, target).sources;
        if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(d);
      }
      for (int g : second_.extents[b].given) at(made, target).given.push_back(given + g);
      at(made, target).at_least = std::max(at(made, target).at_least, second_.extents[b].at_least);
      place.push_back(target);
    }
    for (const Extent& e : made) builder_.extent(e);
    for (std::size_t a = 0; a < first_.extents.size(); ++a)
      one.extents[a] = Affine::extent(static_cast<int>(a));
    for (std::size_t b = 0; b < place.size(); ++b) two.extents[b] = Affine::extent(place[b]);
  }

  // Nothing when a length that is still needed has no dimension left to come from.
  std::optional<Composed> finish() {
    Kernel kernel = canonical(builder_.peek());
    for (const Extent& e : kernel.extents) {
      if (e.sources.empty() && e.given.empty()) return std::nullopt;
    }
    if (has_gathered_bounds(kernel)) return std::nullopt;
    validate(kernel);
    return Composed{std::move(kernel), one.params, two.params};
  }
  Builder& builder() { return builder_; }

 private:
  const Kernel &first_, &second_;
  Builder builder_;

 public:
  Transplant one, two;

 private:
  static std::vector<Dimension> moved(const std::vector<Dimension>& sources, const Transplant& t) {
    std::vector<Dimension> out;
    for (const Dimension& d : sources) {
      int p = t.params[static_cast<std::size_t>(d.param)];
      if (p >= 0) out.push_back({p, d.dim});
    }
    return out;
  }
  // Two extents of the first kernel that the second knows as one: both keep their sources, and
  // share one.
  static int unite(std::vector<Extent>& made, int a, int b) {
    if (a == b) return a;
    if (!at(made, b).sources.empty()) at(made, a).sources.push_back(at(made, b).sources.front());
    if (!at(made, b).given.empty()) at(made, a).given.push_back(at(made, b).given.front());
    at(made, a).at_least = std::max(at(made, a).at_least, at(made, b).at_least);
    return a;
  }

  std::vector<std::pair<int, int>> same_;
};

const Statement* only_store(const Kernel& k, int param, const Stage** stage) {
  const Statement* found = nullptr;
  for (const Stage& s : k.stages) {
    for (const Statement& t : s.statements) {
      bool writes = t.kind == StatementKind::store || t.kind == StatementKind::scatter;
      if (!writes || t.access.param != param) continue;
      if (found || t.kind == StatementKind::scatter || !t.access.where.empty()) return nullptr;
      found = &t;
      *stage = &s;
    }
  }
  return found;
}

// For each axis of the kernel, the dimension of the store that it alone is; -1 for none. False when
// an index is neither a plain axis nor 0, or an axis stands twice.
bool axes_of_store(const Kernel& k, const Statement& store, std::vector<int>& dims) {
  dims.assign(k.axes.size(), -1);
  for (int d = 0; d < static_cast<int>(store.access.index.size()); ++d) {
    const Affine& index = at(store.access.index, d);
    int axis = plain_axis(index);
    if (axis < 0) {
      if (index != Affine(0)) return false;
    } else if (at(dims, axis) >= 0) {
      return false;
    } else {
      at(dims, axis) = d;
    }
  }
  return true;
}

bool reads(const Kernel& k, int param) {
  return std::any_of(k.accesses.begin(), k.accesses.end(),
                     [&](const Access& a) { return a.param == param; });
}

void copy_outer(Builder& b, const Kernel& k, Transplant& t) {
  for (int a : k.outer) at(t.axes, a) = Affine::axis(b.outer(t.affine(at(k.axes, a).length)));
  t.copy_accumulators();
  t.copy_carries();
}

// A stage with `front` axes before its own; axes that are already placed stay where they are.
void copy_stage(Builder& b, const Kernel& k, Transplant& t, const Stage& stage,
                const std::vector<int>& front = {}, const std::vector<int>& placed = {},
                const Statement* without = nullptr) {
  b.stage();
  auto axis = [&](int a) {
    if (std::find(placed.begin(), placed.end(), a) != placed.end()) return;
    const Axis& from = at(k.axes, a);
    at(t.axes, a) = Affine::axis(b.axis(t.affine(from.length), from.kind, from.backward));
  };
  for (int a : front) axis(a);
  for (int a : stage.axes) axis(a);
  for (const Statement& s : stage.statements) {
    if (&s != without) b.add(t.statement(s));
  }
}

ExprId box(Builder& b, const std::vector<Bound>& where) {
  ExprId all = no_expr;
  for (const Bound& bound : where) {
    ExprId value = b.index(bound.value);
    ExprId inside =
        b.apply(builtin::logical_and, {b.apply(builtin::le, {b.index(bound.low), value}),
                                       b.apply(builtin::lt, {value, b.index(bound.high)})});
    all = all == no_expr ? inside : b.apply(builtin::logical_and, {all, inside});
  }
  return all;
}

// A checked dimension must be some load's whole index: there it goes on to be checked.
bool check_survives(const Kernel& producer, int axis) {
  return std::any_of(producer.accesses.begin(), producer.accesses.end(), [&](const Access& a) {
    for (int d = 0; d < static_cast<int>(a.index.size()); ++d) {
      if (plain_axis(at(a.index, d)) == axis && extent_of(producer, a.param, d) >= 0) return true;
    }
    return false;
  });
}
}  // namespace

bool has_gathered_bounds(const Kernel& kernel) {
  const auto depends_on_value = [](const Bound& b) {
    return b.value.has(Term::Kind::value) || b.low.has(Term::Kind::value) ||
           b.high.has(Term::Kind::value);
  };
  return std::any_of(kernel.accesses.begin(), kernel.accesses.end(), [&](const Access& a) {
    return std::any_of(a.where.begin(), a.where.end(), depends_on_value);
  });
}

std::optional<Composed> inline_producer(const Kernel& consumer, int input, const Kernel& producer,
                                        int output) {
  const Stage* stage = nullptr;
  const Statement* store = only_store(producer, output, &stage);
  std::vector<int> dims;
  if (!store || producer.stages.size() != 1 || stage_kind(producer, *stage) != AxisKind::parallel ||
      at(consumer.params, input).role != Role::in ||
      at(producer.params, output).role != Role::out || reads(producer, output) ||
      !axes_of_store(producer, *store, dims)) {
    return std::nullopt;
  }
  for (std::size_t a = 0; a < producer.axes.size(); ++a) {
    if (dims[a] < 0 && producer.axes[a].length != Affine(1)) return std::nullopt;
  }
  for (const Access& a : consumer.accesses) {
    for (std::size_t p = 0; p < dims.size() && a.param == input && a.checked; ++p) {
      if (dims[p] >= 0 && at(a.index, dims[p]).has(Term::Kind::value) &&
          !check_survives(producer, static_cast<int>(p))) {
        return std::nullopt;
      }
    }
  }
  Composer c(consumer, producer);
  c.place_params(input, -1, {}, false);
  for (int d = 0; d < at(consumer.params, input).rank; ++d) {
    int a = extent_of(consumer, input, d), b = extent_of(producer, output, d);
    if (a >= 0 && b >= 0) c.same_extent(a, b);
  }
  c.place_extents();
  Builder& b = c.builder();
  DType element = at(producer.params, output).dtype;
  c.one.replace = [&](const Access& original, const Access& moved,
                      ExprId otherwise) -> std::optional<ExprId> {
    if (original.param != input) return std::nullopt;
    Transplant t = c.two;
    for (std::size_t p = 0; p < dims.size(); ++p) {
      t.axes[p] = dims[p] >= 0 ? at(moved.index, dims[p]) : Affine(0);
    }
    t.guard = moved.where;
    t.check = moved.checked;
    ExprId value = b.cast(element, t.expr(store->values[0]));
    return moved.where.empty() ? value : b.select(box(b, moved.where), value, otherwise);
  };
  copy_outer(b, consumer, c.one);
  for (const Stage& s : consumer.stages) copy_stage(b, consumer, c.one, s);
  return c.finish();
}

std::optional<Composed> join_siblings(const Kernel& first, const Kernel& second,
                                      const std::vector<std::pair<int, int>>& shared) {
  auto all_axes = [](const Kernel& k) {
    std::vector<int> axes = k.outer;
    for (const Stage& s : k.stages) axes.insert(axes.end(), s.axes.begin(), s.axes.end());
    return axes;
  };
  if (first.outer.size() != second.outer.size() || first.stages.size() != second.stages.size()) {
    return std::nullopt;
  }
  for (std::size_t s = 0; s < first.stages.size(); ++s) {
    if (first.stages[s].axes.size() != second.stages[s].axes.size()) return std::nullopt;
  }
  for (auto [a, b] : shared) {
    if (at(first.params, a).role != Role::in || at(second.params, b).role != Role::in)
      return std::nullopt;
  }
  Composer c(first, second);
  c.place_params(-1, -1, shared);
  std::vector<int> mine = all_axes(first), others = all_axes(second);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const Axis &a = at(first.axes, mine[i]), &b = at(second.axes, others[i]);
    int e = plain_extent(a.length), f = plain_extent(b.length);
    if (a.kind != b.kind || a.backward != b.backward) return std::nullopt;
    if (e >= 0 && f >= 0) {
      c.same_extent(e, f);
    } else if (!a.length.is_constant() || a.length != b.length) {
      return std::nullopt;
    }
  }
  c.place_extents();
  Builder& b = c.builder();
  copy_outer(b, first, c.one);
  for (std::size_t i = 0; i < first.outer.size(); ++i) {
    at(c.two.axes, second.outer[i]) = at(c.one.axes, first.outer[i]);
  }
  c.two.copy_accumulators();
  c.two.copy_carries();
  for (std::size_t s = 0; s < first.stages.size(); ++s) {
    copy_stage(b, first, c.one, first.stages[s]);
    const Stage& other = second.stages[s];
    for (std::size_t i = 0; i < other.axes.size(); ++i) {
      at(c.two.axes, other.axes[i]) = at(c.one.axes, first.stages[s].axes[i]);
    }
    for (const Statement& t : other.statements) b.add(c.two.statement(t));
  }
  return c.finish();
}

namespace {
// For each outer axis of the first kernel, the axis of the second at whose points its store is
// read.
std::optional<std::vector<int>> matched_axes(const Kernel& first, const std::vector<int>& dims,
                                             const Kernel& second, int input) {
  std::vector<int> matched;
  for (int a : first.outer) {
    if (at(dims, a) < 0) return std::nullopt;
    int match = -1;
    for (const Access& access : second.accesses) {
      if (access.param != input) continue;
      int axis = plain_axis(at(access.index, at(dims, a)));
      if (axis < 0 || (match >= 0 && match != axis)) return std::nullopt;
      match = axis;
    }
    if (match < 0 || at(second.axes, match).kind != AxisKind::parallel ||
        std::find(matched.begin(), matched.end(), match) != matched.end()) {
      return std::nullopt;
    }
    matched.push_back(match);
  }
  return matched;
}

// Whether an element whose index is checked goes into the value.
bool is_checked(const Kernel& kernel, ExprId value) {
  const Expr& e = at(kernel.exprs, value);
  if (e.kind == ExprKind::load && at(kernel.accesses, e.number).checked) return true;
  return std::any_of(e.args.begin(), e.args.end(), [&](ExprId a) { return is_checked(kernel, a); });
}
}  // namespace

std::optional<Composed> append_stages(const Kernel& first, int output, const Kernel& second,
                                      int input, bool keep,
                                      const std::vector<std::pair<int, int>>& shared) {
  const Stage* stage = nullptr;
  const Statement* store = only_store(first, output, &stage);
  std::vector<int> dims;
  if (!store || at(second.params, input).role != Role::in || !axes_of_store(first, *store, dims)) {
    return std::nullopt;
  }
  std::optional<std::vector<int>> matched = matched_axes(first, dims, second, input);
  if (!matched) return std::nullopt;
  auto is_matched = [&](int a) {
    return std::find(matched->begin(), matched->end(), a) != matched->end();
  };
  std::vector<int> front;
  bool outer_only = true, all_parallel = true;
  for (int a : second.outer) {
    if (!is_matched(a)) front.push_back(a);
  }
  for (const Stage& s : second.stages) {
    all_parallel &= stage_kind(second, s) == AxisKind::parallel;
    outer_only &= std::none_of(s.axes.begin(), s.axes.end(), is_matched);
  }
  if ((!front.empty() && !all_parallel) || (!outer_only && second.stages.size() != 1))
    return std::nullopt;
  for (const Access& a : second.accesses) {
    if (a.param == input && (a.checked || !a.where.empty())) return std::nullopt;
  }

  // A value with a check in it is stored once, with its check, and read from there: at every point
  // of a stage the check would stand in the way of vectors.
  bool as_value = stage->axes.empty() && !is_checked(first, store->values[0]);
  bool drops = as_value && !keep && !reads(first, output);
  Composer c(first, second);
  c.place_params(drops ? output : -1, input, shared);
  for (std::size_t i = 0; i < first.outer.size(); ++i) {
    int e = plain_extent(at(first.axes, first.outer[i]).length);
    int f = plain_extent(at(second.axes, (*matched)[i]).length);
    // The reader has to go over the whole dimension, not over a part of it.
    if (e < 0 || f < 0 || extent_of(second, input, at(dims, first.outer[i])) != f)
      return std::nullopt;
    c.same_extent(e, f);
  }
  for (int d = 0; d < at(second.params, input).rank; ++d) {
    int e = extent_of(first, output, d), f = extent_of(second, input, d);
    if (e >= 0 && f >= 0) c.same_extent(e, f);
  }
  c.place_extents();
  Builder& b = c.builder();
  copy_outer(b, first, c.one);
  for (const Stage& s : first.stages) {
    if (drops && &s == stage && s.statements.size() == 1) continue;
    copy_stage(b, first, c.one, s, {}, {}, drops ? store : nullptr);
  }
  for (std::size_t i = 0; i < matched->size(); ++i) {
    at(c.two.axes, (*matched)[i]) = at(c.one.axes, first.outer[i]);
  }
  if (!as_value) at(c.two.params, input) = at(c.one.params, output);
  c.two.replace = [&](const Access& original, const Access&, ExprId) -> std::optional<ExprId> {
    if (!as_value || original.param != input) return std::nullopt;
    return b.cast(at(first.params, output).dtype, c.one.expr(store->values[0]));
  };
  c.two.copy_accumulators();
  c.two.copy_carries();
  for (const Stage& s : second.stages) copy_stage(b, second, c.two, s, front, *matched);
  return c.finish();
}

namespace {
Kernel with_params(const Kernel& kernel, const std::vector<int>& place, int count) {
  Kernel out = kernel;
  out.params.assign(static_cast<std::size_t>(count), {});
  for (std::size_t p = 0; p < place.size(); ++p) at(out.params, place[p]) = kernel.params[p];
  auto move = [&](int& param) { param = at(place, param); };
  for (Extent& e : out.extents) {
    for (Dimension& d : e.sources) move(d.param);
    std::sort(e.sources.begin(), e.sources.end());
    e.sources.erase(std::unique(e.sources.begin(), e.sources.end()), e.sources.end());
  }
  for (Access& a : out.accesses) move(a.param);
  for (Stage& s : out.stages) {
    for (Statement& t : s.statements) {
      if (t.kind == StatementKind::store || t.kind == StatementKind::scatter) move(t.access.param);
    }
  }
  return out;
}
}  // namespace

Kernel merge_params(const Kernel& kernel, int a, int b) {
  std::vector<int> place;
  int next = 0;
  for (int p = 0; p < static_cast<int>(kernel.params.size()); ++p)
    place.push_back(p == b ? -1 : next++);
  at(place, b) = at(place, a);
  Kernel merged = with_params(kernel, place, next);
  at(merged.params, at(place, a)) = at(kernel.params, a);
  // Extents that now share a dimension are one.
  std::vector<int> same(merged.extents.size());
  for (std::size_t i = 0; i < same.size(); ++i) {
    same[i] = static_cast<int>(i);
    for (std::size_t j = 0; j < i && same[i] == static_cast<int>(i); ++j) {
      for (const Dimension& d : merged.extents[i].sources) {
        const std::vector<Dimension>& all = at(merged.extents, same[j]).sources;
        if (std::find(all.begin(), all.end(), d) != all.end()) same[i] = same[j];
      }
    }
    if (same[i] == static_cast<int>(i)) continue;
    std::vector<Dimension>& into = at(merged.extents, same[i]).sources;
    for (const Dimension& d : merged.extents[i].sources) {
      if (std::find(into.begin(), into.end(), d) == into.end()) into.push_back(d);
    }
    Extent& kept = at(merged.extents, same[i]);
    kept.given.insert(kept.given.end(), merged.extents[i].given.begin(),
                      merged.extents[i].given.end());
    kept.at_least = std::max(kept.at_least, merged.extents[i].at_least);
    merged.extents[i] = {merged.extents[i].name, {}};
  }
  Builder builder(merged.name);
  for (const Param& p : merged.params)
    builder.param(p.name, p.dtype, p.rank, p.role, p.alias_group);
  Transplant t(builder, merged);
  for (std::size_t p = 0; p < merged.params.size(); ++p) t.params[p] = static_cast<int>(p);
  for (std::size_t e = 0; e < same.size(); ++e) {
    builder.extent(merged.extents[e]);
    t.extents[e] = Affine::extent(same[e]);
  }
  copy_outer(builder, merged, t);
  for (const Stage& s : merged.stages) copy_stage(builder, merged, t, s);
  return builder.finish();
}

namespace {
// The index with the axes FROM replaced by TO.
Affine with_axes(const Affine& index, const std::vector<int>& from, const std::vector<int>& to) {
  Affine out = index;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t c = index.coefficient(Term::Kind::axis, from[i]);
    out = out + c * (Affine::axis(to[i]) - Affine::axis(from[i]));
  }
  return out;
}

bool is_plain(const Access& access) {
  return !access.checked && access.where.empty() &&
         std::none_of(access.index.begin(), access.index.end(),
                      [](const Affine& i) { return i.has(Term::Kind::value); });
}

// Whether SECOND reduces what FIRST stores, element by element.
bool is_reduced_by(const Kernel& k, const Stage& first, const Stage& second) {
  if (first.axes.empty() || first.axes.size() != second.axes.size() ||
      stage_kind(k, first) != AxisKind::parallel || stage_kind(k, second) != AxisKind::reduce)
    return false;
  for (std::size_t i = 0; i < first.axes.size(); ++i) {
    if (at(k.axes, first.axes[i]).length != at(k.axes, second.axes[i]).length) return false;
  }
  for (const Statement& s : second.statements) {
    if (s.kind != StatementKind::accumulate) return false;
  }
  std::vector<int> stored;
  bool is_read = false;
  const std::vector<ExprId> exprs = stage_exprs(k, second);
  for (const Statement& s : first.statements) {
    if (s.kind != StatementKind::store || !is_plain(s.access)) return false;
    if (std::find(stored.begin(), stored.end(), s.access.param) != stored.end()) return false;
    stored.push_back(s.access.param);
    std::vector<Affine> index;
    for (const Affine& i : s.access.index) index.push_back(with_axes(i, first.axes, second.axes));
    for (const ExprId e : exprs) {
      if (at(k.exprs, e).kind != ExprKind::load) continue;
      const Access& access = at(k.accesses, at(k.exprs, e).number);
      if (access.param != s.access.param) continue;
      if (!is_plain(access) || access.index != index) return false;
      is_read = true;
    }
  }
  return is_read;
}
}  // namespace

Kernel merge_stages(const Kernel& kernel) {
  Builder builder(kernel.name);
  for (const Param& p : kernel.params)
    builder.param(p.name, p.dtype, p.rank, p.role, p.alias_group);
  Transplant t(builder, kernel);
  for (std::size_t p = 0; p < kernel.params.size(); ++p) t.params[p] = static_cast<int>(p);
  for (std::size_t e = 0; e < kernel.extents.size(); ++e)
    t.extents[e] = Affine::extent(builder.extent(kernel.extents[e]));
  copy_outer(builder, kernel, t);
  for (std::size_t s = 0; s < kernel.stages.size(); ++s) {
    const Stage& stage = kernel.stages[s];
    if (s + 1 == kernel.stages.size() || !is_reduced_by(kernel, stage, kernel.stages[s + 1])) {
      copy_stage(builder, kernel, t, stage);
      continue;
    }
    const Stage& reduction = kernel.stages[++s];
    builder.stage();
    for (std::size_t i = 0; i < stage.axes.size(); ++i) {
      const Affine length = t.affine(at(kernel.axes, stage.axes[i]).length);
      at(t.axes, stage.axes[i]) = at(t.axes, reduction.axes[i]) =
          Affine::axis(builder.reduce(length));
    }
    std::map<int, ExprId> stored;  // by param: what a load would give
    for (const Statement& statement : stage.statements) {
      const Statement moved = t.statement(statement);
      stored[statement.access.param] =
          builder.cast(at(kernel.params, statement.access.param).dtype, moved.values[0]);
      builder.add(moved);
    }
    t.replace = [&](const Access& original, const Access&, ExprId) -> std::optional<ExprId> {
      const auto found = stored.find(original.param);
      return found == stored.end() ? std::nullopt : std::optional(found->second);
    };
    for (const Statement& statement : reduction.statements) builder.add(t.statement(statement));
    t.replace = nullptr;
  }
  return builder.finish();
}

Kernel permute_params(const Kernel& kernel, const std::vector<int>& place) {
  return canonical(with_params(kernel, place, static_cast<int>(kernel.params.size())));
}
}  // namespace kroton::kernel
