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
#include "kroton/tensor/length.h"
#include "kroton/tensor/shape.h"

namespace kroton::tensor {
struct Fused::Body {
  kernel::Kernel kernel;
  Variables inputs, outputs;
  std::vector<GivenLength> given;
  std::vector<Apply> nodes;
  std::string key;  // the kernel's text and the types
  std::string text;
};

namespace {
// "Elemwise{exp}" is exp, "Sum{axes: (0,)}" is sum; views and lengths are not worth a word. Errors
// show it, so it is what the user called.
std::string short_name(const Apply& node) {
  const Op& op = node.op();
  if (!op.view_map().empty() || as<Shape_i>(node)) return "";
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

// The lengths of everything inside, in lengths of OUTSIDE: what stands for the inputs.
class Fused::Lengths {
 public:
  Lengths(const Body& body, const Variables& outside, const Shapes& in) : body_(body) {
    for (std::size_t i = 0; i < body.inputs.size(); ++i) {
      shapes_.emplace(body.inputs[i], i < in.size() ? in[i] : own(outside[i]));
      outside_.emplace(body.inputs[i], outside[i]);
    }
    for (const Apply& inner : body.nodes) {
      Shapes made = inner.op().infer_shape(inner, inputs(inner));
      made.resize(inner.outputs().size());
      for (std::size_t i = 0; i < made.size(); ++i)
        shapes_.emplace(inner.outputs()[i], std::move(made[i]));
    }
  }
  std::optional<std::vector<ShapeExpr>> shape(const Variable& x) const {
    auto shape = shapes_.at(x);
    if (shape) {
      for (ShapeExpr& length : *shape) length = seen_from_outside(length);
    }
    return shape;
  }
  std::vector<ShapeExpr> given() const {
    std::vector<ShapeExpr> numbers;
    for (const GivenLength& length : body_.given) {
      if (length.number < 0) {
        numbers.push_back(shape(length.variable).value().at(static_cast<std::size_t>(length.axis)));
        continue;
      }
      const Apply inner = length.variable.owner();
      numbers.push_back(seen_from_outside(inner.op()
                                              .kernel_lengths(inner, inputs(inner))
                                              .at(static_cast<std::size_t>(length.number))));
    }
    return numbers;
  }

 private:
  static std::vector<ShapeExpr> own(const Variable& x) {
    std::vector<ShapeExpr> lengths;
    for (std::size_t axis = 0; axis < x.ndim(); ++axis)
      lengths.push_back(ShapeExpr::extent(x, static_cast<int>(axis)));
    return lengths;
  }
  Shapes inputs(const Apply& inner) const {
    Shapes given;
    for (const Variable& input : inner.inputs()) {
      const auto found = shapes_.find(input);
      given.push_back(found != shapes_.end() ? found->second : own(input));  // a constant's own
    }
    return given;
  }
  // Leaves that are inner inputs become the node's own.
  ShapeExpr seen_from_outside(const ShapeExpr& length) const {
    return length.substitute([&](const ShapeExpr& leaf) -> std::optional<ShapeExpr> {
      const auto found = outside_.find(leaf.variable());
      if (found == outside_.end()) return std::nullopt;
      if (leaf.kind() == ShapeExpr::Kind::scalar) return as_length(found->second);
      return ShapeExpr::extent(found->second, leaf.axis());
    });
  }

  const Body& body_;
  std::unordered_map<Variable, std::optional<std::vector<ShapeExpr>>> shapes_;
  std::unordered_map<Variable, Variable> outside_;
};

Fused::Fused(kernel::Kernel kernel, Variables inputs, Variables outputs,
             std::vector<GivenLength> given) {
  auto body = std::make_shared<Body>();
  body->nodes = toposort_between(inputs, outputs);
  body->text = fused_text(body->nodes);
  body->key = kernel.text();
  for (const Variables* list : {&inputs, &outputs}) {
    for (const Variable& x : *list) body->key += "|" + x.type().text();
  }
  body->kernel = std::move(kernel);
  body->given = std::move(given);
  body->inputs = std::move(inputs);
  body->outputs = std::move(outputs);
  // What is given is part of what the op is: its formula, over inputs by number.
  if (!body->given.empty()) {
    Variables numbered;
    for (std::size_t i = 0; i < body->inputs.size(); ++i)
      numbered.push_back(body->inputs[i].type().make_variable("x" + std::to_string(i)));
    for (const ShapeExpr& length : Lengths(*body, numbered, {}).given())
      body->key += "|" + length.text();
  }
  body_ = std::move(body);
}

const Variables& Fused::inner_inputs() const { return body_->inputs; }
const Variables& Fused::inner_outputs() const { return body_->outputs; }
const std::vector<GivenLength>& Fused::given() const { return body_->given; }
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
  const Lengths lengths(*body_, node.inputs(), in);
  Shapes out;
  for (const Variable& output : body_->outputs) out.push_back(lengths.shape(output));
  return out;
}

std::vector<ShapeExpr> Fused::kernel_lengths(const Apply& node, Shapes in) const {
  if (body_->given.empty()) return {};
  return Lengths(*body_, node.inputs(), in).given();
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
