// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/rewrite/pattern.h"

#include <algorithm>
#include <complex>
#include <typeinfo>

#include "kroton/base/errors.h"

namespace kroton::rewrite {
struct Pattern::Node {
  enum class Kind { any, number, apply };
  Kind kind = Kind::any;
  std::size_t letter = 0;
  double number = 0;
  std::shared_ptr<const Op> op = {};
  std::vector<Pattern> inputs = {};
  bool commutative = false;
  bool any_dtype = false;
  std::vector<Condition> conditions = {};
};

Pattern Pattern::any(int letter) {
  Node node;
  node.letter = static_cast<std::size_t>(letter);
  return Pattern(std::make_shared<const Node>(std::move(node)));
}
Pattern::Pattern(double number) {
  Node node;
  node.kind = Node::Kind::number;
  node.number = number;
  node_ = std::make_shared<const Node>(std::move(node));
}
Pattern::Pattern(std::shared_ptr<const Op> op, std::vector<Pattern> inputs, bool commutative) {
  Node node;
  node.kind = Node::Kind::apply;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.commutative = commutative;
  node_ = std::make_shared<const Node>(std::move(node));
}
Pattern Pattern::when(Condition condition) const {
  Node node = *node_;
  node.conditions.push_back(std::move(condition));
  return Pattern(std::make_shared<const Node>(std::move(node)));
}
Pattern Pattern::of_any_dtype() const {
  Node node = *node_;
  node.any_dtype = true;
  return Pattern(std::make_shared<const Node>(std::move(node)));
}

// PATTERN with the inputs of commutative ops in every order.
std::vector<Pattern> Pattern::orders(const Pattern& pattern) {
  if (pattern.node_->kind != Node::Kind::apply) return {pattern};
  std::vector<std::vector<Pattern>> lists{{}};
  for (const Pattern& input : pattern.node_->inputs) {
    std::vector<std::vector<Pattern>> longer;
    for (const Pattern& order : orders(input)) {
      for (std::vector<Pattern> list : lists) {
        list.push_back(order);
        longer.push_back(std::move(list));
      }
    }
    lists = std::move(longer);
  }
  std::vector<Pattern> all;
  for (std::vector<Pattern>& list : lists) {
    Node node = *pattern.node_;
    node.inputs = list;
    all.push_back(Pattern(std::make_shared<const Node>(node)));
    if (!node.commutative || list.size() != 2 || list[0].node_ == list[1].node_) continue;
    std::swap(node.inputs[0], node.inputs[1]);
    all.push_back(Pattern(std::make_shared<const Node>(std::move(node))));
  }
  return all;
}

std::optional<double> number_of(const Variable& x) {
  Variable at = x;
  for (;;) {
    const Apply node = at.owner();
    if (!node) break;
    // Only views that keep every element; those of one element show it alone.
    const AliasMap views = node.op().view_map();
    if (views.empty() || node.inputs().size() != 1) return std::nullopt;
    at = node.inputs()[0];
  }
  const auto constant = as<Constant>(at);
  if (!constant || !x.type().is_array() || !constant->data().is_array()) return std::nullopt;
  const NDArray& value = constant->data().as<NDArray>();
  const std::vector<bool>& flags = x.type().broadcastable();
  if (value.size() != 1 || std::find(flags.begin(), flags.end(), false) != flags.end())
    return std::nullopt;
  if (!is_complex(value.dtype())) return value.astype(float64).reshape(Shape{}).item<double>();
  const auto number = value.astype(complex128).reshape(Shape{}).item<std::complex<double>>();
  return number.imag() == 0 ? std::optional(number.real()) : std::nullopt;
}

class Matcher {
 public:
  Matcher(const FunctionGraph& fgraph, const Apply& node, const Conversions& conversions)
      : fgraph_(fgraph), output_(node.outputs()[0]), conversions_(conversions) {}

  bool matches(const Pattern& pattern, const Apply& node) {
    bound_.clear();
    return node_matches(*pattern.node_, node) && holds(*pattern.node_, output_);
  }

