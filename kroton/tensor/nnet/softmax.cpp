// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/nnet/softmax.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/dialect.h"
#include "kroton/scalars/op.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/detail/float_operand.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/reduction.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/nnet/crossentropy.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor::nnet {
using kernel::Affine;
using kernel::AxisKind;
using kernel::Builder;
using kernel::ExprId;

namespace {
// A kernel whose outer points are those of the other axes, and whose stages go along AXES.
class Along {
 public:
  Along(std::string name, const Variable& like, const std::vector<int>& axes)
      : b(std::move(name)), flags_(like.broadcastable()), axes_(axes) {}

  // ARRAYS: params of the shape of LIKE. REDUCED: one without the axes.
  void domain(const std::vector<int>& arrays, int reduced = -1) {
    int kept = 0;
    for (int d = 0; d < static_cast<int>(flags_.size()); ++d) {
      std::vector<kernel::Dimension> sources;
      for (const int param : arrays) sources.push_back({param, d});
      const bool along = std::find(axes_.begin(), axes_.end(), d) != axes_.end();
      if (!along && reduced >= 0) sources.push_back({reduced, kept++});
      lengths_.push_back(Affine::extent(b.extent("n" + std::to_string(d), sources)));
      const bool single = flags_[static_cast<std::size_t>(d)];
      index_.push_back(along || single ? Affine(0) : Affine::axis(b.outer(lengths_.back())));
      if (!along) outer_.push_back(index_.back());
    }
  }
  // A new stage; the index of the arrays in it.
  std::vector<Affine> stage(AxisKind kind) {
    b.stage();
    std::vector<Affine> index = index_;
    for (const int axis : axes_) {
      const auto d = static_cast<std::size_t>(axis);
      index[d] = Affine::axis(b.axis(lengths_[d], kind));
    }
    return index;
  }
  // The first element along the axes, which must be there.
  kernel::Access first(int param) {
    std::vector<Affine> index = index_;
    for (const int axis : axes_)
      index[static_cast<std::size_t>(axis)] = Affine::value(b.index(Affine(0)));
    return {param, std::move(index), {}, true};
  }
  const std::vector<Affine>& outer() const { return outer_; }

  Builder b;

 private:
  std::vector<bool> flags_;
  std::vector<int> axes_;
  std::vector<Affine> lengths_, index_, outer_;
};

ExprId call(Builder& b, const scalars::Row& row, std::vector<ExprId> arguments) {
  return b.apply(scalars::ref(row), std::move(arguments));
}

// What is taken off each element of x, and the sum of the exponentials of the differences.
struct Whole {
  ExprId shift, total;
};
Whole whole(Along& nest, int x, DType dtype) {
  Builder& b = nest.b;
  std::vector<Affine> index = nest.stage(AxisKind::reduce);
  const int top = kernel::max_accumulator(b, dtype);
  b.accumulate(top, {b.load(x, index)});
  index = nest.stage(AxisKind::reduce);
  const ExprId largest = b.result(top);
  const ExprId shift =
      b.select(call(b, scalars::op::isinf, {largest}), b.constant(dtype, 0.0), largest);
  const int total = kernel::sum_accumulator(b, dtype);
  b.accumulate(total,
               {call(b, scalars::op::exp, {call(b, scalars::op::sub, {b.load(x, index), shift})})});
  return {shift, b.result(total)};
}

Apply node_like_input(const Op& op, Inputs inputs, const char* who) {
  for (const Variable& x : inputs) {
    if (!is_floating(x.dtype()) || is_complex(x.dtype())) {
      throw TypeError(std::string(who) + ": " + x.text() + " is " + x.type().text() +
                      "; it must be an array of floats");
    }
  }
  return Apply(op, inputs,
               {Variable(*inputs[0].type().with(inputs[0].dtype(), inputs[0].broadcastable()))});
}
std::vector<bool> kept_of(const Variable& x, const std::vector<int>& axes) {
  return kept_flags(x.broadcastable(), axes);
}
// The sum along the axes, which go.
Variable reduced_total(const Variable& x, const std::vector<int>& axes) {
  const DType dtype = kernel::compute_dtype(x.dtype());
  return sum(x, Axes(axes), {.dtype = dtype, .acc_dtype = dtype});
}
Variable total_along(const Variable& x, const std::vector<int>& axes) {
  return expand_axes(reduced_total(x, axes), axes);
}
// As whole(), in the graph; the axes are gone from shift and total.
struct WholeGraph {
  Variable shift, difference, exponential, total;
};
WholeGraph whole_graph(const Variable& x, const std::vector<int>& axes) {
  const Variable wide = cast(x, kernel::compute_dtype(x.dtype()));
  const Variable largest = max(wide, Axes(axes));
  const Variable shift = where(isinf(largest), constant(0, wide.dtype()), largest);
  const Variable difference = wide - expand_axes(shift, axes), exponential = exp(difference);
  return {shift, difference, exponential, reduced_total(exponential, axes)};
}
}  // namespace

