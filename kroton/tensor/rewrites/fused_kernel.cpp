// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/fused_kernel.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::tensor {
namespace {
using kernel::Affine;
using kernel::Builder;
using kernel::Dimension;
using kernel::Expr;
using kernel::ExprId;
using kernel::ExprKind;
using kernel::Kernel;
using kernel::no_expr;
using kernel::Term;

// A length is missing: found deep inside, told to the caller of fuse_group as "nothing".
struct CannotFuse {};

std::array<std::uint64_t, 2> baked_bits(const Variable& x) {
  const NDArray element = as<Constant>(x)->data().as<NDArray>().astype(kernel::compute_dtype(x.dtype()));
  std::array<std::uint64_t, 2> bits = {};
  std::memcpy(&bits, element.raw(), element.itemsize());
  return bits;
}

// Dimensions of variables that have one length, by what the kernels' extents say.
class Lengths {
 public:
  explicit Lengths(const std::vector<GroupNode>& group) {
    for (const auto& [node, kernel] : group) {
      for (const kernel::Extent& extent : kernel->extents) {
        const int first = number(node, extent.sources[0]);
        for (const Dimension& source : extent.sources) parent_[at(root(number(node, source)))] = root(first);
      }
    }
  }
  // The class of a dimension of a param of NODE; -1 when no extent names it.
  int class_of(const Apply& node, const Dimension& d) { return root(number(node, d)); }
  int class_of(const Variable& x, int dim) { return root(number(x, dim)); }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  int number(const Apply& node, const Dimension& d) {
    const auto p = at(d.param), inputs = node.inputs().size();
    return number(p < inputs ? node.inputs()[p] : node.outputs()[p - inputs], d.dim);
  }
  int number(const Variable& x, int dim) {
    const auto [found, fresh] = numbers_.try_emplace({x.key(), dim}, static_cast<int>(parent_.size()));
    if (fresh) parent_.push_back(found->second);
    return found->second;
  }
  int root(int i) {
    while (parent_[at(i)] != i) i = parent_[at(i)] = parent_[at(parent_[at(i)])];
    return i;
  }
  std::map<std::pair<const void*, int>, int> numbers_;
  std::vector<int> parent_;
};

class Composer {
 public:
  explicit Composer(const std::vector<GroupNode>& group) : group_(group), lengths_(group), builder_("fused") {
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (const Variable& output : group[i].node.outputs()) producers_.emplace(output, i);
    }
  }

  FusedKernel run() {
    add_params();
    const Kernel& root = *group_.back().kernel;
    Instance& top = instances_[{group_.size() - 1, false, {}}];
    top.group = group_.size() - 1;
    top.values.assign(root.exprs.size(), no_expr);
    for (int axis : root.outer) top.axes.emplace(axis, Affine::axis(builder_.outer(map(top, length(root, axis)))));
    for (const kernel::Accumulator& a : root.accumulators) top.accumulators.push_back(add(top, a));
    for (const kernel::Carry& c : root.carries) {
      top.carries.push_back(builder_.carried(c.name, c.dtype, value(top, c.start)));
    }
    for (const kernel::Stage& stage : root.stages) add(top, root, stage);
    return {builder_.finish(), std::move(inputs_)};
  }

 private:
  // One evaluation of a node's expressions at one index map.
  struct Instance {
    std::size_t group = 0;
    bool checked = false;  // read at an index that may lie outside: so are the elements that it reads
    std::map<int, Affine> axes;
    std::vector<ExprId> values;
    std::vector<int> accumulators, carries;  // of the last node only
  };

  // A constant that is read within bounds only needs an array to be read from.
  static bool has_bounds(const Kernel& kernel, int param) {
    return std::any_of(kernel.accesses.begin(), kernel.accesses.end(), [&](const kernel::Access& access) {
      return access.param == param && !access.where.empty();
    });
  }
  static const Affine& length(const Kernel& kernel, int axis) { return kernel.axes[static_cast<std::size_t>(axis)].length; }

