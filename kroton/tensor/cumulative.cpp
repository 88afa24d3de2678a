// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/cumulative.h"

#include <fmt/format.h>

#include "kroton/base/at.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;
using kernel::ExprId;
namespace builtin = kernel::builtin;

namespace {
// A builder with INPUTS and z, one ordered axis along AXIS and outer axes along all others.
struct Walk {
  Builder b;
  std::vector<Affine> here;
  int to = 0;

  Walk(const char* name, const Apply& node, int axis, bool backward,
       ExprId (*start)(Builder&, DType), int& state)
      : b(name) {
    const Variables& inputs = node.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      add_input(b, operand_name(i, inputs.size()), inputs[i]);
    to = add_output(b, "z", node.outputs()[0]);
    const std::vector<bool>& flags = node.outputs()[0].type().broadcastable();
    std::vector<std::vector<kernel::Dimension>> sources(flags.size());
    for (int d = 0; d < static_cast<int>(flags.size()); ++d) {
      if (flags[at(d)]) continue;
      for (int p = 0; p <= to; ++p) sources[at(d)].push_back({p, d});
    }
    const auto along = std::move(sources[at(axis)]);
    sources[at(axis)].clear();
    here = outer_domain(b, sources);
    state =
        b.carried("state", kernel::compute_dtype(inputs[0].dtype()), start(b, inputs[0].dtype()));
    b.stage();
    if (along.empty()) {
      here[at(axis)] = Affine::axis(b.ordered(Affine(1), backward));
    } else {
      const int n = b.extent("t", along);
      here[at(axis)] = Affine::axis(b.ordered(Affine::extent(n), backward));
    }
  }
};

// x along AXIS within the bounds.
Variable range(const Variable& x, int axis, const Slice& bounds) {
  std::vector<Index> index(x.ndim(), Index(kroton::slice()));
  index[at(axis)] = Index(bounds);
  return x[index];
}
Variable flipped(const Variable& x, int axis) {
  return range(x, axis, kroton::slice(std::nullopt, std::nullopt, -1));
}
// FIRST at the start of AXIS (0 or 1), behind it x without its last element.
Variable delayed(const Variable& x, int axis, int first) {
  const Variable start = range(x, axis, kroton::slice(0, 1));
  const Variable edge = first == 0 ? zeros_like(start) : ones_like(start);
  const Variable z = join(axis, {edge, range(x, axis, kroton::slice(0, -1))});
  return with_flags(z, x.broadcastable());
}
}  // namespace

// ---------------------------------------------------------------- Cumulative
Apply Cumulative::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1 && axis_ >= 0 && axis_ < static_cast<int>(inputs[0].ndim()));
  KROTON_CHECK(fold_ == Fold::sum || fold_ == Fold::prod);
  return Apply(*this, inputs, {Variable(inputs[0].type())});
}
Shapes Cumulative::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }

Variables Cumulative::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  if (is_discrete(x.dtype())) return {zero_gradient(x)};
  if (fold_ == Fold::sum)
    return {flipped(Cumulative(Fold::sum, axis_)(flipped(gz[0], axis_)), axis_)};
  // What reaches z[t] and all behind it, divided by what x[t] contributed, without dividing.
  return {delayed(z, axis_, 1) * Recurrence(axis_, true)(gz[0], x)};
}

Variables Cumulative::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return no_change(node);
  if (fold_ == Fold::sum) return make_node(eval_points).outputs();
  // z[t] = x[t] z[t - 1], so dz[t] = dx[t] z[t - 1] + x[t] dz[t - 1].
  return {Recurrence(axis_, false)(eval_points[0] * delayed(node.outputs()[0], axis_, 1),
                                   node.inputs()[0])};
}

