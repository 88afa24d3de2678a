// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/fused.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/base/hash.h"
#include "kroton/graph/walk.h"
#include "kroton/rewrite/constant_folding.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/inc_subtensor.h"

namespace kroton::tensor {
struct Fused::Body {
  kernel::Kernel kernel;
  Variables inputs, outputs;
  std::vector<Apply> nodes;
  std::string key;  // the kernel's text and the types
  std::string text;
};

namespace {
// "Elemwise{exp}" is exp, "Sum{axes: (0,)}" is sum; views are not worth a word. Errors show it, so
// it is what the user called.
std::string short_name(const Apply& node) {
  const Op& op = node.op();
  if (!op.view_map().empty()) return "";
  if (const auto* taken = as<AdvancedSubtensor>(node)) return taken->origin().who;
  if (const auto* written = as<AdvancedIncSubtensor>(node)) return written->origin().who;
  if (const auto* written = as<IncSubtensor>(node))
    return written->set() ? "set_subtensor" : "inc_subtensor";
  std::string text = op.text();
  const auto open = text.find('{');
  if (text.starts_with("Elemwise{"))
    return text.substr(open + 1, text.find_first_of(",}") - open - 1);
  text = text.substr(0, open);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string fused_text(const std::vector<Apply>& nodes) {
  std::string all;
  std::size_t shown = 0, left_out = 0;
  for (const Apply& node : nodes) {
    const std::string name = short_name(node);
    if (name.empty()) continue;
    if (shown == 8) {
      ++left_out;
    } else {
      all += (shown++ ? ", " : "") + name;
    }
  }
  if (left_out > 0) all += ", " + std::to_string(left_out) + " more";
  return "Fused{" + all + "}";
}
}  // namespace

Fused::Fused(kernel::Kernel kernel, Variables inputs, Variables outputs) {
  auto body = std::make_shared<Body>();
  body->nodes = toposort_between(inputs, outputs);
  body->text = fused_text(body->nodes);
  body->key = kernel.text();
  for (const Variables* list : {&inputs, &outputs}) {
    for (const Variable& x : *list) body->key += "|" + x.type().text();
  }
  body->kernel = std::move(kernel);
  body->inputs = std::move(inputs);
  body->outputs = std::move(outputs);
  body_ = std::move(body);
}

const Variables& Fused::inner_inputs() const { return body_->inputs; }
const Variables& Fused::inner_outputs() const { return body_->outputs; }
const std::vector<Apply>& Fused::inner_nodes() const { return body_->nodes; }
std::optional<InnerGraph> Fused::inner_graph() const {
  return InnerGraph{body_->inputs, body_->outputs};
}
std::vector<std::source_location> Fused::lines(const Apply&) const {
  std::vector<std::source_location> lines;
  for (const Apply& node : inner_nodes()) lines.push_back(node.line());
  return lines;
}

Apply Fused::make_node(Inputs inputs) const {
  KROTON_CHECK(inputs.size() == body_->inputs.size());
  Variables fitting, outputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    fitting.push_back(body_->inputs[i].type().filter_variable(inputs[i]));
  }
  for (const Variable& output : body_->outputs) outputs.push_back(output.type().make_variable());
  return Apply(*this, std::move(fitting), std::move(outputs));
}

Shapes Fused::infer_shape(const Apply& node, Shapes in) const {
  std::unordered_map<Variable, std::optional<std::vector<ShapeExpr>>> shapes;
  std::unordered_map<Variable, Variable> outside;
  for (std::size_t i = 0; i < in.size(); ++i) {
    shapes.emplace(body_->inputs[i], in[i]);
    outside.emplace(body_->inputs[i], node.inputs()[i]);
  }
  for (const Apply& inner : body_->nodes) {
    Shapes given;
    for (const Variable& input : inner.inputs()) {
      if (const auto found = shapes.find(input); found != shapes.end()) {
        given.push_back(found->second);
        continue;
      }
      std::vector<ShapeExpr> lengths;  // of a constant
      for (std::size_t axis = 0; axis < input.ndim(); ++axis) {
        lengths.push_back(ShapeExpr::extent(input, static_cast<int>(axis)));
      }
      given.emplace_back(std::move(lengths));
    }
    Shapes made = inner.op().infer_shape(inner, std::move(given));
    made.resize(inner.outputs().size());
    for (std::size_t i = 0; i < made.size(); ++i)
      shapes.emplace(inner.outputs()[i], std::move(made[i]));
  }
  // Leaves that are inner inputs become the node's own.
  const auto replace = [&](const ShapeExpr& leaf) -> std::optional<ShapeExpr> {
    const auto found = outside.find(leaf.variable());
    if (found == outside.end()) return std::nullopt;
    if (leaf.kind() == ShapeExpr::Kind::scalar) return ShapeExpr(found->second);
    return ShapeExpr::extent(found->second, leaf.axis());
  };
  Shapes out;
  for (const Variable& output : body_->outputs) {
    auto shape = shapes.at(output);
    if (shape) {
      for (ShapeExpr& length : *shape) length = length.substitute(replace);
    }
    out.push_back(std::move(shape));
  }
  return out;
}

std::optional<kernel::Kernel> Fused::kernel(const Apply&) const { return body_->kernel; }

void Fused::perform(const Apply&, std::span<const Value> inputs,
                    std::span<Value> output_storage) const {
  std::unordered_map<Variable, Value> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) values.emplace(body_->inputs[i], inputs[i]);
  for (const Apply& inner : body_->nodes) {
    std::vector<Value> given;
    for (const Variable& input : inner.inputs()) {
      const auto constant = as<Constant>(input);
      given.push_back(constant ? constant->data() : values.at(input));
    }
    auto made = rewrite::node_values(inner, given);
    if (!made) not_defined("perform");  // the fused kernel says where it fails
    for (std::size_t i = 0; i < made->size(); ++i)
      values.insert_or_assign(inner.outputs()[i], std::move((*made)[i]));
  }
  for (std::size_t i = 0; i < output_storage.size(); ++i)
    output_storage[i] = values.at(body_->outputs[i]);
}

std::string Fused::text() const { return body_->text; }
bool Fused::equals(const Op& other) const {
  const auto* fused = dynamic_cast<const Fused*>(&other);
  return fused && (fused->body_ == body_ || fused->body_->key == body_->key);
}
std::size_t Fused::hash() const { return hash_text(body_->key); }
std::shared_ptr<const Op> Fused::share() const { return std::make_shared<Fused>(*this); }
}  // namespace kroton::tensor
