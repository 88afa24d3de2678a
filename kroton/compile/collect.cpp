// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/base/text.h"
#include "kroton/compile/detail/maker.h"
#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"

namespace kroton::inline compile {
namespace detail {
std::string input_text(std::size_t i, const std::string& name) {
  return "input " + std::to_string(i) + (name.empty() ? "" : " " + base::quote(name));
}

void check_inputs(const Request& request) {
  const auto& inputs = request.inputs.list();
  std::unordered_map<Variable, std::size_t> seen;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Variable& x = inputs[i].variable();
    if (!x)
      throw ValueError(request.who + ": input " + std::to_string(i) +
                       " is an empty variable; pass one made by matrix(\"x\") or the like");
    const std::string input = request.who + ": " + input_text(i, inputs[i].name());
    if (!x.type().can_be_input()) {
      throw TypeError(input + " is " + x.type().text() +
                      ", no type of inputs; give the value to the op, as a constant of its node");
    }
    if (as<Constant>(x)) throw ValueError(input + " is a constant; replace it by givens instead");
    if (as<SharedVariable>(x)) {
      throw ValueError(input +
                       " is a shared variable; it is an input by itself, use givens to replace it");
    }
    const auto [earlier, fresh] = seen.emplace(x, i);
    if (!fresh) {
      throw ValueError(input + " is the same variable as input " + std::to_string(earlier->second) +
                       "; pass each variable once");
    }
  }
  for (std::size_t i = 0; i < request.outputs.list().size(); ++i) {
    if (!request.outputs.list()[i].variable()) {
      throw ValueError(request.who + ": output " + std::to_string(i) +
                       " is an empty variable; pass an expression");
    }
  }
}

namespace {
// A variable of TYPE for what the user gave; WHAT begins the error.
Variable fitted(const Type& type, const Operand& given, const std::string& what, bool strict) {
  if (!given.is_variable()) {
    try {
      return type.make_constant(given.value());
    } catch (const TypeError&) {
      throw TypeError(what + " is " + given.value().text() + "; it must be a value of " +
                      type.text());
    }
  }
  const Variable& x = given.variable();
  if (!strict) return x;
  try {
    return type.filter_variable(x);
  } catch (const TypeError&) {
    throw TypeError(what + " has type " + x.type().text() + "; it must have type " + type.text());
  }
}

class Collector {
 public:
  explicit Collector(const Request& request) : request_(request) {}

  Cloned run() {
    for (const In& in : request_.inputs.list()) {
      const Variable& x = in.variable();
      Variable fresh(x.shared_type(), nullptr, x.name());
      fresh.set_line(x.line());
      memo_.emplace(x, fresh);
      cloned_.inputs.push_back(fresh);
    }
    replace_givens();
    Variables outputs;
    for (const Out& out : request_.outputs.list()) outputs.push_back(out.variable());
    cloned_.outputs = clone(outputs);
    for (const auto& [shared, update] : request_.options.updates) add_update(shared, update);
    input_updates();
    find_shared();
    return std::move(cloned_);
  }

 private:
  Variables clone(const Variables& variables) {
    return clone_graph(variables, memo_, request_.options.rebuild_strict);
  }

  void replace_givens() {
    const auto& givens = request_.options.givens;
    VariableMap replaced;
    for (std::size_t i = 0; i < givens.size(); ++i) {
      const auto& [old, with] = givens[i];
      const std::string what =
          request_.who + ": given " + std::to_string(i) + ", for " + old.text() + ",";
      const Variable fits =
          fitted(old.type(), with, what, request_.options.rebuild_strict || !with.is_variable());
      // Replacements see the inputs of the function, not one another.
      VariableMap inputs_only = memo_;
      const Variable copy = clone_graph({fits}, inputs_only, request_.options.rebuild_strict)[0];
      if (!replaced.emplace(old, copy).second) {
        throw ValueError(what +
                         " comes after another one for the same variable; give each variable once");
      }
    }
    for (auto& [old, copy] : replaced) memo_.insert_or_assign(old, copy);
  }

