// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/advanced_inc_subtensor.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/advanced_index.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/detail/written_part.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
using kernel::Affine;
using kernel::Builder;

namespace {
AdvancedPart part_of(const AdvancedIncSubtensor& op, Inputs inputs) {
  KROTON_CHECK(inputs.size() >= 2);
  return {inputs[0], Variables(inputs.begin() + 2, inputs.end()), op.axes(), op.place(),
          op.origin().who};
}

// The kernel: a copy of x, one stage, then y written over it in order of the index arrays. Kept
// axes are outer ones, so that whole rows are written at once.
class Writer {
 public:
  Writer(const AdvancedIncSubtensor& op, const Apply& node)
      : op_(op),
        x_(node.inputs()[0]),
        y_(node.inputs()[1]),
        part_(part_of(op, node.inputs())),
        b_(op.origin().who) {
    const int alias = op.inplace() ? 0 : -1, rank = static_cast<int>(x_.ndim());
    from_ = b_.param("x", x_.dtype(), rank, kernel::Role::in, alias);
    with_ = add_input(b_, "y", y_);
    for (std::size_t i = 0; i < part_.indices.size(); ++i)
      add_input(b_, "i" + std::to_string(i), part_.indices[i]);
    to_ = b_.param("z", x_.dtype(), rank, op.inplace() ? kernel::Role::inout : kernel::Role::out,
                   alias);
  }

  kernel::Kernel run() {
    std::vector<Affine> kept;
    for (std::size_t k = 0; k < part_.kept.size(); ++k) kept.push_back(kept_axis(k));
    if (!op_.inplace()) copy(kept);
    b_.stage();
    std::vector<Affine> common;
    for (std::size_t c = 0; c < part_.rank; ++c) common.push_back(common_axis(c));
    std::vector<Affine> at(y_.ndim(), Affine(0));
    for (std::size_t k = 0; k < kept.size(); ++k) place(at, part_.position_of_kept(k), kept[k]);
    for (std::size_t c = 0; c < part_.rank; ++c) place(at, part_.place + c, common[c]);
    const kernel::ExprId value = b_.load(with_, at);
    b_.scatter(part_.access(b_, to_, with_ + 1, kept, common),
               op_.set() ? nullptr : kernel::builtin::add, value);
    return b_.finish();
  }

 private:
  // The axis of y that lies along axis D of the part, or -1 where y stretches.
  int y_axis(std::size_t d) const {
    const int axis = static_cast<int>(d + y_.ndim()) - static_cast<int>(part_.ndim());
    return axis < 0 || y_.type().broadcastable()[static_cast<std::size_t>(axis)] ? -1 : axis;
  }
  void place(std::vector<Affine>& at, std::size_t d, const Affine& axis) const {
    if (y_axis(d) >= 0) at[static_cast<std::size_t>(y_axis(d))] = axis;
  }
  Affine extent(std::string name, std::vector<kernel::Dimension> sources, std::size_t d) {
    if (y_axis(d) >= 0) sources.push_back({with_, y_axis(d)});
    return Affine::extent(b_.extent(std::move(name), sources));
  }
  Affine kept_axis(std::size_t k) {
    const int axis = part_.kept[k];
    if (x_.type().broadcastable()[static_cast<std::size_t>(axis)]) return Affine(0);
    const Affine n =
        extent("n" + std::to_string(axis), {{from_, axis}, {to_, axis}}, part_.position_of_kept(k));
    return Affine::axis(b_.outer(n));
  }
  Affine common_axis(std::size_t c) {
    const std::size_t d = part_.place + c;
    if (part_.flags[d]) return Affine(0);
    const Affine n = extent("k" + std::to_string(c), part_.sources(c, with_ + 1), d);
    return Affine::axis(b_.ordered(n));
  }
  void copy(const std::vector<Affine>& kept) {
    b_.stage();
    std::vector<Affine> at(x_.ndim());
    for (std::size_t k = 0; k < kept.size(); ++k)
      at[static_cast<std::size_t>(part_.kept[k])] = kept[k];
    for (const int axis : part_.axes) {
      const int n = b_.extent("c" + std::to_string(axis), {{from_, axis}, {to_, axis}});
      at[static_cast<std::size_t>(axis)] = Affine::axis(b_.axis(Affine::extent(n)));
    }
    b_.store(to_, at, b_.load(from_, at));
  }

  const AdvancedIncSubtensor& op_;
  const Variable &x_, &y_;
  AdvancedPart part_;
  Builder b_;
  int from_ = 0, with_ = 0, to_ = 0;
};
}  // namespace

Apply AdvancedIncSubtensor::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  const AdvancedPart part = part_of(*this, inputs);
  Variables given = inputs;
  given[1] = written_value(given[0], part.flags, given[1], origin_.who);
  return Apply(*this, given, {Variable(given[0].type())});
}

Shapes AdvancedIncSubtensor::infer_shape(const Apply&, Shapes in) const { return {in[0]}; }

Connections AdvancedIncSubtensor::connection_pattern(const Apply& node) const {
  return first_connected(node, 2);
}

Variables AdvancedIncSubtensor::grad(const Apply& node, Variables gz) const {
  const Variable &x = node.inputs()[0], &y = node.inputs()[1];
  Variables out(node.inputs().size(), disconnected());
  if (is_discrete(x.dtype())) {
    out[0] = zero_gradient(x);
    out[1] = zero_gradient(y);
    return out;
  }
  Variables inputs = node.inputs();
  inputs[0] = gz[0];
  inputs.erase(inputs.begin() + 1);
  const Variable part = AdvancedSubtensor(axes_, place_, origin_).make_node(inputs).outputs()[0];
  out[0] = gz[0];
  if (set_) {
    inputs.insert(inputs.begin() + 1, constant(0, gz[0].dtype()));
    out[0] =
        AdvancedIncSubtensor(axes_, place_, true, false, origin_).make_node(inputs).outputs()[0];
  }
  out[1] = sum_to(part, y);
  return out;
}

Variables AdvancedIncSubtensor::r_op(const Apply& node, Variables eval_points) const {
  if (!eval_points[0] && !eval_points[1]) return {Variable()};
  Variables inputs = node.inputs();
  for (std::size_t i = 0; i < 2; ++i)
    inputs[i] = eval_points[i] ? eval_points[i] : zero_gradient(inputs[i]);
  return AdvancedIncSubtensor(axes_, place_, set_, false, origin_).make_node(inputs).outputs();
}

std::optional<kernel::Kernel> AdvancedIncSubtensor::kernel(const Apply& node) const {
  return Writer(*this, node).run();
}
}  // namespace kroton::tensor
