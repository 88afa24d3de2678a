// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/fused_kernel.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/graph/replace.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/compose.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/detail/lengths.h"
#include "kroton/tensor/fused.h"

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

// A length is missing, or bounds depend on a value: found deep inside, told to the caller of
// fuse_group as "nothing".
struct CannotFuse {};

std::array<std::uint64_t, 2> baked_bits(const Variable& x) {
  const NDArray element =
      as<Constant>(x)->data().as<NDArray>().astype(kernel::compute_dtype(x.dtype()));
  std::array<std::uint64_t, 2> bits = {};
  std::memcpy(&bits, element.raw(), element.itemsize());
  return bits;
}

class Composer {
 public:
  Composer(const std::vector<GroupNode>& group, const Variables& outputs)
      : group_(group), outputs_(outputs), lengths_(group), builder_("fused") {
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (const Variable& output : group[i].node.outputs()) producers_.emplace(output, i);
    }
  }

  FusedKernel run() {
    add_params();
    if (outputs_ == group_.back().node.outputs()) {
      extend_last();
    } else {
      store_all();
    }
    if (kernel::has_gathered_bounds(builder_.peek())) throw CannotFuse{};
    return {builder_.finish(), std::move(inputs_), std::move(given_)};
  }

 private:
  // One evaluation of a node's expressions at one index map.
  struct Instance {
    std::size_t group = 0;
    bool checked =
        false;  // read at an index that may lie outside: so are the elements that it reads
    std::map<int, Affine> axes;
    std::vector<ExprId> values;
    std::vector<int> accumulators, carries;  // of the last node only
  };

  // The last node's kernel, with the values of the others where it reads them.
  void extend_last() {
    const Kernel& root = *group_.back().kernel;
    Instance& top = instances_[{group_.size() - 1, false, {}}];
    top.group = group_.size() - 1;
    top.values.assign(root.exprs.size(), no_expr);
    for (int axis : root.outer)
      top.axes.emplace(axis, Affine::axis(builder_.outer(map(top, length(root, axis)))));
    for (const kernel::Accumulator& a : root.accumulators) top.accumulators.push_back(add(top, a));
    for (const kernel::Carry& c : root.carries) {
      top.carries.push_back(builder_.carried(c.name, c.dtype, value(top, c.start)));
    }
    for (const kernel::Stage& stage : root.stages) add(top, root, stage);
  }

  // One stage over the domain that all nodes have, with a store for each output.
  void store_all() {
    std::vector<Affine> domain;
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      const std::size_t position = producers_.at(outputs_[o]);
      const GroupNode& member = group_[position];
      std::map<int, Affine> axes;
      for (std::size_t k = 0; k < member.kernel->outer.size(); ++k) {
        const int axis = member.kernel->outer[k];
        if (k >= domain.size()) {
          Instance at{.group = position,
                      .checked = false,
                      .axes = {},
                      .values = {},
                      .accumulators = {},
                      .carries = {}};
          domain.push_back(Affine::axis(builder_.outer(map(at, length(*member.kernel, axis)))));
        }
        axes.emplace(axis, domain[k]);
      }
      if (o == 0) builder_.stage();
      Instance& instance = instance_at(position, false, std::move(axes));
      const kernel::Statement& store = store_of(position, outputs_[o].index());
      builder_.store(map(instance, store.access, output_params_[o]),
                     value(instance, store.values[0]));
    }
  }

  // A constant that is read within bounds only needs an array to be read from.
  static bool has_bounds(const Kernel& kernel, int param) {
    return std::any_of(kernel.accesses.begin(), kernel.accesses.end(),
                       [&](const kernel::Access& access) {
                         return access.param == param && !access.where.empty();
                       });
  }
  static const Affine& length(const Kernel& kernel, int axis) {
    return kernel.axes[static_cast<std::size_t>(axis)].length;
  }

  void add_params() {
    for (const auto& [node, kernel] : group_) {
      for (std::size_t i = 0; i < node.inputs().size(); ++i) {
        const Variable& input = node.inputs()[i];
        if (producers_.contains(input) || params_.contains(input)) continue;
        if (is_baked(input) && !has_bounds(*kernel, static_cast<int>(i))) continue;
        const int p = builder_.in("x" + std::to_string(inputs_.size()), input.dtype(),
                                  static_cast<int>(input.ndim()));
        params_.emplace(input, p);
        inputs_.push_back(input);
        note_lengths(input, p);
      }
    }
    for (const Variable& output : outputs_) {
      const int p = builder_.out("z" + std::to_string(output_params_.size()), output.dtype(),
                                 static_cast<int>(output.ndim()));
      output_params_.push_back(p);
      note_lengths(output, p);
    }
    note_given();
    // All classes become extents, used or not: the checks of the single kernels must not get lost.
    for (auto& [id, extent] : lengths_of_class_) {
      extent.name = "n" + std::to_string(extents_.size());
      extents_.emplace(id, builder_.extent(extent));
    }
  }
  void note_lengths(const Variable& x, int param) {
    for (int d = 0; d < static_cast<int>(x.ndim()); ++d)
      lengths_of_class_[lengths_.class_of(x, d)].sources.push_back({param, d});
  }
  // Lengths that come from no input of their node are given, unless the new kernel holds an array
  // that has them.
  void note_given() {
    for (const auto& [node, kernel] : group_) {
      for (const kernel::Extent& extent : kernel->extents) {
        kernel::Extent& known = lengths_of_class_[lengths_.class_of(node, extent)];
        known.at_least = std::max(known.at_least, extent.at_least);
        for (int g : extent.given) add_given(known, {node.outputs()[0], -1, g});
        const bool from_inputs =
            std::any_of(extent.sources.begin(), extent.sources.end(), [&](const Dimension& d) {
              return static_cast<std::size_t>(d.param) < node.inputs().size();
            });
        if (from_inputs || !extent.given.empty()) continue;
        const Variable& output = variable_of(node, extent.sources[0]);
        if (std::find(outputs_.begin(), outputs_.end(), output) == outputs_.end())
          add_given(known, {output, extent.sources[0].dim, -1});
      }
    }
    // Lengths that only arrays inside have.
    for (const auto& [node, kernel] : group_) {
      for (const kernel::Extent& extent : kernel->extents) {
        kernel::Extent& known = lengths_of_class_[lengths_.class_of(node, extent)];
        if (known.sources.empty() && known.given.empty())
          add_given(known, {variable_of(node, extent.sources[0]), extent.sources[0].dim, -1});
      }
    }
  }
  static const Variable& variable_of(const Apply& node, const Dimension& d) {
    const auto p = static_cast<std::size_t>(d.param), inputs = node.inputs().size();
    return p < inputs ? node.inputs()[p] : node.outputs()[p - inputs];
  }
  void add_given(kernel::Extent& extent, const GivenLength& length) {
    extent.given.push_back(static_cast<int>(given_.size()));
    given_.push_back(length);
  }

  Affine map(Instance& instance, const Affine& affine) {
    Affine mapped(affine.constant);
    for (const kernel::Term& term : affine.terms) {
      if (term.kind == kernel::Term::Kind::axis) {
        mapped = mapped + term.coefficient * instance.axes.at(term.id);
      } else if (term.kind == kernel::Term::Kind::extent) {
        mapped = mapped + term.coefficient * Affine::extent(extent(instance, term.id));
      } else {
        mapped = mapped + term.coefficient * Affine::value(value(instance, term.id));
      }
    }
    return mapped;
  }
  int extent(const Instance& instance, int id) {
    const GroupNode& member = group_[instance.group];
    const auto found = extents_.find(
        lengths_.class_of(member.node, member.kernel->extents[static_cast<std::size_t>(id)]));
    if (found == extents_.end()) throw CannotFuse();
    return found->second;
  }
  kernel::Access map(Instance& instance, const kernel::Access& access, int param) {
    kernel::Access mapped{param, {}, {}, access.checked || instance.checked};
    for (const Affine& index : access.index) mapped.index.push_back(map(instance, index));
    for (const kernel::Bound& bound : access.where) {
      mapped.where.push_back(
          {map(instance, bound.value), map(instance, bound.low), map(instance, bound.high)});
    }
    return mapped;
  }

  ExprId value(Instance& instance, ExprId e) {
    ExprId& known = instance.values[static_cast<std::size_t>(e)];
    if (known == no_expr) {
      const ExprId made =
          translate(instance, group_[instance.group].kernel->exprs[static_cast<std::size_t>(e)]);
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
      made.number = builder_.intern(
          group_[instance.group].kernel->functions[static_cast<std::size_t>(expr.number)]);
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
    if (const auto p = static_cast<std::size_t>(access.param), inputs = member.node.inputs().size();
        p >= inputs) {
      // The last node goes on with what it stored.
      return builder_.load(map(instance, access, output_params_[p - inputs]));
    }
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
  const kernel::Statement& store_of(std::size_t group, int output) const {
    const GroupNode& member = group_[group];
    const int param = static_cast<int>(member.node.inputs().size()) + output;
    for (const kernel::Statement& statement : member.kernel->stages[0].statements) {
      if (statement.access.param == param) return statement;
    }
    throw CannotFuse();
  }
  Instance& instance_at(std::size_t group, bool checked, std::map<int, Affine> axes) {
    std::vector<Affine> key;
    for (const auto& [axis, affine] : axes) key.push_back(affine);
    Instance& instance = instances_[{group, checked, key}];
    if (instance.values.empty()) {
      instance.group = group;
      instance.checked = checked;
      instance.axes = std::move(axes);
      instance.values.assign(group_[group].kernel->exprs.size(), no_expr);
    }
    return instance;
  }
  // Output number OUTPUT of a producer at INDEX, rounded as if it had been stored.
  ExprId produced(std::size_t group, int output, const std::vector<Affine>& index, bool checked) {
    const kernel::Statement& store = store_of(group, output);
    std::map<int, Affine> axes;
    for (std::size_t d = 0; d < index.size(); ++d) {
      for (const kernel::Term& term : store.access.index[d].terms) axes.emplace(term.id, index[d]);
    }
    Instance& instance = instance_at(group, checked, std::move(axes));
    const DType element =
        group_[group].kernel->params[static_cast<std::size_t>(store.access.param)].dtype;
    return builder_.cast(element, value(instance, store.values[0]));
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
        builder_.accumulate(top.accumulators[static_cast<std::size_t>(s.number)],
                            std::move(values));
        continue;
      }
      if (s.kind == kernel::StatementKind::advance) {
        builder_.advance(top.carries[static_cast<std::size_t>(s.number)], values[0]);
        continue;
      }
      const std::size_t output =
          static_cast<std::size_t>(s.access.param) - group_.back().node.inputs().size();
      kernel::Access access = map(top, s.access, output_params_[output]);
      if (s.kind == kernel::StatementKind::store) {
        builder_.store(std::move(access), values[0]);
      } else {
        builder_.scatter(
            std::move(access),
            s.number < 0 ? nullptr : root.functions[static_cast<std::size_t>(s.number)], values[0]);
      }
    }
  }

  const std::vector<GroupNode>& group_;
  const Variables& outputs_;
  Lengths lengths_;
  Builder builder_;
  std::unordered_map<Variable, std::size_t> producers_;
  std::unordered_map<Variable, int> params_;
  Variables inputs_;
  std::vector<int> output_params_;
  std::map<int, kernel::Extent> lengths_of_class_;
  std::map<int, int> extents_;
  std::vector<GivenLength> given_;
  std::map<std::tuple<std::size_t, bool, std::vector<Affine>>, Instance> instances_;
};
}  // namespace

