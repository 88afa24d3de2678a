// SPDX-License-Identifier: BSD-3-Clause
// Rewrites as equations: a shape of nodes, and what to compute instead. With functions that build
// patterns (tensor/rewrites/patterns.h has one for each elementwise row) an equation reads as it
// is said:
//   {log(1 + x), log1p(x)}    {x - x, 0}    {where(c, x, x), x}    {log(exp(x)), x.when(is_real)}
// Inner nodes of what is matched have the dtype of the outer one, so that an equation never meets
// an integer that wraps inside of a float, and what is built computes in that dtype too: letters
// are cast. Pattern::of_any_dtype lifts the one for a node and the other for a letter (conditions).
// Source: Theano's gof/opt.py:PatternSub.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/rewrite/rewriter.h"

namespace kroton::rewrite {
class KROTON_API Pattern {
 public:
  using Condition = std::function<bool(const FunctionGraph&, const Variable&)>;

  // Anything; the same letter is the same variable throughout an equation.
  static Pattern any(int letter);
  // A constant of one element with that value.
  Pattern(double number);
  // OP, which has one output, applied to INPUTS; commutative: in either order.
  Pattern(std::shared_ptr<const Op> op, std::vector<Pattern> inputs, bool commutative = false);

  // The same where CONDITION holds of the variable.
  Pattern when(Condition condition) const;
  Pattern of_any_dtype() const;

 private:
  friend class Equations;
  friend class Matcher;
  struct Node;
  explicit Pattern(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  static std::vector<Pattern> orders(const Pattern& pattern);
  std::shared_ptr<const Node> node_;
};

struct Equation {
  Pattern from, to;
};

// What this room cannot do with arrays.
struct Conversions {
  Variable (*cast)(const Variable& x, DType dtype);
  // X with the type of the node's output, stretched where it has to be; empty when that cannot be.
  Variable (*conform)(const Variable& x, const Apply& node);
};

// A local rewrite: the first equation whose left side the node is. The result has the type of the
// node's output.
class KROTON_API Equations {
 public:
  Equations(std::vector<Equation> equations, Conversions conversions);
  std::optional<Variables> operator()(const FunctionGraph& fgraph, const Apply& node) const;
  // The ops that left sides begin with.
  Tracks tracks() const;

 private:
  std::vector<Equation> equations_;  // commutative inputs in every order
  Conversions conversions_;
};

// The number that X is: a constant of one element, also seen through views that add axes of length
// 1. Nothing for complex constants with an imaginary part.
KROTON_API std::optional<double> number_of(const Variable& x);
}  // namespace kroton::rewrite
