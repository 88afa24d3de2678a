// SPDX-License-Identifier: BSD-3-Clause
// The kernel of a recurrence: at each point of the other axes its stages one after another, and
// between them what lies before a stage's first or behind its last step. A stage's expressions are
// those of its typical step's nodes, with inputs that are read by roles instead of by variables.
#include <algorithm>

#include "kroton/base/at.h"
#include "kroton/graph/op.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/view.h"
#include "kroton/scalars/dtype_rules.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/composer.h"
#include "kroton/tensor/detail/index_map.h"
#include "kroton/tensor/detail/steps.h"
#include "kroton/tensor/subtensor.h"

namespace kroton::tensor {
namespace {
using kernel::Affine;
using kernel::ExprId;

// The constants of a role as one vector.
Variable table_of(const Role& role) {
  std::vector<DType> dtypes;
  for (const Variable& x : role.at) {
    if (x) dtypes.push_back(x.dtype());
  }
  const DType dtype = scalars::promote(dtypes);
  NDArray table = NDArray::zeros({static_cast<std::int64_t>(role.at.size())}, dtype);
  for (std::size_t k = 0; k < role.at.size(); ++k) {
    if (!role.at[k]) continue;
    const auto i = static_cast<std::int64_t>(k);
    assign(table.slice({i}),
           as<Constant>(role.at[k])->data().as<NDArray>().reshape({}).astype(dtype));
  }
  return constant(table);
}

class RolledComposer : Composer {
 public:
  RolledComposer(const Steps& found, const std::vector<GroupNode>& group, const Variables& outputs,
                 const std::vector<int>& stored)
      : Composer(group, outputs), found_(found), stored_(stored), points_(found.roles.size()) {
    for (std::size_t r = 0; r < found.roles.size(); ++r) {
      const Role& role = found.roles[r];
      if (role.kind == Role::Kind::computed)
        typical_.emplace(producers_.at(found.typical(role)), static_cast<int>(r));
    }
    read_ = [this](std::size_t g, std::size_t input, const std::vector<Affine>& index) {
      return read(g, input, index);
    };
  }

  FusedKernel run() {
    Variables tables;
    for (const Role& role : found_.roles) {
      tables_.push_back(-1);
      if (role.kind != Role::Kind::table) continue;
      tables.push_back(table_of(role));
    }
    add_params(tables);
    for (std::size_t r = 0, t = 0; r < found_.roles.size(); ++r) {
      if (found_.roles[r].kind == Role::Kind::table) tables_[r] = params_.at(tables[t++]);
    }
    make_domain();
    for (const Sink& sink : found_.sinks) copy_rest(sink);
    for (int s = 0; s <= static_cast<int>(found_.stages.size()); ++s) {
      borders(s);
      if (s < static_cast<int>(found_.stages.size())) steps(s);
    }
    return finish();
  }

 private:
  using Point = std::vector<Affine>;

  Affine length(const Variable& x, int dim) {
    const auto found = extents_.find(lengths_.class_of(x, dim));
    if (found == extents_.end()) throw CannotFuse{};
    return Affine::extent(found->second);
  }

  // The outer axes are those of the sinks but the one that the steps go along.
  void make_domain() {
    Point lengths;
    for (std::size_t s = 0; s < found_.sinks.size(); ++s) {
      const Sink& sink = found_.sinks[s];
      Point here;
      for (int d = 0; d < static_cast<int>(sink.z.ndim()); ++d) {
        if (d == sink.axis) continue;
        here.push_back(sink.z.type().broadcastable()[at(d)] ? Affine(0) : length(sink.z, d));
      }
      if (s > 0 && here != lengths) throw CannotFuse{};
      lengths = here;
    }
    for (const Affine& n : lengths)
      domain_.push_back(n == Affine(0) ? Affine(0) : Affine::axis(builder_.outer(n)));
    for (const Sink& sink : found_.sinks) place(sink.role, part_point(sink, found_.middle()));
  }
  static Point with(Point point, int axis, const Affine& index) {
    point.insert(point.begin() + axis, index);
    return point;
  }
  Point part_point(const Sink& sink, int step) const {
    return sink.lacks_axis[sink.of_step(step)] ? domain_ : with(domain_, sink.axis, 0);
  }
  Affine position(const Sink& sink, const Affine& step) {
    const Affine start = sink.start < 0 ? length(sink.z, sink.axis) + sink.start : sink.start;
    return start + step - sink.offset;
  }

