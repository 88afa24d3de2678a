// SPDX-License-Identifier: BSD-3-Clause
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/gradient/grad.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"

namespace kroton::inline gradient {
namespace {
// The r_op of a node from its grad alone: grad is linear in the output gradient u, so transposing
// that linear map once more gives the forward derivative. u itself drops out of the result.
Variables transposed_twice(const Apply& node, const Variables& eval_points) {
  Variables results;
  for (std::size_t o = 0; o < node.outputs().size(); ++o) {
    Variables gz;
    gz.resize(node.outputs().size(), DisconnectedType()());
    const Variable u = node.outputs()[o].type()();
    gz[o] = u;
    const Variables back = node.op().grad(node, gz);
    Variable total;
    for (std::size_t i = 0; i < back.size(); ++i) {
      if (!eval_points[i] || !back[i].type().is_array()) continue;
      GradOptions options;
      options.known_grads = {{back[i], eval_points[i]}};
      options.disconnected_inputs = DisconnectedInputs::ignore;
      options.return_disconnected = ReturnDisconnected::none;
      const Variable term = grad(Variable(), u, options);
      if (term) total = total ? u.type().add(total, term) : term;
    }
    results.push_back(total);
  }
  return results;
}

Variables forward(const Apply& node, const Variables& eval_points) {
  try {
    return node.op().r_op(node, eval_points);
  } catch (const MethodNotDefined&) {
    return transposed_twice(node, eval_points);
  }
}
}  // namespace

Variable Rop(const Variable& f, std::vector<Variable> wrt, std::vector<Variable> eval_points) {
  if (wrt.size() != eval_points.size()) {
    throw GradientError("Rop: there are " + std::to_string(wrt.size()) + " wrt and " +
                        std::to_string(eval_points.size()) + " eval_points; each wrt needs one");
  }
  std::unordered_map<Variable, Variable> along;
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    const Type& type = wrt[i].type();
    if (type.is_array() && eval_points[i].ndim() != wrt[i].ndim()) {
      throw GradientError("Rop: eval point " + std::to_string(i) + " has " +
                          std::to_string(eval_points[i].ndim()) + " dimensions and " +
                          wrt[i].text() + " has " + std::to_string(wrt[i].ndim()) +
                          "; they must be equal");
    }
    along.emplace(wrt[i], type.gradient_like(eval_points[i], wrt[i]));
  }
  for (const Apply& node : toposort_between(wrt, {f})) {
    Variables points;
    bool any = false;
    for (const Variable& input : node.inputs()) {
      const auto found = along.find(input);
      points.push_back(found == along.end() ? Variable() : found->second);
      if (points.back()) any = true;
    }
    if (!any) continue;
    CreationLine line(node.line());
    const Variables results = forward(node, points);
    for (std::size_t o = 0; o < node.outputs().size(); ++o) {
      const bool none =
          !bool(results[o]) || dynamic_cast<const DisconnectedType*>(&results[o].type());
      if (!none) along.emplace(node.outputs()[o], results[o]);
    }
  }
  const auto found = along.find(f);
  return found == along.end() ? f.type().zeros_like(f) : found->second;
}
Variable Rop(const Variable& f, const Variable& wrt, const Variable& eval_points) {
  return Rop(f, std::vector<Variable>{wrt}, std::vector<Variable>{eval_points});
}
}  // namespace kroton::inline gradient
