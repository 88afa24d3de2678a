// SPDX-License-Identifier: BSD-3-Clause
// A type and ops without arrays, for tests of graphs alone.
#pragma once
#include <string>

#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"
#include "kroton/kernel/form.h"

namespace toy {
class Number final : public kroton::TypeOf<Number> {
 public:
  static constexpr std::string_view type_name = "Number";
  kroton::Value filter(const kroton::Value& value, bool, std::optional<bool>) const override {
    return value;
  }
};

// Any number of inputs, one output; may view or destroy its input 0, or act.
class Node final : public kroton::OpOf<Node> {
 public:
  static constexpr std::string_view op_name = "Node";
  explicit Node(std::string label, std::string role = "")
      : label_(std::move(label)), role_(std::move(role)) {}
  kroton::Apply make_node(kroton::Inputs inputs) const override {
    return kroton::Apply(*this, inputs, {Number()()});
  }
  kroton::AliasMap view_map() const override {
    return role_ == "view" ? kroton::AliasMap{{0, {0}}} : kroton::AliasMap{};
  }
  kroton::AliasMap destroy_map() const override {
    return role_ == "destroy" ? kroton::AliasMap{{0, {0}}} : kroton::AliasMap{};
  }
  kroton::Effect effect() const override {
    return role_ == "act" ? kroton::Effect::acts : kroton::Effect::none;
  }
  const std::string& label() const { return label_; }

 private:
  std::string label_, role_;

 public:
  static constexpr auto fields =
      std::tuple{kroton::Field{"label", &Node::label_}, kroton::Field{"role", &Node::role_}};
};

inline kroton::Variable number(std::string name) { return Number()(std::move(name)); }
template <class... A>
kroton::Variable apply(const std::string& label, const A&... inputs) {
  return Node(label).make_node({inputs...}).outputs()[0];
}
template <class... A>
kroton::Variable apply_as(const std::string& role, const std::string& label, const A&... inputs) {
  return Node(label, role).make_node({inputs...}).outputs()[0];
}
inline std::string labels(const std::vector<kroton::Apply>& nodes) {
  std::string out;
  for (const auto& node : nodes) out += (out.empty() ? "" : " ") + kroton::as<Node>(node)->label();
  return out;
}
}  // namespace toy
