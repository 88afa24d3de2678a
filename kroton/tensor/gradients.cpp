// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/gradients.h"

#include "kroton/graph/disconnected_type.h"

namespace kroton::tensor {
Variable zero_gradient(const Variable& x) { return x.type().zeros_like(x); }

Variable disconnected() { return DisconnectedType()(); }

Connections first_connected(const Apply& node, std::size_t differentiable) {
  Connections connections(node.inputs().size(), std::vector<bool>(node.outputs().size(), false));
  for (std::size_t i = 0; i < differentiable; ++i)
    connections[i].assign(node.outputs().size(), true);
  return connections;
}

Variables linear_r_op(const Op& op, const Apply& node, const Variables& eval_points) {
  if (!eval_points[0]) return {Variable()};
  Variables inputs = node.inputs();
  inputs[0] = eval_points[0];
  return op.make_node(inputs).outputs();
}

Variables no_change(const Apply& node) { return Variables(node.outputs().size()); }
}  // namespace kroton::tensor
