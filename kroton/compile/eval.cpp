// SPDX-License-Identifier: BSD-3-Clause
// x.eval({{a, 1.0}}): a function made, kept and called behind the scenes.
#include <deque>
#include <mutex>

#include "kroton/compile/function.h"

namespace kroton::inline graph {
namespace {
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
