// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/dot.h"

#include <optional>
#include <unordered_map>

#include "kroton/graph/op.h"
#include "kroton/graph/walk.h"
#include "kroton/kernel/form.h"
#include "kroton/printing/detail/leaf_text.h"

namespace kroton::inline printing {
namespace {
// A label in quotes, with long lines cut; Graphviz reads \" and \\ and \n in it.
std::string quoted(const std::string& text) {
  constexpr std::size_t longest = 120;
  std::string out = "\"";
  std::size_t end = std::min(text.size(), longest);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  for (const char c : text.substr(0, end)) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) >= ' ') {
      out += c;
    }
  }
  return out + (end < text.size() ? "...\"" : "\"");
}

class Picture {
 public:
  Picture(const DotOptions& options, const std::vector<Apply>& order) : options_(options) {
    for (std::size_t i = 0; i < order.size(); ++i) position_.emplace(order[i].key(), i);
    text_ = "digraph " + quoted(options.name) + " {\n";
    text_ += "  node [fontname=\"sans-serif\", fontsize=10, style=filled, fillcolor=white];\n";
    text_ += "  edge [fontname=\"sans-serif\", fontsize=8];\n";
  }

  void draw(const Variables& inputs, const Variables& outputs) {
    for (const Variable& input : inputs) leaf(input);
    std::vector<Apply> nodes = toposort_between({}, outputs);
    for (const Apply& node : nodes) draw_node(node, "  ");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string id = "out" + std::to_string(i);
      const std::string name =
          outputs[i].name().empty() ? "output " + std::to_string(i) : outputs[i].name();
      text_ += "  " + id + " [shape=box, fillcolor=lightblue, label=" + quoted(name) + "];\n";
      edge(outputs[i], id);
    }
  }
  // Arrows come last: Graphviz draws a variable in the frame in which an arrow names it first.
  std::string take() { return text_ + arrows_ + "}\n"; }

 private:
  // Where the arrow of a variable begins.
  const std::string& source(const Variable& x) {
    const auto found = ids_.find(x);
    return found != ids_.end() ? found->second : leaf(x);
  }
  const std::string& leaf(const Variable& x) {
    const auto [found, fresh] = ids_.emplace(x, "v" + std::to_string(leaves_));
    if (!fresh) return found->second;
    ++leaves_;
    const bool constant = as<Constant>(x).has_value();
    const char* color = constant ? "lightgrey" : x.leaf_data() ? "lightyellow" : "lightgreen";
    text_ += "  " + found->second + " [shape=box, fillcolor=" + color +
             ", label=" + quoted(leaf_text_(x)) + "];\n";
    return found->second;
  }

  void edge(const Variable& from, const std::string& to,
            std::optional<std::size_t> number = std::nullopt) {
    const std::string& begin = source(from);
    std::string label;
    if (number) label = std::to_string(*number);
    const Apply owner = from.owner();
    if (owner && owner.outputs().size() > 1) {
      label +=
          (label.empty() ? "" : " ") + std::string("of output ") + std::to_string(from.index());
    }
    if (options_.types) label += (label.empty() ? "" : " ") + from.type().text();
    arrows_ += "  " + begin + " -> " + to;
    if (!label.empty()) arrows_ += " [label=" + quoted(label) + "]";
    arrows_ += ";\n";
  }

  void draw_node(const Apply& node, const std::string& indent) {
    const auto inner = options_.inner ? node.op().inner_graph() : std::nullopt;
    if (inner) {
      frame(node, *inner, indent);
      return;
    }
    const std::string id = "n" + std::to_string(nodes_++);
    for (const Variable& output : node.outputs()) ids_.insert_or_assign(output, id);
    text_ += indent + id + " [" + look(node.op()) + "label=" + quoted(label(node)) + "];\n";
    const auto& inputs = node.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      edge(inputs[i], id, inputs.size() > 1 ? std::optional(i) : std::nullopt);
  }
  // The inner nodes read where the node reads, and who reads the node reads them.
  void frame(const Apply& node, const InnerGraph& inner, const std::string& indent) {
    for (const Variable& input : node.inputs()) source(input);
    for (std::size_t i = 0; i < node.inputs().size(); ++i)
      ids_.insert_or_assign(inner.inputs[i], source(node.inputs()[i]));
    const std::vector<Apply> nodes = toposort_between(inner.inputs, inner.outputs);
    for (const Apply& within : nodes) {
      for (const Variable& x : within.inputs()) {
        if (!x.owner()) source(x);
      }
    }
    text_ += indent + "subgraph cluster_" + std::to_string(frames_++) + " {\n";
    text_ += indent + "  style=rounded; color=grey; label=" + quoted(label(node)) + ";\n";
    for (const Apply& within : nodes) draw_node(within, indent + "  ");
    text_ += indent + "}\n";
    for (std::size_t i = 0; i < inner.outputs.size(); ++i)
      ids_.insert_or_assign(node.outputs()[i], source(inner.outputs[i]));
  }

  std::string label(const Apply& node) const {
    const auto at = position_.find(node.key());
    return (at == position_.end() ? "" : std::to_string(at->second) + ": ") + node.op().text();
  }
  static std::string look(const Op& op) {
    if (op.effect() != Effect::none) return "color=purple, ";
    if (!op.destroy_map().empty()) return "color=red, ";
    if (!op.view_map().empty()) return "style=dashed, ";
    return "";
  }

  const DotOptions& options_;
  LeafTexts leaf_text_;
  std::unordered_map<const void*, std::size_t> position_;
  std::unordered_map<Variable, std::string> ids_;
  std::size_t leaves_ = 0, nodes_ = 0, frames_ = 0;
  std::string text_, arrows_;
};
}  // namespace

std::string dotprint(const std::vector<Variable>& outputs, const DotOptions& options) {
  Picture picture(options, {});
  picture.draw({}, outputs);
  return picture.take();
}
std::string dotprint(const Variable& x, const DotOptions& options) {
  return dotprint(std::vector<Variable>{x}, options);
}
std::string dotprint(const FunctionGraph& fgraph, const std::vector<Apply>& order,
                     const DotOptions& options) {
  Picture picture(options, order);
  picture.draw(fgraph.inputs(), fgraph.outputs());
  return picture.take();
}
std::string dotprint(const FunctionGraph& fgraph, const DotOptions& options) {
  return dotprint(fgraph, fgraph.toposort(), options);
}
}  // namespace kroton::inline printing
