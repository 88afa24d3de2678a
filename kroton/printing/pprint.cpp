// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/pprint.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "kroton/graph/op.h"
#include "kroton/graph/replace.h"
#include "kroton/graph/walk.h"
#include "kroton/kernel/form.h"
#include "kroton/printing/detail/leaf_text.h"

namespace kroton::inline printing {
namespace {
// OUTPUTS with what nodes stand for in their places.
Variables opened(Variables outputs) {
  const auto has_inner = [](const Apply& node) { return node.op().inner_graph().has_value(); };
  for (;;) {
    const std::vector<Apply> nodes = toposort_between({}, outputs);
    if (std::none_of(nodes.begin(), nodes.end(), has_inner)) return outputs;
    VariableMap now;
    const auto current = [&](const Variable& x) {
      const auto found = now.find(x);
      return found == now.end() ? x : found->second;
    };
    for (const Apply& node : nodes) {
      Variables inputs;
      for (const Variable& input : node.inputs()) inputs.push_back(current(input));
      if (const auto inner = node.op().inner_graph()) {
        VariableMap inside;
        for (std::size_t i = 0; i < inputs.size(); ++i) inside.emplace(inner->inputs[i], inputs[i]);
        const Variables copies = clone_graph(inner->outputs, inside, false);
        for (std::size_t i = 0; i < copies.size(); ++i) now.emplace(node.outputs()[i], copies[i]);
      } else if (inputs != node.inputs()) {
        const Apply copy = node.clone_with_new_inputs(inputs, false);
        for (std::size_t i = 0; i < copy.outputs().size(); ++i)
          now.emplace(node.outputs()[i], copy.outputs()[i]);
      }
    }
    for (Variable& output : outputs) output = current(output);
  }
}

bool is_word(const std::string& name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

class Formulas {
 public:
  std::string write(const Variables& outputs) {
    const std::vector<Apply> nodes = toposort_between({}, outputs);
    define(nodes, outputs);
    std::string all;
    for (const Apply& node : nodes) {
      for (const Variable& x : node.outputs()) {
        const auto name = defined_.find(x);
        if (name != defined_.end()) all += name->second + " = " + formula(x) + "\n";
      }
    }
    for (const Variable& output : outputs) {
      const auto name = defined_.find(output);
      all += (name != defined_.end() ? name->second : formula(output)) + "\n";
    }
    if (!all.empty()) all.pop_back();
    return all;
  }

 private:
  struct Item {
    std::string text;
    Variable variable;
    Binding at_least;
  };

  // What stands on a line of its own: parts that are used again and are more than one operation. A
  // single operation, as in exp(x) / sum(exp(x)), reads better where it is used.
  void define(const std::vector<Apply>& nodes, const Variables& outputs) {
    std::unordered_map<Variable, int> uses;
    std::unordered_set<std::string> taken;
    for (const Apply& node : nodes) {
      for (const Variable& input : node.inputs()) {
        ++uses[input];
        if (!input.owner()) taken.insert(leaf_(input));
      }
    }
    for (const Variable& output : outputs) ++uses[output];
    for (const Apply& node : nodes) {
      const bool composed = std::any_of(node.inputs().begin(), node.inputs().end(),
                                        [&](const Variable& x) { return is_computed(x); });
      if (!composed || transparent(node.op().notation(node, 0))) continue;
      for (const Variable& x : node.outputs()) {
        const auto used = uses.find(x);
        if (used != uses.end() && used->second > 1) defined_.emplace(x, new_name(x, taken));
      }
    }
  }
  std::string new_name(const Variable& x, std::unordered_set<std::string>& taken) {
    if (is_word(x.name()) && taken.insert(x.name()).second) return x.name();
    for (;;) {
      std::string name(1, static_cast<char>('a' + letter_ % 26));
      if (letter_ >= 26) name += std::to_string(letter_ / 26);
      ++letter_;
      if (taken.insert(name).second) return name;
    }
  }
  // Written as nothing but its input.
  static bool transparent(const Notation& notation) {
    return notation.parts().size() == 1 && notation.parts()[0].variable;
  }
  bool is_computed(Variable x) const {
    while (const Apply node = x.owner()) {
      if (defined_.contains(x)) return true;
      const Notation notation = node.op().notation(node, x.index());
      if (!transparent(notation)) return true;
      x = notation.parts()[0].variable;
    }
    return false;
  }

  // With a stack of its own: graphs are deeper than call stacks.
  std::string formula(const Variable& root) {
    std::string out;
    std::vector<Item> stack;
    expand(root, Binding::none, stack);
    while (!stack.empty()) {
      const Item item = std::move(stack.back());
      stack.pop_back();
      out += item.text;
      if (!item.variable) continue;
      if (const auto name = defined_.find(item.variable); name != defined_.end()) {
        out += name->second;
      } else {
        expand(item.variable, item.at_least, stack);
      }
    }
    return out;
  }
  void expand(const Variable& x, Binding at_least, std::vector<Item>& stack) {
    const Apply owner = x.owner();
    if (!owner) {
      const std::string text = leaf_(x);
      const bool loose = at_least > Binding::prefix && text.starts_with('-');
      stack.push_back({loose ? "(" + text + ")" : text, {}, Binding::none});
      return;
    }
    const Notation notation = owner.op().notation(owner, x.index());
    const auto& parts = notation.parts();
    const bool through = transparent(notation);
    const bool parentheses = !through && notation.binding() < at_least;
    if (parentheses) stack.push_back({")", {}, Binding::none});
    for (std::size_t i = parts.size(); i-- > 0;) {
      stack.push_back({parts[i].text, parts[i].variable, through ? at_least : parts[i].at_least});
    }
    if (parentheses) stack.push_back({"(", {}, Binding::none});
  }

  LeafTexts leaf_;
  std::unordered_map<Variable, std::string> defined_;
  std::size_t letter_ = 0;
};
}  // namespace

std::string pprint(const std::vector<Variable>& outputs) {
  return Formulas().write(opened(outputs));
}
std::string pprint(const Variable& x) { return pprint(std::vector<Variable>{x}); }
std::string pprint(const FunctionGraph& fgraph) { return pprint(fgraph.outputs()); }
}  // namespace kroton::inline printing