  void add_update(const SharedVariable& shared, const Operand& update) {
    const std::string what = request_.who + ": the update of " + shared.text();
    if (!updated_.insert(shared).second) {
      throw ValueError(what + " is given twice; one variable has one update");
    }
    const Variable expression = clone({fitted(shared.type(), update, what, true)})[0];
    cloned_.targets.push_back({shared, -1});
    // A given may have changed the type of what the update is made of.
    cloned_.updates.push_back(fitted(shared.type(), expression, what, true));
    note(shared);
  }

  void input_updates() {
    const auto& inputs = request_.inputs.list();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].options().update) continue;
      const std::string what = request_.who + ": the update of " + input_text(i, inputs[i].name());
      if (!inputs[i].options().value) {
        throw ValueError(
            what + " is given without a default value; pass value, which the update replaces");
      }
      const Variable expression =
          clone({fitted(inputs[i].variable().type(), *inputs[i].options().update, what, true)})[0];
      cloned_.targets.push_back({std::nullopt, static_cast<int>(i)});
      cloned_.updates.push_back(expression);
    }
  }

  void note(const SharedVariable& shared) {
    if (known_.insert(shared).second) cloned_.shared.push_back(shared);
  }

  // Shared variables that are needed, and those that their default updates need in turn.
  void find_shared() {
    std::size_t asked = 0;
    while (true) {
      Variables all = cloned_.outputs;
      all.insert(all.end(), cloned_.updates.begin(), cloned_.updates.end());
      for (const Variable& leaf : leaves(all)) {
        if (const auto shared = as<SharedVariable>(leaf)) note(*shared);
      }
      const std::size_t before = cloned_.updates.size();
      for (; asked < cloned_.shared.size(); ++asked) {
        const SharedVariable shared = cloned_.shared[asked];
        const Variable update = shared.default_update();
        if (static_cast<bool>(update) && !updated_.contains(shared) &&
            !request_.options.no_default_updates.contains(shared)) {
          add_update(shared, update);
        }
      }
      if (cloned_.updates.size() == before) return;
    }
  }

  const Request& request_;
  VariableMap memo_;
  Cloned cloned_;
  std::unordered_set<Variable> updated_, known_;
};
}  // namespace

Cloned collect_and_clone(const Request& request) { return Collector(request).run(); }

void check_leaves(const Request& request, const Cloned& cloned) {
  Variables all = cloned.outputs;
  all.insert(all.end(), cloned.updates.begin(), cloned.updates.end());
  const Variables needed = leaves(all);
  const std::unordered_set<Variable> used(needed.begin(), needed.end());
  const std::unordered_set<Variable> inputs(cloned.inputs.begin(), cloned.inputs.end());
  for (const Variable& leaf : needed) {
    if (inputs.contains(leaf) || leaf.leaf_data()) continue;
    throw ValueError(
        request.who + ": " + leaf.text() + " of type " + leaf.type().text() +
        " is needed and is no input; add it to the inputs, or give it a value by givens or shared()");
  }
  const OnUnusedInput asked = request.options.on_unused_input;
  const std::string& flag = base::config().on_unused_input();
  const bool ignore =
      asked == OnUnusedInput::ignore || (asked == OnUnusedInput::raise && flag == "ignore");
  const bool warn =
      asked == OnUnusedInput::warn || (asked == OnUnusedInput::raise && flag == "warn");
  if (ignore) return;
  for (std::size_t i = 0; i < cloned.inputs.size(); ++i) {
    const In& in = request.inputs.list()[i];
    if (used.contains(cloned.inputs[i]) || in.options().update) continue;
    const std::string text =
        request.who + ": " + input_text(i, in.name()) +
        " is not used to compute any output; remove it or pass on_unused_input = ignore";
    if (!warn) throw ValueError(text);
    base::log(base::LogLevel::warning, text);
  }
}
}  // namespace detail
}  // namespace kroton::inline compile
