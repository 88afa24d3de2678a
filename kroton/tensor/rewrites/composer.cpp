// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/composer.h"

#include <algorithm>
#include <cstring>

#include "kroton/ndarray/ndarray.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Dimension;
using kernel::Expr;
using kernel::ExprId;
using kernel::ExprKind;
using kernel::Kernel;
using kernel::no_expr;

namespace {
std::array<std::uint64_t, 2> baked_bits(const Variable& x) {
  const NDArray element =
      as<Constant>(x)->data().as<NDArray>().astype(kernel::compute_dtype(x.dtype()));
  std::array<std::uint64_t, 2> bits = {};
  std::memcpy(&bits, element.raw(), element.itemsize());
  return bits;
}

// A constant that is read within bounds only needs an array to be read from.
bool has_bounds(const Kernel& kernel, int param) {
  return std::any_of(
      kernel.accesses.begin(), kernel.accesses.end(),
      [&](const kernel::Access& access) { return access.param == param && !access.where.empty(); });
}

const Variable& variable_of(const Apply& node, const Dimension& d) {
  const auto p = static_cast<std::size_t>(d.param), inputs = node.inputs().size();
  return p < inputs ? node.inputs()[p] : node.outputs()[p - inputs];
}
}  // namespace

Composer::Composer(const std::vector<GroupNode>& group, const Variables& outputs)
    : group_(group), outputs_(outputs), lengths_(group), builder_("fused") {
  for (std::size_t i = 0; i < group.size(); ++i) {
    for (const Variable& output : group[i].node.outputs()) producers_.emplace(output, i);
  }
}

FusedKernel Composer::finish() {
  if (kernel::has_gathered_bounds(builder_.peek())) throw CannotFuse{};
  return {builder_.finish(), std::move(inputs_), std::move(given_)};
}

void Composer::add_input(const Variable& input) {
  const int p = builder_.in("x" + std::to_string(inputs_.size()), input.dtype(),
                            static_cast<int>(input.ndim()));
  params_.emplace(input, p);
  inputs_.push_back(input);
  note_lengths(input, p);
}

void Composer::add_params(const Variables& extra) {
  for (const auto& [node, kernel] : group_) {
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const Variable& input = node.inputs()[i];
      if (producers_.contains(input) || params_.contains(input)) continue;
      if (is_baked(input) && !has_bounds(*kernel, static_cast<int>(i))) continue;
      add_input(input);
    }
  }
  for (const Variable& input : extra) add_input(input);
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

void Composer::note_lengths(const Variable& x, int param) {
  for (int d = 0; d < static_cast<int>(x.ndim()); ++d)
    lengths_of_class_[lengths_.class_of(x, d)].sources.push_back({param, d});
}

// Lengths that come from no input of their node are given, unless the new kernel holds an array
// that has them.
void Composer::note_given() {
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

void Composer::add_given(kernel::Extent& extent, const GivenLength& length) {
  extent.given.push_back(static_cast<int>(given_.size()));
  given_.push_back(length);
}

Affine Composer::map(Instance& instance, const Affine& affine) {
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

int Composer::extent(const Instance& instance, int id) {
  const GroupNode& member = group_[instance.group];
  const auto found = extents_.find(
      lengths_.class_of(member.node, member.kernel->extents[static_cast<std::size_t>(id)]));
  if (found == extents_.end()) throw CannotFuse();
  return found->second;
}

kernel::Access Composer::map(Instance& instance, const kernel::Access& access, int param) {
  kernel::Access mapped{param, {}, {}, access.checked || instance.checked};
  for (const Affine& index : access.index) mapped.index.push_back(map(instance, index));
  for (const kernel::Bound& bound : access.where) {
    mapped.where.push_back(
        {map(instance, bound.value), map(instance, bound.low), map(instance, bound.high)});
  }
  return mapped;
}

ExprId Composer::value(Instance& instance, ExprId e) {
  ExprId& known = instance.values[static_cast<std::size_t>(e)];
  if (known == no_expr) {
    const ExprId made =
        translate(instance, group_[instance.group].kernel->exprs[static_cast<std::size_t>(e)]);
    instance.values[static_cast<std::size_t>(e)] = made;
    return made;
  }
  return known;
}

ExprId Composer::translate(Instance& instance, const Expr& expr) {
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

ExprId Composer::load(Instance& instance, const Expr& expr) {
  const GroupNode& member = group_[instance.group];
  const kernel::Access& access = member.kernel->accesses[static_cast<std::size_t>(expr.number)];
  if (const auto p = static_cast<std::size_t>(access.param), inputs = member.node.inputs().size();
      p >= inputs) {
    // The last node goes on with what it stored.
    return builder_.load(map(instance, access, output_params_[p - inputs]));
  }
  const Variable& x = member.node.inputs()[static_cast<std::size_t>(access.param)];
  if (read_) {
    std::vector<Affine> index;
    for (const Affine& i : access.index) index.push_back(map(instance, i));
    const auto found = read_(instance.group, static_cast<std::size_t>(access.param), index);
    if (found) return *found;
  }
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

const kernel::Statement& Composer::store_of(std::size_t group, int output) const {
  const GroupNode& member = group_[group];
  const int param = static_cast<int>(member.node.inputs().size()) + output;
  for (const kernel::Statement& statement : member.kernel->stages.back().statements) {
    if (statement.access.param == param) return statement;
  }
  throw CannotFuse();
}

Composer::Instance& Composer::instance_at(std::size_t group, bool checked,
                                          std::map<int, Affine> axes) {
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

ExprId Composer::produced(std::size_t group, int output, const std::vector<Affine>& index,
                          bool checked) {
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
}  // namespace kroton::tensor