// ---------------------------------------------------------------- softmax
Apply Softmax::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  return node_like_input(*this, inputs, "softmax");
}
Shapes Softmax::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Variables Softmax::grad(const Apply& node, Variables gz) const {
  return SoftmaxGrad(axes_).make_node({gz[0], node.outputs()[0]}).outputs();
}
Variables Softmax::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  return grad(node, eval_points);  // the Jacobian is symmetric
}
std::optional<kernel::Kernel> Softmax::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Along nest("softmax", x, axes_);
  Builder& b = nest.b;
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  nest.domain({from, to});
  const Whole all = whole(nest, from, kernel::compute_dtype(x.dtype()));
  b.stage();
  b.store(nest.first(to), b.load(nest.first(from)));  // checked; its value follows
  const std::vector<Affine> index = nest.stage(AxisKind::parallel);
  const ExprId share = call(b, scalars::op::sub, {b.load(from, index), all.shift});
  const ExprId inverse = call(b, scalars::op::inv, {all.total});
  b.store(to, index, call(b, scalars::op::mul, {call(b, scalars::op::exp, {share}), inverse}));
  return b.finish();
}
Variable softmax_graph(const Variable& x, const std::vector<int>& axes) {
  const WholeGraph all = whole_graph(x, axes);
  // The whole is at least 1: one division for all.
  return cast(all.exponential * expand_axes(inv(all.total), axes), x.dtype());
}

Apply SoftmaxGrad::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 2 && inputs[0].ndim() == inputs[1].ndim());
  const Variable g = cast(inputs[0], inputs[1].dtype());
  const Apply node = node_like_input(*this, {g, inputs[1]}, "softmax gradient");
  return Apply(*this, node.inputs(), {Variable(inputs[1].type())});
}
Shapes SoftmaxGrad::infer_shape(const Apply&, Shapes in) const { return {in[1]}; }
Variables SoftmaxGrad::grad(const Apply& node, Variables gz) const {
  // d/dg is the same linear map; d/dz of z (g - sum(g z)).
  const Variable &g = node.inputs()[0], &z = node.inputs()[1];
  const Variable inner = total_along(g * z, axes_), outer = total_along(gz[0] * z, axes_);
  return {SoftmaxGrad(axes_).make_node({gz[0], z}).outputs()[0],
          cast(gz[0] * (g - inner) - g * outer, z.dtype())};
}
Variables SoftmaxGrad::r_op(const Apply& node, Variables eval_points) const {
  const Variable &g = node.inputs()[0], &z = node.inputs()[1];
  Variable change;
  if (eval_points[0]) change = SoftmaxGrad(axes_).make_node({eval_points[0], z}).outputs()[0];
  if (eval_points[1]) {
    const Variable& v = eval_points[1];
    const Variable more =
        cast(v * (g - total_along(g * z, axes_)) - z * total_along(g * v, axes_), z.dtype());
    change = change ? change + more : more;
  }
  return {change};
}
std::optional<kernel::Kernel> SoftmaxGrad::kernel(const Apply& node) const {
  const Variable &g = node.inputs()[0], &z = node.inputs()[1], &out = node.outputs()[0];
  Along nest("softmax_grad", z, axes_);
  Builder& b = nest.b;
  const int gradient = add_input(b, "g", g), value = add_input(b, "z", z);
  const int to = add_output(b, "gx", out);
  nest.domain({gradient, value, to});
  std::vector<Affine> index = nest.stage(AxisKind::reduce);
  const int total = kernel::sum_accumulator(b, kernel::compute_dtype(z.dtype()));
  b.accumulate(total, {call(b, scalars::op::mul, {b.load(gradient, index), b.load(value, index)})});
  index = nest.stage(AxisKind::parallel);
  const ExprId rest = call(b, scalars::op::sub, {b.load(gradient, index), b.result(total)});
  b.store(to, index, call(b, scalars::op::mul, {b.load(value, index), rest}));
  return b.finish();
}
Variable softmax_grad_graph(const Variable& g, const Variable& z, const std::vector<int>& axes) {
  const DType dtype = kernel::compute_dtype(z.dtype());
  const Variable wide = cast(g, dtype), share = cast(z, dtype);
  return cast(share * (wide - total_along(wide * share, axes)), z.dtype());
}

