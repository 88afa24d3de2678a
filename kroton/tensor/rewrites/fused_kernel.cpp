// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/fused_kernel.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/graph/replace.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/tensor/detail/composer.h"
#include "kroton/tensor/fused.h"

namespace kroton::tensor {
namespace {
using kernel::Affine;
using kernel::ExprId;
using kernel::Kernel;
using kernel::no_expr;

class GroupComposer : Composer {
 public:
  GroupComposer(const std::vector<GroupNode>& group, const Variables& outputs)
      : Composer(group, outputs) {}

  FusedKernel run() {
    if (outputs_ == group_.back().node.outputs()) {
      add_params();
      extend_last();
    } else {
      const bool has_boxes = std::any_of(group_.begin(), group_.end(), [](const GroupNode& member) {
        return member.kernel->outer.empty();
      });
      unite_domains();
      add_params();
      if (has_boxes) {
        for (const Variable& output : outputs_) copy_around(producers_.at(output));
        builder_.stage();
      }
      store_all(has_boxes);
    }
    return finish();
  }

 private:
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

  // The axes of the points of a node: all of a pointwise one, of a box those of its last stage.
  static const std::vector<int>& axes_of(const Kernel& kernel) {
    return kernel.outer.empty() ? kernel.stages.back().axes : kernel.outer;
  }

  // What the graph knows to be one length is checked by this kernel to be one, too.
  void unite_domains() {
    const std::vector<int>& first = axes_of(*group_[0].kernel);
    for (const GroupNode& member : group_) {
      const std::vector<int>& own = axes_of(*member.kernel);
      for (std::size_t k = 0; k < std::min(first.size(), own.size()); ++k) {
        const auto one = lengths_.class_of_axis(group_[0], first[k]);
        const auto other = lengths_.class_of_axis(member, own[k]);
        if (one && other) lengths_.unite(*one, *other);
      }
    }
  }

  // What lies around the box of a node that changes one.
  void copy_around(std::size_t position) {
    const Kernel& kernel = *group_[position].kernel;
    if (!kernel.outer.empty()) return;
    Instance at{.group = position,
                .checked = false,
                .axes = {},
                .values = std::vector<ExprId>(kernel.exprs.size(), no_expr),
                .accumulators = {},
                .carries = {}};
    for (std::size_t s = 0; s + 1 < kernel.stages.size(); ++s) add(at, kernel, kernel.stages[s]);
  }

  // One stage over the domain that all nodes have, with a store for each output. IS_LAST: of
  // several, and it has been begun.
  void store_all(bool is_last) {
    std::vector<Affine> domain;
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      const std::size_t position = producers_.at(outputs_[o]);
      const GroupNode& member = group_[position];
      std::map<int, Affine> axes;
      const std::vector<int>& own = axes_of(*member.kernel);
      for (std::size_t k = 0; k < own.size(); ++k) {
        const int axis = own[k];
        if (k >= domain.size()) {
          Instance at{.group = position,
                      .checked = false,
                      .axes = {},
                      .values = {},
                      .accumulators = {},
                      .carries = {}};
          const Affine count = map(at, length(*member.kernel, axis));
          domain.push_back(Affine::axis(is_last ? builder_.axis(count) : builder_.outer(count)));
        }
        axes.emplace(axis, domain[k]);
      }
      if (o == 0 && !is_last) builder_.stage();
      Instance& instance = instance_at(position, false, std::move(axes));
      const kernel::Statement& store = store_of(position, outputs_[o].index());
      builder_.store(map(instance, store.access, output_params_[o]),
                     value(instance, store.values[0]));
    }
  }
  static const Affine& length(const Kernel& kernel, int axis) {
    return kernel.axes[static_cast<std::size_t>(axis)].length;
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
      const Apply& node = group_[top.group].node;
      const std::size_t number = static_cast<std::size_t>(s.access.param) - node.inputs().size();
      const auto output = std::find(outputs_.begin(), outputs_.end(), node.outputs()[number]);
      kernel::Access access =
          map(top, s.access, output_params_[static_cast<std::size_t>(output - outputs_.begin())]);
      if (s.kind == kernel::StatementKind::store) {
        builder_.store(std::move(access), values[0]);
      } else {
        builder_.scatter(
            std::move(access),
            s.number < 0 ? nullptr : root.functions[static_cast<std::size_t>(s.number)], values[0]);
      }
    }
  }
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
    return GroupComposer(nodes, outputs).run();
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
