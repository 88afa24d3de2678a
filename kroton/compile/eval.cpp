// SPDX-License-Identifier: BSD-3-Clause
// x.eval({{a, 1.0}}): a function made, kept and called behind the scenes.
#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/graph/walk.h"
#include "kroton/link/error_context.h"

namespace kroton::inline graph {
namespace {
// What function() would say of its inputs, in the words of eval.
void check_given(const Variable& output, const Variables& given) {
  if (!output) {
    throw ValueError(
        "eval: the variable is empty; make one by matrix(\"x\"), shared(value) or an expression");
  }
  std::unordered_set<Variable> values;
  for (const Variable& x : given) {
    if (!x) throw ValueError("eval: a value is given for an empty variable; leave it out");
    if (!values.insert(x).second)
      throw ValueError("eval: two values are given for " + x.text() + "; give one");
    if (SharedVariable::recover(x)) {
      throw ValueError(
          "eval: a value is given for " + x.text() +
          ", a shared variable, which has one; leave it out, or change it by set_value");
    }
  }
  const Variables needed = ancestors({output}, given);
  for (const Variable& x : needed) {
    if (values.contains(x) || x.owner() || x.leaf_data()) continue;
    throw ValueError("eval: " + x.text() + " of type " + x.type().text() +
                     " is needed and has no value; give one, as in y.eval({{x, value}})");
  }
  if (base::config().on_unused_input() != "raise") return;
  for (const Variable& x : given) {
    if (std::find(needed.begin(), needed.end(), x) != needed.end()) continue;
    throw ValueError("eval: a value is given for " + x.text() +
                     ", which the result does not depend on; leave it out");
  }
}

// The functions that eval made last. An entry holds its variables, so their addresses stay theirs.
class Evaluated {
 public:
  Function get(const Variable& output, const Variables& inputs, std::source_location line) {
    {
      const std::lock_guard guard(lock_);
      for (auto it = entries_.begin(); it != entries_.end(); ++it) {
        if (!(it->output == output && it->inputs == inputs)) continue;
        Entry found = *it;
        entries_.erase(it);
        entries_.push_front(found);
        return found.function;
      }
    }
    try {
      check_given(output, inputs);
    } catch (...) {
      link::rethrow_with([&] { return "\n  called at " + link::line_text(line); });
    }
    Function made = function(inputs, output, {}, line);
    const std::lock_guard guard(lock_);
    entries_.push_front({output, inputs, made});
    if (entries_.size() > capacity) entries_.pop_back();
    return made;
  }

 private:
  struct Entry {
    Variable output;
    Variables inputs;
    Function function;
  };
  static constexpr std::size_t capacity = 32;
  std::mutex lock_;
  std::deque<Entry> entries_;
};
}  // namespace

Value Variable::eval(std::vector<std::pair<Variable, Value>> given, Line line) const {
  static Evaluated* const evaluated =
      new Evaluated;  // never destroyed: static variables may use eval late
  Variables inputs;
  std::vector<CallArgument> arguments;
  for (auto& [variable, value] : given) {
    inputs.push_back(variable);
    arguments.emplace_back(value);
  }
  return evaluated->get(*this, inputs, line).call(arguments).only();
}
}  // namespace kroton::inline graph