// ---------------------------------------------------------------- its logarithm
Apply LogSoftmax::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  return node_like_input(*this, inputs, "logsoftmax");
}
Shapes LogSoftmax::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }
Variables LogSoftmax::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  const Variable shares = Softmax(axes_).make_node({x}).outputs()[0];
  return {cast(gz[0] - shares * total_along(gz[0], axes_), x.dtype())};
}
Variables LogSoftmax::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  const Variable& x = node.inputs()[0];
  const Variable shares = Softmax(axes_).make_node({x}).outputs()[0];
  return {cast(eval_points[0] - total_along(shares * eval_points[0], axes_), x.dtype())};
}
std::optional<kernel::Kernel> LogSoftmax::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Along nest("logsoftmax", x, axes_);
  Builder& b = nest.b;
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  nest.domain({from, to});
  const Whole all = whole(nest, from, kernel::compute_dtype(x.dtype()));
  b.stage();
  b.store(nest.first(to), b.load(nest.first(from)));
  const std::vector<Affine> index = nest.stage(AxisKind::parallel);
  const ExprId difference = call(b, scalars::op::sub, {b.load(from, index), all.shift});
  b.store(to, index,
          call(b, scalars::op::sub, {difference, call(b, scalars::op::log, {all.total})}));
  return b.finish();
}
Variable logsoftmax_graph(const Variable& x, const std::vector<int>& axes) {
  const WholeGraph all = whole_graph(x, axes);
  return cast(all.difference - expand_axes(log(all.total), axes), x.dtype());
}

Variable picked_logsoftmax_graph(const Variable& x, const Variable& labels) {
  const WholeGraph all = whole_graph(x, {static_cast<int>(labels.ndim())});
  const Variable picked = cast(pick(x, labels), all.shift.dtype());
  return cast((picked - all.shift) - log(all.total), x.dtype());
}

// ---------------------------------------------------------------- the logarithm of the whole
Apply LogSumExp::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1);
  const Apply node = node_like_input(*this, inputs, "logsumexp");
  const Variable& x = inputs[0];
  return Apply(*this, inputs, {Variable(*x.type().with(x.dtype(), kept_of(x, axes_)))});
}
Shapes LogSumExp::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  return {kept_lengths(*in[0], axes_)};
}
Variables LogSumExp::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  return {expand_axes(gz[0], axes_) * Softmax(axes_).make_node({x}).outputs()[0]};
}
Variables LogSumExp::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0]) return {Variable()};
  const Variable& x = node.inputs()[0];
  const Variable shares = Softmax(axes_).make_node({x}).outputs()[0];
  return {sum(shares * eval_points[0], Axes(axes_), {.dtype = x.dtype()})};
}
std::optional<kernel::Kernel> LogSumExp::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Along nest("logsumexp", x, axes_);
  Builder& b = nest.b;
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  nest.domain({from}, to);
  const Whole all = whole(nest, from, kernel::compute_dtype(x.dtype()));
  b.stage();
  const ExprId value =
      call(b, scalars::op::add, {call(b, scalars::op::log, {all.total}), all.shift});
  // The first element is read only to have it checked.
  const ExprId first = b.load(nest.first(from));
  b.store(to, nest.outer(), b.select(call(b, scalars::op::eq, {first, first}), value, value));
  return b.finish();
}
Variable logsumexp_graph(const Variable& x, const std::vector<int>& axes) {
  const WholeGraph all = whole_graph(x, axes);
  return cast(log(all.total) + all.shift, x.dtype());
}

// ---------------------------------------------------------------- what users call
namespace {
template <class Along>
Variable along(const Operand& operand, const Axes& axis, const char* who) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, who);
  const std::vector<int> axes = reduced_axes(x, axis, who);
  if (axes.empty()) {
    throw ValueError(std::string(who) + ": " + x.text() +
                     " has no axis to go along; give it one, x.reshape({1, -1})");
  }
  return Along(axes).make_node({x}).outputs()[0];
}
}  // namespace

Variable softmax(const Operand& x, Axes axis) { return along<Softmax>(x, axis, "softmax"); }
Variable logsoftmax(const Operand& x, Axes axis) {
  return along<LogSoftmax>(x, axis, "logsoftmax");
}
Variable logsumexp(const Operand& operand, Axes axis, ReduceOptions options) {
  const CreationLine line(operand.line());
  const Variable x = float_operand(operand, "logsumexp");
  const std::vector<int> axes = reduced_axes(x, axis, "logsumexp");
  const Variable z = axes.empty() ? x : LogSumExp(axes).make_node({x}).outputs()[0];
  const Variable typed = options.dtype ? cast(z, *options.dtype) : z;
  return options.keepdims ? expand_axes(typed, axes) : typed;
}
}  // namespace kroton::tensor::nnet