bool is_baked(const Variable& x) {
  const auto constant = as<Constant>(x);
  if (!constant || !constant->data().is_array() || constant->data().as<NDArray>().size() != 1)
    return false;
  const std::vector<bool>& flags = x.type().broadcastable();
  return std::all_of(flags.begin(), flags.end(), [](bool flag) { return flag; });
}

std::vector<GivenLength> given_lengths(const GroupNode& member) {
  std::vector<GivenLength> lengths;
  for (int g = 0; g < kernel::given_count(*member.kernel); ++g)
    lengths.push_back({member.node.outputs()[0], -1, g});
  return lengths;
}

std::optional<FusedKernel> fuse_group(const std::vector<GroupNode>& nodes,
                                      const Variables& outputs) {
  try {
    return Composer(nodes, outputs).run();
  } catch (const CannotFuse&) {
    return std::nullopt;
  }
}

Apply fused_node(FusedKernel fused, const std::vector<Apply>& nodes, const Variables& outputs) {
  VariableMap memo;
  Variables inner;
  for (const Variable& input : fused.inputs) {
    inner.push_back(input.type().make_variable(input.name()));
    memo.emplace(input, inner.back());
  }
  // What was fused before is opened, so that every Fused holds plain nodes.
  std::unordered_map<const void*, VariableMap> opened;
  for (const Apply& node : nodes) {
    const auto* before = as<Fused>(node);
    if (!before) continue;
    VariableMap& inside = opened[node.key()];
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      inside.emplace(before->inner_inputs()[i], clone_graph({node.inputs()[i]}, memo)[0]);
    }
    const Variables copies = clone_graph(before->inner_outputs(), inside);
    for (std::size_t i = 0; i < copies.size(); ++i)
      memo.insert_or_assign(node.outputs()[i], copies[i]);
  }
  const CreationLine scope(nodes.back().line());
  Variables copies = clone_graph(outputs, memo);
  std::vector<GivenLength> given;
  for (const GivenLength& length : fused.given) {
    const Apply owner = length.variable.owner();
    const auto* before = as<Fused>(owner);
    if (before && length.number >= 0) {
      const GivenLength& inside = before->given()[static_cast<std::size_t>(length.number)];
      given.push_back({opened.at(owner.key()).at(inside.variable), inside.axis, inside.number});
    } else {
      given.push_back({memo.at(length.variable), length.axis, length.number});
    }
  }
  return Fused(std::move(fused.kernel), std::move(inner), std::move(copies), std::move(given))
      .make_node(fused.inputs);
}

std::optional<Apply> fused_node(const std::vector<GroupNode>& nodes, const Variables& outputs) {
  auto fused = fuse_group(nodes, outputs);
  if (!fused) return std::nullopt;
  std::vector<Apply> plain;
  for (const GroupNode& member : nodes) plain.push_back(member.node);
  return fused_node(std::move(*fused), plain, outputs);
}
}  // namespace kroton::tensor
