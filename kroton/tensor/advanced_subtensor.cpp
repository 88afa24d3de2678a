// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/advanced_subtensor.h"

#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/detail/advanced_index.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/detail/nest.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
namespace {
AdvancedPart part_of(const AdvancedSubtensor& op, Inputs inputs) {
  KROTON_CHECK(!inputs.empty());
  return {inputs[0], Variables(inputs.begin() + 1, inputs.end()), op.axes(), op.place(),
          op.origin().who};
}
}  // namespace

Apply AdvancedSubtensor::make_node(Inputs arguments) const {
  const Variables inputs = on_host(arguments);
  const AdvancedPart part = part_of(*this, inputs);
  return Apply(*this, inputs, {Variable(*inputs[0].type().with(inputs[0].dtype(), part.flags))});
}

Shapes AdvancedSubtensor::infer_shape(const Apply& node, Shapes in) const {
  return {part_of(*this, node.inputs()).shape(in, 1)};
}

Connections AdvancedSubtensor::connection_pattern(const Apply& node) const {
  return first_connected(node, 1);
}

Variables AdvancedSubtensor::grad(const Apply& node, Variables gz) const {
  const Variable& x = node.inputs()[0];
  Variables out(node.inputs().size(), disconnected());
  out[0] = zero_gradient(x);
  if (is_discrete(x.dtype())) return out;
  Variables inputs = node.inputs();
  inputs[0] = out[0];
  inputs.insert(inputs.begin() + 1, gz[0]);
  out[0] =
      AdvancedIncSubtensor(axes_, place_, false, false, origin_).make_node(inputs).outputs()[0];
  return out;
}

Variables AdvancedSubtensor::r_op(const Apply& node, Variables eval_points) const {
  return linear_r_op(*this, node, eval_points);
}

std::optional<kernel::Kernel> AdvancedSubtensor::kernel(const Apply& node) const {
  const Variable &x = node.inputs()[0], &z = node.outputs()[0];
  const AdvancedPart part = part_of(*this, node.inputs());
  kernel::Builder b(origin_.who);
  const int from = add_input(b, "x", x), input = from + 1;
  for (std::size_t i = 0; i < part.indices.size(); ++i)
    add_input(b, "i" + std::to_string(i), part.indices[i]);
  const int to = add_output(b, "z", z);
  std::vector<std::vector<kernel::Dimension>> sources(part.ndim());
  for (std::size_t k = 0; k < part.kept.size(); ++k)
    sources[part.position_of_kept(k)] = {{from, part.kept[k]}};
  for (std::size_t c = 0; c < part.rank; ++c) sources[part.place + c] = part.sources(c, input);
  for (std::size_t d = 0; d < sources.size(); ++d) {
    if (part.flags[d]) {
      sources[d].clear();
    } else {
      sources[d].push_back({to, static_cast<int>(d)});
    }
  }
  const Domain domain = outer_domain(b, sources);
  b.stage();
  std::vector<kernel::Affine> kept, common;
  for (std::size_t k = 0; k < part.kept.size(); ++k)
    kept.push_back(domain[part.position_of_kept(k)]);
  for (std::size_t c = 0; c < part.rank; ++c) common.push_back(domain[part.place + c]);
  b.store(to, domain, b.load(part.access(b, from, input, kept, common)));
  return b.finish();
}

Variable take(const Variable& given, const Operand& indices, int axis) {
  const CreationLine line(indices.line());
  const Variable x = array_operand(given, "take"), at = array_operand(indices, "take");
  axis = normalized_axis(axis, x.ndim(), "take");
  return AdvancedSubtensor({axis}, axis, {"take"}).make_node({x, at}).outputs()[0];
}

Variable take(const Variable& x, const Operand& indices) {
  const CreationLine line(indices.line());
  return take(flatten(array_operand(x, "take")), indices, 0);
}
}  // namespace kroton::tensor