  // At which element of its variable each role is at a point of the domain: always the same one.
  void place(int r, const Point& point) {
    const Role& role = at(found_.roles, r);
    if (role.kind != Role::Kind::computed) return;
    std::optional<Point>& known = at(points_, r);
    if (known && *known != point) throw CannotFuse{};
    if (known) return;
    known = point;
    const Variable& x = found_.typical(role);
    const std::size_t g = producers_.at(x);
    const kernel::Kernel& kernel = *group_[g].kernel;
    std::map<int, Affine> axes;
    const kernel::Statement& store = store_of(g, x.index());
    for (std::size_t d = 0; d < point.size(); ++d) {
      for (const kernel::Term& term : store.access.index[d].terms) axes.emplace(term.id, point[d]);
    }
    for (const kernel::Access& access : kernel.accesses) {
      if (access.param >= static_cast<int>(role.inputs.size())) continue;
      const Role::Input& input = at(role.inputs, access.param);
      if (input.role < 0) continue;
      Point there;
      for (const Affine& index : access.index) {
        Affine i(index.constant);
        for (const kernel::Term& term : index.terms) {
          if (term.kind != kernel::Term::Kind::axis) throw CannotFuse{};
          i = i + term.coefficient * axes.at(term.id);
        }
        there.push_back(i);
      }
      place(input.role, there);
    }
  }

  // What a chain of set_subtensor leaves as it was.
  void copy_rest(const Sink& sink) {
    if (!sink.base) return;
    const Affine low = position(sink, sink.offset), high = position(sink, sink.end());
    copy_box(sink, 0, low);
    copy_box(sink, high, length(sink.z, sink.axis) - high);
  }
  void copy_box(const Sink& sink, const Affine& low, const Affine& count) {
    if (count == Affine(0)) return;
    builder_.stage();
    const Point index = with(domain_, sink.axis, low + Affine::axis(builder_.axis(count)));
    const auto from = params_.find(sink.base);
    if (from == params_.end()) throw CannotFuse{};
    builder_.store(output(sink), index, builder_.load(from->second, index));
  }
  int output(const Sink& sink) const {
    return output_params_[static_cast<std::size_t>(&sink - found_.sinks.data())];
  }

  // ---- memory: a sink holds the values of its role, other roles have an array of their own
  const Sink* sink_of(int r) const {
    for (const Sink& sink : found_.sinks) {
      if (sink.role == r) return &sink;
    }
    return nullptr;
  }
  const Sink* host_of(int r) const {
    const int host = at(found_.roles, r).host;
    return host < 0 ? nullptr : &at(found_.sinks, host);
  }
  // Whether a role that is no sink's goes through memory.
  bool is_stored(int r) const {
    return host_of(r) || std::find(stored_.begin(), stored_.end(), r) != stored_.end();
  }
  kernel::Access memory(int r, const Affine& step) {
    if (const Sink* sink = sink_of(r))
      return {output(*sink), with(domain_, sink->axis, position(*sink, step))};
    if (const Sink* host = host_of(r)) {
      if (at(points_, r).value() != domain_) throw CannotFuse{};
      return {output(*host), with(domain_, host->axis, position(*host, step))};
    }
    const auto found = std::find(stored_.begin(), stored_.end(), r);
    if (found == stored_.end()) throw CannotFuse{};
    // A value of fewer axes would be written by many points.
    for (const Affine& axis : domain_) {
      const Point& point = at(points_, r).value();
      if (std::find(point.begin(), point.end(), axis) == point.end()) throw CannotFuse{};
    }
    const auto number = static_cast<std::size_t>(found - stored_.begin());
    const Affine first = -1 * Affine(first_stored(found_, at(found_.roles, r)));
    return {output_params_[found_.sinks.size() + number],
            with(at(points_, r).value(), 0, step + first)};
  }
  ExprId loaded(int r, const Affine& step) { return builder_.load(memory(r, step)); }

