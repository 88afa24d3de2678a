// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/argmax.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/graph/operand.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/reduction.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Builder;
using kernel::ExprId;
namespace builtin = kernel::builtin;

namespace {
std::string user_name(Fold fold) { return "arg" + field_text(fold); }

Variable located(Fold fold, const Operand& operand, const Axes& axis,
                 const ReduceOptions& options) {
  const CreationLine line(operand.line());
  const std::string who = user_name(fold);
  const Variable x = array_operand(operand, who);
  const std::vector<int> axes = reduced_axes(x, axis, who);
  const Variable z = Argmax(fold, axes).make_node({x}).outputs()[0];
  const Variable typed = options.dtype ? cast(z, *options.dtype) : z;
  return options.keepdims ? expand_axes(typed, axes) : typed;
}
}  // namespace

Apply Argmax::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  KROTON_CHECK(inputs.size() == 1 && (fold_ == Fold::max || fold_ == Fold::min));
  const Variable& x = inputs[0];
  if (is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: {} is {}; complex numbers have no order", user_name(fold_),
                                x.text(), x.type().text()));
  }
  return Apply(*this, inputs,
               {Variable(*x.type().with(int64, kept_flags(x.type().broadcastable(), axes_)))});
}

Shapes Argmax::infer_shape(const Apply&, Shapes in) const {
  if (!in[0]) return {std::nullopt};
  return {kept_lengths(*in[0], axes_)};
}

Variables Argmax::grad(const Apply& node, Variables) const {
  return {zero_gradient(node.inputs()[0])};
}
Variables Argmax::r_op(const Apply& node, Variables) const { return no_change(node); }

std::optional<kernel::Kernel> Argmax::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  Builder b(user_name(fold_));
  const int from = add_input(b, "x", x), to = add_output(b, "z", z);
  const Domain domain = outer_domain(b, kept_dimensions(x, z, axes_, from, to));
  b.stage();
  if (axes_.empty()) {
    b.store(to, domain, b.constant(int64, std::int64_t{0}));
    return b.finish();
  }
  const ReducedIndex at = reduced_index(b, x, axes_, from, domain);
  const ExprId value = b.load(from, at.index);
  ExprId position = b.index(at.reduced[0]);
  for (std::size_t i = 1; i < at.reduced.size(); ++i) {
    position = b.apply(builtin::mul, {position, b.index(at.lengths[i])});
    position = b.apply(builtin::add, {position, b.index(at.reduced[i])});
  }
  const DType d = b.dtype(value);
  const int acc =
      fold_ == Fold::max ? kernel::argmax_accumulator(b, d) : kernel::argmin_accumulator(b, d);
  b.accumulate(acc, {value, position});
  b.stage();
  b.store(to, domain, b.result(acc, 1));
  need_elements(b, at);
  return b.finish();
}

std::string Argmax::text() const {
  return fmt::format("Arg{}{{axes: {}}}", field_text(fold_), field_text(axes_));
}

Variable argmax(const Operand& x, Axes axis, ReduceOptions options) {
  return located(Fold::max, x, axis, options);
}
Variable argmin(const Operand& x, Axes axis, ReduceOptions options) {
  return located(Fold::min, x, axis, options);
}
std::pair<Variable, Variable> max_and_argmax(const Variable& x, Axes axis, ReduceOptions options) {
  return {max(x, axis, options), argmax(x, axis, {.keepdims = options.keepdims})};
}
}  // namespace kroton::tensor