  void add_params() {
    for (const auto& [node, kernel] : group_) {
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        const Variable& input = node.inputs()[i];
        if (producers_.contains(input) || params_.contains(input)) continue;
        if (is_baked(input) && !has_bounds(*kernel, static_cast<int>(i))) continue;
        const int p = builder_.in("x" + std::to_string(inputs_.size()), input.dtype(), static_cast<int>(input.ndim()));
        params_.emplace(input, p);
        inputs_.push_back(input);
        note_lengths(input, p);
      }
    }
    int count = 0;
    for (const Variable& output : group_.back().node.outputs()) {
      const int p = builder_.out("z" + std::to_string(count++), output.dtype(), static_cast<int>(output.ndim()));
      outputs_.push_back(p);
      note_lengths(output, p);
    }
    // All classes become extents, used or not: the checks of the single kernels must not get lost.
    for (auto& [id, sources] : sources_) {
      extents_.emplace(id, builder_.extent("n" + std::to_string(extents_.size()), sources));
    }
  }
  void note_lengths(const Variable& x, int param) {
    for (int d = 0; d < static_cast<int>(x.ndim()); ++d) {
      const int id = lengths_.class_of(x, d);
      sources_[id].push_back({param, d});
    }
  }

  Affine map(Instance& instance, const Affine& affine) {
    Affine mapped(affine.constant);
    for (const Term& term : affine.terms) {
      if (term.kind == Term::Kind::axis) {
        mapped = mapped + term.coefficient * instance.axes.at(term.id);
      } else if (term.kind == Term::Kind::extent) {
        mapped = mapped + term.coefficient * Affine::extent(extent(instance, term.id));
      } else {
        mapped = mapped + term.coefficient * Affine::value(value(instance, term.id));
      }
    }
    return mapped;
  }
  int extent(const Instance& instance, int id) {
    const GroupNode& member = group_[instance.group];
    const Dimension& source = member.kernel->extents[static_cast<std::size_t>(id)].sources[0];
    const auto found = extents_.find(lengths_.class_of(member.node, source));
    if (found == extents_.end()) throw CannotFuse();
    return found->second;
  }
  kernel::Access map(Instance& instance, const kernel::Access& access, int param) {
    kernel::Access mapped{param, {}, {}, access.checked || instance.checked};
    for (const Affine& index : access.index) mapped.index.push_back(map(instance, index));
    for (const kernel::Bound& bound : access.where) {
      mapped.where.push_back({map(instance, bound.value), map(instance, bound.low), map(instance, bound.high)});
    }
    return mapped;
  }

  ExprId value(Instance& instance, ExprId e) {
    ExprId& known = instance.values[static_cast<std::size_t>(e)];
    if (known == no_expr) {
      const ExprId made = translate(instance, group_[instance.group].kernel->exprs[static_cast<std::size_t>(e)]);
      instance.values[static_cast<std::size_t>(e)] = made;
      return made;
    }
    return known;
  }
  ExprId translate(Instance& instance, const Expr& expr) {
    if (expr.kind == ExprKind::load) return load(instance, expr);
    Expr made = expr;
    for (ExprId& argument : made.args) argument = value(instance, argument);
    made.affine = map(instance, expr.affine);
    if (expr.kind == ExprKind::apply) {
      made.number = builder_.intern(group_[instance.group].kernel->functions[static_cast<std::size_t>(expr.number)]);
    } else if (expr.kind == ExprKind::result) {
      made.number = instance.accumulators[static_cast<std::size_t>(expr.number)];
    } else if (expr.kind == ExprKind::carry) {
      made.number = instance.carries[static_cast<std::size_t>(expr.number)];
    }
    return builder_.intern(std::move(made));
  }
  ExprId load(Instance& instance, const Expr& expr) {
    const GroupNode& member = group_[instance.group];
    const kernel::Access& access = member.kernel->accesses[static_cast<std::size_t>(expr.number)];
    const Variable& x = member.node.inputs()[static_cast<std::size_t>(access.param)];
    if (is_baked(x) && access.where.empty()) return builder_.constant(x.dtype(), baked_bits(x));
    if (const auto found = producers_.find(x); found != producers_.end()) {
      if (!access.where.empty()) throw CannotFuse();
      std::vector<Affine> index;
      for (const Affine& i : access.index) index.push_back(map(instance, i));
      return produced(found->second, x.index(), index, access.checked || instance.checked);
    }
    const auto param = params_.find(x);
    if (param == params_.end()) throw CannotFuse();
    const ExprId otherwise = expr.args.empty() ? no_expr : value(instance, expr.args[0]);
    return builder_.load(map(instance, access, param->second), otherwise);
  }
  // Output number OUTPUT of a producer at INDEX, rounded as if it had been stored.
  ExprId produced(std::size_t group, int output, const std::vector<Affine>& index, bool checked) {
    const GroupNode& member = group_[group];
    const int param = static_cast<int>(member.node.inputs().size()) + output;
    for (const kernel::Statement& statement : member.kernel->stages[0].statements) {
      if (statement.access.param != param) continue;
      std::map<int, Affine> axes;
      for (std::size_t d = 0; d < index.size(); ++d) {
        for (const Term& term : statement.access.index[d].terms) axes.emplace(term.id, index[d]);
      }
      std::vector<Affine> key;
      for (const auto& [axis, affine] : axes) key.push_back(affine);
      Instance& instance = instances_[{group, checked, key}];
      if (instance.values.empty()) {
        instance.group = group;
        instance.checked = checked;
        instance.axes = std::move(axes);
        instance.values.assign(member.kernel->exprs.size(), no_expr);
      }
      return builder_.cast(member.kernel->params[static_cast<std::size_t>(param)].dtype, value(instance, statement.values[0]));
    }
    throw CannotFuse();
  }

  int add(Instance& top, const kernel::Accumulator& a) {
    kernel::Accumulator made = a;
    for (ExprId& e : made.identity) e = value(top, e);
    for (ExprId& e : made.combine) e = value(top, e);
    if (a.absorbing != no_expr) made.absorbing = value(top, a.absorbing);
    return builder_.accumulator(std::move(made));
  }
  void add(Instance& top, const Kernel& root, const kernel::Stage& stage) {
    builder_.stage();
    for (int axis : stage.axes) {
      const kernel::Axis& a = root.axes[static_cast<std::size_t>(axis)];
      top.axes.emplace(axis, Affine::axis(builder_.axis(map(top, a.length), a.kind, a.backward)));
    }
    for (const kernel::Statement& s : stage.statements) {
      std::vector<ExprId> values;
      for (ExprId e : s.values) values.push_back(value(top, e));
      if (s.kind == kernel::StatementKind::accumulate) {
        builder_.accumulate(top.accumulators[static_cast<std::size_t>(s.number)], std::move(values));
        continue;
      }
      if (s.kind == kernel::StatementKind::advance) {
        builder_.advance(top.carries[static_cast<std::size_t>(s.number)], values[0]);
        continue;
      }
      const std::size_t output = static_cast<std::size_t>(s.access.param) - group_.back().node.inputs().size();
      kernel::Access access = map(top, s.access, outputs_[output]);
      if (s.kind == kernel::StatementKind::store) {
        builder_.store(std::move(access), values[0]);
      } else {
        builder_.scatter(std::move(access), s.number < 0 ? nullptr : root.functions[static_cast<std::size_t>(s.number)],
                         values[0]);
      }
    }
  }

  const std::vector<GroupNode>& group_;
  Lengths lengths_;
  Builder builder_;
  std::unordered_map<Variable, std::size_t> producers_;
  std::unordered_map<Variable, int> params_;
  Variables inputs_;
  std::vector<int> outputs_;
  std::map<int, std::vector<Dimension>> sources_;
  std::map<int, int> extents_;
  std::map<std::tuple<std::size_t, bool, std::vector<Affine>>, Instance> instances_;
};
}  // namespace

bool is_baked(const Variable& x) {
  const auto constant = as<Constant>(x);
  if (!constant || !constant->data().is_array() || constant->data().as<NDArray>().size() != 1) return false;
  const std::vector<bool>& flags = x.type().broadcastable();
  return std::all_of(flags.begin(), flags.end(), [](bool flag) { return flag; });
}

std::optional<FusedKernel> fuse_group(const std::vector<GroupNode>& nodes) {
  try {
    return Composer(nodes).run();
  } catch (const CannotFuse&) {
    return std::nullopt;
  }
}
}  // namespace kroton::tensor