  // ---- stages
  void steps(int s) {
    const RolledStage& stage = at(found_.stages, s);
    instances_.clear();
    now_ = s;
    builder_.stage();
    const int axis = builder_.ordered(stage.high - stage.low, stage.direction < 0);
    step_ = Affine::axis(axis) + stage.low;
    carries_.clear();
    for (int r = 0; r < static_cast<int>(found_.roles.size()); ++r) start(r, stage);
    in_stage_ = true;
    for (const Sink& sink : found_.sinks) {
      if (sink.stage != s) continue;
      builder_.store({output(sink), with(domain_, sink.axis, position(sink, step_))},
                     present(sink.role));
    }
    for (int r = 0; r < static_cast<int>(found_.roles.size()); ++r) {
      if (at(found_.roles, r).stage == s && is_stored(r))
        builder_.store(memory(r, step_), present(r));
    }
    for (const auto& [r, carries] : carries_) {
      builder_.advance(carries[0], present(r));
      for (std::size_t d = 1; d < carries.size(); ++d)
        builder_.advance(carries[d], builder_.carry(carries[d - 1]));
    }
    in_stage_ = false;
    for (const auto& [r, carries] : carries_) last_.emplace(r, carries[0]);
  }
  void start(int r, const RolledStage& stage) {
    const Role& role = at(found_.roles, r);
    if (role.stage != now_ || role.delays == 0) return;
    for (int d = 1; d <= role.delays; ++d) {
      // What it was made of may be overwritten by then.
      const int k = stage.first() - d * stage.direction;
      const Sink* sink = sink_of(r);
      const bool is_there = sink ? sink->has(k) : role.needed.contains(k) && is_stored(r);
      const ExprId value =
          is_there ? loaded(r, k) : outside(at(role.at, k), at(points_, r).value());
      carries_[r].push_back(builder_.carried("before", builder_.dtype(value), value));
    }
  }
  // The value of a role at this step.
  ExprId present(int r) {
    const Variable& x = found_.typical(at(found_.roles, r));
    return produced(producers_.at(x), x.index(), at(points_, r).value(), false);
  }
  ExprId in_role(const Role::Input& input, const Point& index) {
    const Role& role = at(found_.roles, input.role);
    if (role.kind == Role::Kind::table)
      return builder_.load(at(tables_, input.role), {step_ - input.lag});
    if (role.kind == Role::Kind::read) return moving_element(role, input.lag, index);
    if (!role.recurrent) {
      const Variable& x = found_.typical(role);
      return produced(producers_.at(x), x.index(), index, false);
    }
    if (role.stage < now_) return loaded(input.role, step_ - input.lag);
    return input.lag == 0 ? present(input.role)
                          : builder_.carry(carries_.at(input.role)[at(std::abs(input.lag) - 1)]);
  }
  ExprId moving_element(const Role& role, int lag, const Point& index) {
    const Affine step = step_ - lag;
    const RolledStage& stage = at(found_.stages, now_);
    for (int k : {stage.low - lag, stage.high - 1 - lag})
      check(found_.typical(role).owner(), role.dim, role.start + role.stride * k);
    return element(found_.typical(role).owner(), index, role.dim, role.start + role.stride * step);
  }

