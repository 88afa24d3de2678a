// SPDX-License-Identifier: BSD-3-Clause
// Graphs of toy nodes, and local rewrites that know them by label.
#pragma once
#include <stdexcept>
#include <string>

#include "kroton/rewrite/rewriter.h"
#include "tests/graph/toy.h"

namespace toy {
inline bool is(const kroton::Apply& node, const std::string& label) {
  const auto* op = kroton::as<Node>(node);
  return op && op->label() == label;
}
// FROM(x...) -> TO(x...)
inline kroton::rewrite::LocalRewrite rename(const std::string& from, const std::string& to) {
  return {from + "_to_" + to,
          [from, to](const kroton::FunctionGraph&,
                     const kroton::Apply& node) -> std::optional<kroton::Variables> {
            if (!is(node, from)) return std::nullopt;
            return kroton::Variables{Node(to).make_node(node.inputs()).outputs()[0]};
          },
          kroton::rewrite::tracks<Node>()};
}
// OUTER(INNER(x)) -> x
inline kroton::rewrite::LocalRewrite cancel(const std::string& outer, const std::string& inner) {
  return {outer + "_cancels_" + inner,
          [outer, inner](const kroton::FunctionGraph&,
                         const kroton::Apply& node) -> std::optional<kroton::Variables> {
            if (!is(node, outer)) return std::nullopt;
            const kroton::Apply producer = node.inputs()[0].owner();
            if (!producer || !is(producer, inner)) return std::nullopt;
            return kroton::Variables{producer.inputs()[0]};
          },
          {}};
}
inline std::string labels(const kroton::FunctionGraph& fgraph) { return labels(fgraph.toposort()); }

// Refuses nodes of one label.
class Refuse final : public kroton::Feature {
 public:
  explicit Refuse(std::string label) : label_(std::move(label)) {}
  void validate(const kroton::FunctionGraph& fgraph) const override {
    for (const auto& node : fgraph.apply_nodes()) {
      if (is(node, label_)) throw kroton::InconsistencyError("no " + label_ + " here");
    }
  }

 private:
  std::string label_;
};

template <class E, class F>
std::string error_text(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}
}  // namespace toy
