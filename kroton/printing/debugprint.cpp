// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/debugprint.h"

#include <unordered_map>

#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"
#include "kroton/kernel/form.h"

namespace kroton::inline printing {
namespace {
// A, B, ... Z, AA, AB, ...
std::string letters(std::size_t number) {
  std::string out;
  for (++number; number > 0; number = (number - 1) / 26)
    out.insert(out.begin(), static_cast<char>('A' + (number - 1) % 26));
  return out;
}

class Printer {
 public:
  Printer(const DebugPrintOptions& options, const std::vector<Apply>& order) : options_(options) {
    for (std::size_t i = 0; i < order.size(); ++i) position_.emplace(order[i].key(), i);
  }

  // Depth first with a stack of its own: graphs are deeper than call stacks.
  void print(const Variable& root, const std::string& margin = "") {
    std::vector<Pending> stack{{root, margin, margin, 0}};
    while (!stack.empty()) {
      const Pending item = std::move(stack.back());
      stack.pop_back();
      if (!line(item)) continue;
      const Apply owner = item.variable.owner();
      if (!owner) continue;
      const auto& inputs = owner.inputs();
      if (item.depth + 1 > options_.depth) {
        if (!inputs.empty())
          text_ += item.below + " |-... (deeper than " + std::to_string(options_.depth) + ")\n";
        continue;
      }
      for (std::size_t i = inputs.size(); i-- > 0;) {
        const bool last = i + 1 == inputs.size();
        stack.push_back(
            {inputs[i], item.below + " |-", item.below + (last ? "  " : " |"), item.depth + 1});
      }
    }
  }
  // What the nodes that were printed stand for, each once, also those found on the way.
  void print_inner() {
    for (std::size_t i = 0; i < inner_.size(); ++i) {
      const auto [node, graph] = inner_[i];
      text_ += (i == 0 ? "\nInner graphs:\n\n" : "\n") + node.op().text() + " [" +
               letters(ids_.at(node.key())) + "]\n";
      for (std::size_t k = 0; k < graph.inputs.size(); ++k)
        standing_for_.insert_or_assign(graph.inputs[k].key(), node.inputs()[k]);
      // Nodes may share an op and with it the inner graph, which then means something else.
      for (const Apply& inside : toposort_between(graph.inputs, graph.outputs))
        ids_.erase(inside.key());
      for (const Variable& output : graph.outputs) print(output, " >");
    }
  }
  std::string take() { return std::move(text_); }

 private:
  struct Pending {
    Variable variable;
    std::string prefix, below;
    int depth;
  };

  // Prints one line; false when what lies below stands elsewhere already.
  bool line(const Pending& item) {
    const Variable x = outer(item.variable);
    const bool outside = !(x == item.variable);
    const Apply owner = x.owner();
    const void* key = owner ? owner.key() : x.key();
    const auto [seen, fresh] = ids_.emplace(key, next_);
    if (fresh) ++next_;
    text_ += item.prefix;
    if (owner) {
      text_ += owner.op().text();
      if (owner.outputs().size() > 1) text_ += "." + std::to_string(x.index());
    } else {
      text_ += constant_text(x);
    }
    if (options_.types) text_ += " <" + x.type().text() + ">";
    text_ += " [" + letters(seen->second) + "]";
    if (owner && !x.name().empty()) text_ += " '" + x.name() + "'";
    if (owner) {
      if (const auto at = position_.find(owner.key()); at != position_.end())
        text_ += " " + std::to_string(at->second);
    }
    const bool elided = owner && !fresh && !owner.inputs().empty();
    text_ += elided ? " ...\n" : "\n";
    if (owner && fresh) {
      if (auto inner = owner.op().inner_graph()) inner_.emplace_back(owner, std::move(*inner));
    }
    return !elided && !outside;
  }
  // An inner input shows as what the node was given.
  Variable outer(Variable x) const {
    for (auto found = standing_for_.find(x.key()); found != standing_for_.end();
         found = standing_for_.find(x.key()))
      x = found->second;
    return x;
  }

  static std::string constant_text(const Variable& x) {
    const auto constant = as<Constant>(x);
    return constant && x.name().empty() ? type_name(x) + "{" + constant->value_text() + "}"
                                        : x.text();
  }
  static std::string type_name(const Variable& x) {
    const std::string text = x.type().text();
    const std::string name = text.substr(0, text.find_first_of("({<"));
    return name.ends_with("Type") ? name.substr(0, name.size() - 4) + "Constant"
                                  : name + "Constant";
  }

  const DebugPrintOptions& options_;
  std::unordered_map<const void*, std::size_t> ids_, position_;
  std::size_t next_ = 0;
  std::unordered_map<const void*, Variable> standing_for_;
  std::vector<std::pair<Apply, InnerGraph>> inner_;
  std::string text_;
};
}  // namespace

std::string debugprint(const std::vector<Variable>& outputs, const DebugPrintOptions& options) {
  Printer printer(options, {});
  for (const Variable& output : outputs) printer.print(output);
  printer.print_inner();
  return printer.take();
}
std::string debugprint(const Variable& x, const DebugPrintOptions& options) {
  return debugprint(std::vector<Variable>{x}, options);
}
std::string debugprint(const FunctionGraph& fgraph, const std::vector<Apply>& order,
                       const DebugPrintOptions& options) {
  Printer printer(options, options.order ? order : std::vector<Apply>{});
  for (const Variable& output : fgraph.outputs()) printer.print(output);
  printer.print_inner();
  return printer.take();
}
std::string debugprint(const FunctionGraph& fgraph, const DebugPrintOptions& options) {
  return debugprint(fgraph, fgraph.toposort(), options);
}
}  // namespace kroton::inline printing