  // ---- outside of the stages
  // The elements of sinks and of stored roles that no stage computes.
  void borders(int s) {
    instances_.clear();
    now_ = s;
    bool open = false;
    const auto store = [&](const auto& access, const Variable& x, const Point& point) {
      if (available_after(found_, x) != s) return;
      if (!open) builder_.stage();
      open = true;
      builder_.store(access, outside(x, point));
    };
    for (const Sink& sink : found_.sinks) {
      for (int k = sink.offset; k < sink.end(); ++k) {
        if (at(found_.stages, sink.stage).has(k)) continue;
        store(kernel::Access{output(sink), with(domain_, sink.axis, position(sink, k))},
              sink.parts[sink.of_step(k)], part_point(sink, k));
      }
    }
    for (int r = 0; r < static_cast<int>(found_.roles.size()); ++r) {
      const Role& role = at(found_.roles, r);
      if (!is_stored(r)) continue;
      for (int k : role.needed) {
        if (!at(found_.stages, role.stage).has(k))
          store(memory(r, k), at(role.at, k), at(points_, r).value());
      }
    }
  }
  ExprId outside(const Variable& x, const Point& point) {
    if (const auto value = at_fixed_step(x, point)) return *value;
    if (const auto made = producers_.find(x); made != producers_.end())
      return produced(made->second, x.index(), point, false);
    const auto param = params_.find(x);
    if (param == params_.end()) throw CannotFuse{};
    return builder_.load(param->second, point);
  }
  std::optional<ExprId> at_fixed_step(const Variable& x, const Point& point) {
    if (const auto staged = found_.staged(x)) {
      const auto [r, k] = *staged;
      const Role& role = at(found_.roles, r);
      if (role.stage >= now_ || at(points_, r).value() != point) throw CannotFuse{};
      const bool is_last = k == at(found_.stages, role.stage).last();
      if (const auto carry = last_.find(r); carry != last_.end() && is_last)
        return builder_.carry(carry->second);
      return loaded(r, k);
    }
    if (x.owner() && is_element_read(x.owner())) return element(x.owner(), point, -1, 0);
    return std::nullopt;
  }

  // Input number INPUT of node G at an index: by its role where the node stands for all steps.
  std::optional<ExprId> read(std::size_t g, std::size_t input, const Point& index) {
    const Apply& node = group_[g].node;
    const auto typical = in_stage_ ? typical_.find(g) : typical_.end();
    if (typical != typical_.end()) {
      const Role::Input& from = at(found_.roles, typical->second).inputs[input];
      if (from.role >= 0) return in_role(from, index);
    }
    return at_fixed_step(node.inputs()[input], index);
  }

  // An element of the array that NODE reads one of, at POSITION of dimension DIM (-1: at its own).
  ExprId element(const Apply& node, const Point& index, int dim, const Affine& position) {
    const auto* read = as<Subtensor>(node);
    const Variable& x = node.inputs()[0];
    const auto param = params_.find(x);
    if (param == params_.end()) throw CannotFuse{};
    Point there;
    std::size_t k = 0;
    for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
      if (d >= static_cast<int>(read->items().size()) || at(read->items(), d).is_full()) {
        there.push_back(index[k++]);
        continue;
      }
      const IndexItem& item = at(read->items(), d);
      if (d == dim) {
        there.push_back(item.start.number < 0 ? length(x, d) + position : position);
        continue;
      }
      const auto start = affine_start(item, length(x, d));
      if (!start) throw CannotFuse{};
      if (!item.is_slice) {
        check(node, d, item.start.number);
        there.push_back(*start);
      } else {
        there.push_back(*start + (item.step.is_absent() ? 1 : item.step.number) * index[k++]);
      }
    }
    return builder_.load(param->second, there);
  }
  void check(const Apply& node, int dim, std::int64_t number) {
    const Affine n = length(node.inputs()[0], dim);
    builder_.at_least(n.terms[0].id, number < 0 ? -number : number + 1);
  }

  const Steps& found_;
  const std::vector<int>& stored_;
  std::unordered_map<std::size_t, int> typical_;  // node to role
  std::vector<std::optional<Point>> points_;      // of roles
  std::vector<int> tables_;                       // params of roles
  Point domain_;
  std::map<int, std::vector<int>> carries_;  // of roles in this stage, the latest first
  std::map<int, int> last_;                  // of roles in stages that have run
  Affine step_;
  int now_ = 0;  // the stage, or the one that comes
  bool in_stage_ = false;
};
}  // namespace

int first_stored(const Steps& steps, const Role& role) {
  return std::min(*role.needed.begin(), at(steps.stages, role.stage).low);
}

std::optional<FusedKernel> rolled_kernel(const Steps& steps, const std::vector<GroupNode>& group,
                                         const Variables& outputs, const std::vector<int>& stored) {
  try {
    return RolledComposer(steps, group, outputs, stored).run();
  } catch (const CannotFuse&) {
    return std::nullopt;
  }
}
}  // namespace kroton::tensor