std::optional<kernel::Kernel> Cumulative::kernel(const Apply& node) const {
  const bool is_sum = fold_ == Fold::sum;
  int state = 0;
  Walk walk(
      is_sum ? "cumsum" : "cumprod", node, axis_, false,
      is_sum ? [](Builder& b, DType d) { return b.constant(kernel::compute_dtype(d), 0.0); }
             : [](Builder& b, DType d) { return b.constant(kernel::compute_dtype(d), 1.0); },
      state);
  Builder& b = walk.b;
  const ExprId next =
      b.apply(is_sum ? builtin::add : builtin::mul, {b.carry(state), b.load(0, walk.here)});
  b.store(walk.to, walk.here, next);
  b.advance(state, next);
  return b.finish();
}

// ---------------------------------------------------------------- Recurrence
Apply Recurrence::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2 && axis_ >= 0 && axis_ < static_cast<int>(inputs[0].ndim()));
  const Variable& x = inputs[0];
  const Variable a = with_flags(cast(inputs[1], x.dtype()), x.broadcastable());
  return Apply(*this, {x, a}, {Variable(x.type())});
}
Shapes Recurrence::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }

Variables Recurrence::grad(const Apply& node, Variables gz) const {
  const Variable &a = node.inputs()[1], &z = node.outputs()[0];
  const Variable gx = Recurrence(axis_, !backward_)(gz[0], a);
  // Each factor leads from the element before it to the one at its place.
  const Variable ga = backward_ ? delayed(gx, axis_, 0) * z : delayed(z, axis_, 0) * gx;
  return {gx, ga};
}
Variables Recurrence::r_op(const Apply& node, Variables eval_points) const {
  const Variable &dx = eval_points[0], &da = eval_points[1];
  if (!dx && !da) return no_change(node);
  const Variable &a = node.inputs()[1], &z = node.outputs()[0];
  Variable change = dx ? dx : zero_gradient(node.inputs()[0]);
  if (da) {
    // Backward the factor of the next element counts: da[t + 1] z[t + 1].
    change = change + (backward_ ? flipped(delayed(flipped(da * z, axis_), axis_, 0), axis_)
                                 : da * delayed(z, axis_, 0));
  }
  return {(*this)(change, a)};
}

std::optional<kernel::Kernel> Recurrence::kernel(const Apply& node) const {
  int state = 0;
  Walk walk(
      "recurrence", node, axis_, backward_,
      [](Builder& b, DType d) { return b.constant(kernel::compute_dtype(d), 0.0); }, state);
  Builder& b = walk.b;
  const ExprId x = b.load(0, walk.here), a = b.load(1, walk.here), before = b.carry(state);
  // Backward the state has been multiplied when it was left.
  const ExprId arriving = backward_ ? before : b.apply(builtin::mul, {a, before});
  const ExprId z = b.apply(builtin::add, {x, arriving});
  b.store(walk.to, walk.here, z);
  b.advance(state, backward_ ? b.apply(builtin::mul, {a, z}) : z);
  return b.finish();
}

// ---------------------------------------------------------------- user functions
namespace {
Variable cumulative(Fold fold, const Variable& given, std::optional<int> axis, const char* who) {
  Variable x = array_operand(given, who);
  if (!axis) x = flatten(x);
  const int along = normalized_axis(axis.value_or(0), x.ndim(), who);
  x = cast(x, fold_dtypes(fold, x.dtype(), {}).dtype);
  return Cumulative(fold, along)(x);
}
}  // namespace

Variable cumsum(const Variable& x, int axis) { return cumulative(Fold::sum, x, axis, "cumsum"); }
Variable cumsum(const Variable& x) { return cumulative(Fold::sum, x, {}, "cumsum"); }
Variable cumprod(const Variable& x, int axis) { return cumulative(Fold::prod, x, axis, "cumprod"); }
Variable cumprod(const Variable& x) { return cumulative(Fold::prod, x, {}, "cumprod"); }

Variable diff(const Variable& given, int n, int axis) {
  Variable x = array_operand(given, "diff");
  axis = normalized_axis(axis, x.ndim(), "diff");
  if (n < 0)
    throw ValueError(fmt::format("diff: n is {}; give how often to subtract, 0 or more", n));
  for (int i = 0; i < n; ++i)
    x = range(x, axis, kroton::slice(1)) - range(x, axis, kroton::slice(std::nullopt, -1));
  return x;
}
}  // namespace kroton::tensor