  // What PATTERN says with the variables found, computed in the output's dtype where they fit.
  Variable build(const Pattern& pattern) const {
    const Pattern::Node& p = *pattern.node_;
    if (p.kind == Pattern::Node::Kind::number) {
      const auto type = output_.type().with(output_.dtype(), {});
      return type->make_constant(NDArray::full({}, p.number).astype(output_.dtype()));
    }
    if (p.kind == Pattern::Node::Kind::any) {
      const Variable& x = bound_.at(p.letter);
      if (p.any_dtype || !x.type().is_array() || has_output_dtype(x)) return x;
      const bool fits = !is_bool(output_.dtype()) && can_cast_safely(x.dtype(), output_.dtype());
      return fits ? conversions_.cast(x, output_.dtype()) : x;
    }
    Variables inputs;
    for (const Pattern& input : p.inputs) inputs.push_back(build(input));
    return p.op->make_node(inputs).outputs()[0];
  }

 private:
  bool holds(const Pattern::Node& p, const Variable& x) const {
    return std::all_of(p.conditions.begin(), p.conditions.end(),
                       [&](const Pattern::Condition& condition) { return condition(fgraph_, x); });
  }
  bool has_output_dtype(const Variable& x) const {
    if (!output_.type().is_array()) return true;
    return x.type().is_array() && x.dtype() == output_.dtype();
  }
  bool node_matches(const Pattern::Node& p, const Apply& node) {
    const Op& op = node.op();
    if (op.variant() != p.op->variant() || node.inputs().size() != p.inputs.size() ||
        !(op == *p.op))
      return false;
    for (std::size_t i = 0; i < p.inputs.size(); ++i) {
      if (!matches(p.inputs[i], node.inputs()[i])) return false;
    }
    return true;
  }
  bool matches(const Pattern& pattern, const Variable& x) {
    const Pattern::Node& p = *pattern.node_;
    switch (p.kind) {
      case Pattern::Node::Kind::any: {
        if (bound_.size() <= p.letter) bound_.resize(p.letter + 1);
        Variable& known = bound_[p.letter];
        if (known) return known == x && holds(p, x);
        known = x;
        return holds(p, x);
      }
      case Pattern::Node::Kind::number:
        return number_of(x) == p.number && holds(p, x);
      case Pattern::Node::Kind::apply:
        break;
    }
    const Apply node = x.owner();
    return node && (p.any_dtype || has_output_dtype(x)) && node_matches(p, node) && holds(p, x);
  }

  const FunctionGraph& fgraph_;
  Variable output_;
  const Conversions& conversions_;
  Variables bound_;
};

Equations::Equations(std::vector<Equation> equations, Conversions conversions)
    : conversions_(conversions) {
  for (const Equation& equation : equations) {
    if (equation.from.node_->kind != Pattern::Node::Kind::apply) {
      throw ValueError("Equations: a left side is no application of an op; begin it with one");
    }
    for (const Pattern& from : Pattern::orders(equation.from))
      equations_.push_back({from, equation.to});
  }
}

std::optional<Variables> Equations::operator()(const FunctionGraph& fgraph,
                                               const Apply& node) const {
  Matcher matcher(fgraph, node, conversions_);
  for (const Equation& equation : equations_) {
    if (!matcher.matches(equation.from, node)) continue;
    const Variable with = conversions_.conform(matcher.build(equation.to), node);
    if (with) return Variables{with};
  }
  return std::nullopt;
}

Tracks Equations::tracks() const {
  Tracks tracks;
  for (const Equation& equation : equations_) {
    const Op& op = *equation.from.node_->op;
    const std::type_index type(typeid(op));
    if (std::find(tracks.classes.begin(), tracks.classes.end(), type) == tracks.classes.end())
      tracks.classes.push_back(type);
    if (std::find(tracks.variants.begin(), tracks.variants.end(), op.variant()) ==
        tracks.variants.end())
      tracks.variants.push_back(op.variant());
  }
  return tracks;
}
}  // namespace kroton::rewrite
