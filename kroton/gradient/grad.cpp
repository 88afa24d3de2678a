// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gradient/grad.h"

#include <unordered_map>
#include <unordered_set>

#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/gradient/detail/accumulate.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"

namespace kroton::inline gradient {
namespace {
template <class T>
const T* type_as(const Variable& x) {
  return dynamic_cast<const T*>(&x.type());
}

void check_cost(const Variable& cost) {
  if (const auto* null = type_as<NullType>(cost)) {
    throw GradientError("grad: the cost is itself an undefined gradient (" + null->why() + ")");
  }
  if (!cost.type().is_array()) {
    throw GradientError("grad: cost " + cost.text() + " is " + cost.type().text() +
                        "; it must be a scalar array variable");
  }
  if (cost.ndim() != 0) {
    throw GradientError("grad: cost has " + std::to_string(cost.ndim()) +
                        (cost.ndim() == 1 ? " dimension" : " dimensions") +
                        "; it must be a scalar, take sum(cost) or mean(cost) first");
  }
  if (is_complex(cost.dtype())) {
    throw GradientError("grad: cost " + cost.text() + " is " + cost.type().text() +
                        "; it must be real");
  }
}

// Known gradients as the accumulation begins with them, that of the cost among them.
std::vector<std::pair<Variable, Variable>> starting_gradients(const Variable& cost,
                                                              const GradOptions& options) {
  std::vector<std::pair<Variable, Variable>> known;
  for (const auto& [variable, operand] : options.known_grads) {
    const Variable g = as_variable(operand);
    if (g.type().is_array() && is_discrete(g.dtype())) {
      throw GradientError("grad: the known gradient of " + variable.text() + " is " +
                          g.type().text() + "; a gradient is never an integer, cast it");
    }
    if (g.type().is_array() && variable.type().is_array() && g.ndim() != variable.ndim()) {
      throw GradientError("grad: the known gradient of " + variable.text() + " has " +
                          std::to_string(g.ndim()) + " dimensions and the variable has " +
                          std::to_string(variable.ndim()) + "; they must be equal");
    }
    known.emplace_back(variable, g);
  }
  if (cost) {
    bool given = false;
    for (const auto& [variable, g] : known) given = given || variable == cost;
    if (!given) known.emplace_back(cost, cost.type().ones_like(cost));
  }
  if (known.empty())
    throw GradientError("grad: there is no cost; give one, or known_grads to begin with");
  return known;
}

Variable disconnected_result(const Variable& wrt, const GradOptions& options) {
  if (options.disconnected_inputs != DisconnectedInputs::ignore) {
    const std::string fact =
        "grad: the cost is no function of " + wrt.text() +
        ", or only through operations that are not differentiable; pass disconnected_inputs = ignore "
        "if that is meant";
    if (options.disconnected_inputs == DisconnectedInputs::raise) throw GradientError(fact);
    base::log(base::LogLevel::warning, fact);
  }
  switch (options.return_disconnected) {
    case ReturnDisconnected::none:
      return Variable();
    case ReturnDisconnected::disconnected:
      return DisconnectedType()();
    case ReturnDisconnected::zero:
      break;
  }
  return wrt.type().zeros_like(wrt);
}
}  // namespace

std::vector<Variable> grad(const Variable& cost, std::vector<Variable> wrt, GradOptions options) {
  if (cost) check_cost(cost);
  for (const Variable& x : wrt) {
    if (!x) throw GradientError("grad: a wrt is an empty variable");
  }
  const auto known = starting_gradients(cost, options);
  std::vector<Variable> results = accumulate_gradients(known, wrt, options.consider_constant);
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    Variable& g = results[i];
    if (!g || type_as<DisconnectedType>(g)) {
      g = disconnected_result(wrt[i], options);
      continue;
    }
    if (const auto* null = type_as<NullType>(g)) {
      if (options.null_gradients == NullGradients::raise) {
        throw GradientError("grad: the gradient with respect to " + wrt[i].text() +
                            " does not exist; " + null->why());
      }
      continue;
    }
    g = wrt[i].type().gradient_like(g, wrt[i]);
    if (options.add_names && cost && !cost.name().empty() && !wrt[i].name().empty() &&
        g.name().empty() && g.owner()) {
      g.set_name("(d" + cost.name() + "/d" + wrt[i].name() + ")");
    }
  }
  return results;
}
std::vector<Variable> grad(const Variable& cost, std::initializer_list<Variable> wrt,
                           GradOptions options) {
  return grad(cost, std::vector<Variable>(wrt), std::move(options));
}
Variable grad(const Variable& cost, const Variable& wrt, GradOptions options) {
  return grad(cost, std::vector<Variable>{wrt}, std::move(options))[0];
}

std::vector<Variable> Lop(const Variable& f, std::vector<Variable> wrt,
                          const Variable& eval_points) {
  GradOptions options;
  options.known_grads = {{f, eval_points}};
  return grad(Variable(), std::move(wrt), std::move(options));
}
std::vector<Variable> Lop(const Variable& f, std::initializer_list<Variable> wrt,
                          const Variable& eval_points) {
  return Lop(f, std::vector<Variable>(wrt), eval_points);
}
Variable Lop(const Variable& f, const Variable& wrt, const Variable& eval_points) {
  return Lop(f, std::vector<Variable>{wrt}, eval_points)[0];
}
}  // namespace kroton::inline gradient
