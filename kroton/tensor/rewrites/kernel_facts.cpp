// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/kernel_facts.h"
#include "kroton/tensor/detail/lengths.h"

#include <algorithm>
#include <set>
#include <utility>

#include "kroton/graph/op.h"
#include "kroton/tensor/fused.h"
#include "kroton/tensor/inc_subtensor.h"

namespace kroton::tensor {
namespace {
using kernel::Affine;
using kernel::Expr;
using kernel::ExprKind;
using kernel::Kernel;
using kernel::Stage;
using kernel::StatementKind;
using kernel::Term;

const Expr& expr_of(const Kernel& kernel, kernel::ExprId e) {
  return kernel.exprs[static_cast<std::size_t>(e)];
}

bool is_foreign(const Kernel& kernel, const Apply& node) {
  if (kernel.params.size() != node.inputs().size() + node.outputs().size()) return true;
  for (std::size_t p = 0; p < kernel.params.size(); ++p) {
    const auto role = p < node.inputs().size() ? kernel::Role::in : kernel::Role::out;
    if (kernel.params[p].role != role || kernel.params[p].alias_group != -1) return true;
  }
  return false;
}

bool reads_outputs(const Kernel& kernel, std::size_t inputs) {
  return std::any_of(kernel.accesses.begin(), kernel.accesses.end(),
                     [&](const kernel::Access& access) {
                       return static_cast<std::size_t>(access.param) >= inputs;
                     });
}

// axis, or the constant 0.
bool is_own_point(const Affine& index) {
  if (index.constant != 0) return false;
  if (index.terms.empty()) return true;
  return index.terms.size() == 1 && index.terms[0].kind == Term::Kind::axis &&
         index.terms[0].coefficient == 1;
}

// The axes that the dimensions are, one each; {-1} for an index that is more than an axis or 0.
std::vector<int> axes_in_order(const kernel::Access& access) {
  std::vector<int> axes;
  for (const Affine& index : access.index) {
    if (!is_own_point(index)) return {-1};
    if (!index.terms.empty()) axes.push_back(index.terms[0].id);
  }
  return axes;
}

// Whether the stages are boxes of one domain, so that a point of it belongs to one of them.
bool has_pieces(const Kernel& kernel) {
  return kernel.outer.empty() && kernel.stages.size() > 1 &&
         std::all_of(kernel.stages.begin(), kernel.stages.end(), [&](const Stage& stage) {
           return stage_kind(kernel, stage) == kernel::AxisKind::parallel;
         });
}

std::vector<InputUse> input_uses(const Kernel& kernel, std::size_t inputs) {
  std::vector<InputUse> uses(inputs);
  std::vector<std::size_t> most_axes(inputs, 0);
  const bool pieces = has_pieces(kernel);
  for (const Stage& stage : kernel.stages) {
    std::set<int> axes(kernel.outer.begin(), kernel.outer.end());
    axes.insert(stage.axes.begin(), stage.axes.end());
    std::set<int> seen;
    if (pieces) std::fill(most_axes.begin(), most_axes.end(), 0);
    std::vector<int> before;
    for (const InputUse& use : uses) before.push_back(use.reads);
    if (pieces) {
      for (InputUse& use : uses) use.reads = 0;
    }
    for (kernel::ExprId e : stage_exprs(kernel, stage)) {
      const Expr& expr = expr_of(kernel, e);
      if (expr.kind != ExprKind::load || !seen.insert(expr.number).second) continue;
      const kernel::Access& access = kernel.accesses[static_cast<std::size_t>(expr.number)];
      if (static_cast<std::size_t>(access.param) >= inputs) continue;
      InputUse& use = uses[static_cast<std::size_t>(access.param)];
      // A read at the points of fewer axes is next to nothing.
      std::size_t& most = most_axes[static_cast<std::size_t>(access.param)];
      if (use.reads == 0 || axes.size() > most) {
        use.reads = 1;
        most = axes.size();
      } else if (axes.size() == most) {
        ++use.reads;
      }
      if (axes_in_order(access) != kernel.outer) use.aligned = false;
      std::set<int> used;
      for (const Affine& index : access.index) {
        for (const Term& term : index.terms) {
          if (term.kind == Term::Kind::axis) used.insert(term.id);
          if (term.kind == Term::Kind::value && expr_of(kernel, term.id).kind != ExprKind::index)
            use.plain = false;
        }
      }
      if (!access.where.empty()) use.plain = false;
      if (!std::includes(used.begin(), used.end(), axes.begin(), axes.end())) use.expanding = true;
    }
    for (std::size_t i = 0; pieces && i < inputs; ++i)
      uses[i].reads = std::max(uses[i].reads, before[i]);
  }
  return uses;
}

// Whether the lengths of a node's outputs follow from those of its inputs and from constants: then
// a kernel that does not hold the outputs can be given them.
bool lengths_follow(const Apply& node) {
  const Shapes out = node.op().infer_shape(node, input_lengths(node));
  return std::all_of(out.begin(), out.end(), [](const auto& shape) { return shape.has_value(); });
}

bool is_pointwise(const Kernel& kernel, std::size_t inputs) {
  if (kernel.stages.size() != 1 || !kernel.stages[0].axes.empty() || !kernel.accumulators.empty())
    return false;
  if (!kernel.carries.empty() || reads_outputs(kernel, inputs)) return false;
  const auto& statements = kernel.stages[0].statements;
  if (statements.size() != kernel.params.size() - inputs) return false;
  std::set<int> stored;
  for (const kernel::Statement& statement : statements) {
    if (statement.kind != StatementKind::store || !statement.access.where.empty() ||
        statement.access.checked)
      return false;
    if (!stored.insert(statement.access.param).second) return false;
    if (axes_in_order(statement.access) != kernel.outer) return false;
  }
  return std::none_of(
      kernel.accesses.begin(), kernel.accesses.end(), [](const kernel::Access& access) {
        return access.checked ||
               std::any_of(access.index.begin(), access.index.end(),
                           [](const Affine& index) { return index.has(Term::Kind::value); });
      });
}

// Whether all but a few elements along each axis belong to x[ITEMS], or every so many of them: to
// copy what does not is little beside computing what does.
bool is_wide(const IndexItems& items) {
  return std::all_of(items.begin(), items.end(), [](const IndexItem& item) {
    const auto is_number = [](const IndexBound& bound) {
      return bound.is_absent() || bound.is_number();
    };
    if (!item.is_slice || !is_number(item.start) || !is_number(item.stop) ||
        !is_number(item.step) || item.step.number < 0)
      return false;
    return item.start.number >= 0 && (item.stop.is_absent() || item.stop.number < 0);
  });
}

// The op that makes the one output of NODE, which fusion may have put things into.
const IncSubtensor* change_of(const Apply& node) {
  const auto* fused = as<Fused>(node);
  if (!fused) return as<IncSubtensor>(node);
  return fused->inner_outputs().size() == 1 ? as<IncSubtensor>(fused->inner_outputs()[0].owner())
                                            : nullptr;
}

std::optional<BoxUse> box_use(const Apply& node, const Kernel& kernel) {
  const IncSubtensor* change = change_of(node);
  if (!change || !is_wide(change->items()) || !kernel.outer.empty() || kernel.stages.empty() ||
      !kernel.accumulators.empty() || !kernel.carries.empty() ||
      reads_outputs(kernel, node.inputs().size()))
    return std::nullopt;
  for (const Stage& stage : kernel.stages) {
    if (stage_kind(kernel, stage) != kernel::AxisKind::parallel || stage.statements.size() != 1)
      return std::nullopt;
    const kernel::Statement& statement = stage.statements[0];
    if (statement.kind != StatementKind::store || !statement.access.where.empty() ||
        statement.access.checked)
      return std::nullopt;
  }
  const bool is_computed =
      std::any_of(kernel.accesses.begin(), kernel.accesses.end(), [](const kernel::Access& access) {
        return access.checked ||
               std::any_of(access.index.begin(), access.index.end(),
                           [](const Affine& index) { return index.has(Term::Kind::value); });
      });
  if (is_computed) return std::nullopt;
  Kernel inside = kernel, around = kernel;
  inside.stages = {kernel.stages.back()};
  inside.outer = std::exchange(inside.stages[0].axes, {});
  around.stages.pop_back();
  BoxUse use{input_uses(inside, node.inputs().size()), {}};
  for (const InputUse& input : input_uses(around, node.inputs().size()))
    use.around.push_back(input.reads > 0);
  return use;
}

int compute_cost(const Kernel& kernel, const Stage& stage) {
  int cost = 0;
  for (kernel::ExprId e : stage_exprs(kernel, stage)) {
    const Expr& expr = expr_of(kernel, e);
    if (expr.kind == ExprKind::apply)
      cost += kernel.functions[static_cast<std::size_t>(expr.number)]->cost;
    if (expr.kind == ExprKind::select) ++cost;
  }
  return cost;
}
}  // namespace

const std::vector<int>& point_axes(const KernelFacts& facts) {
  return facts.box ? facts.kernel.stages.back().axes : facts.kernel.outer;
}

std::optional<KernelFacts> kernel_facts(const Apply& node) {
  const Op& op = node.op();
  if (op.effect() != Effect::none || !op.destroy_map().empty()) return std::nullopt;
  for (const Variables* list : {&node.inputs(), &node.outputs()}) {
    for (const Variable& x : *list) {
      if (!x.type().is_array()) return std::nullopt;
    }
  }
  auto kernel = op.kernel(node);
  if (!kernel || is_foreign(*kernel, node)) return std::nullopt;
  KernelFacts facts;
  facts.inputs = input_uses(*kernel, node.inputs().size());
  facts.pointwise = is_pointwise(*kernel, node.inputs().size()) && lengths_follow(node);
  facts.reads_outputs = reads_outputs(*kernel, node.inputs().size());
  facts.is_view = !op.view_map().empty();
  facts.box = box_use(node, *kernel);
  for (const Stage& stage : kernel->stages)
    facts.cost = std::max(facts.cost, compute_cost(*kernel, stage));
  facts.kernel = std::move(*kernel);
  return facts;
}
}  // namespace kroton::tensor
