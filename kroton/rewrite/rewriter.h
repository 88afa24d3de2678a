// SPDX-License-Identifier: BSD-3-Clause
// A Rewriter changes a FunctionGraph into an equal one. Most rewrites are local: a function that
// looks at one node and gives variables to use instead of its outputs; the walking and the
// equilibrium rewriter apply such functions to whole graphs. Source: Theano's gof/opt.py.
//   std::optional<Variables> local_x(const FunctionGraph&, const Apply& node);
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/op.h"
#include "kroton/graph/variable.h"
#include "kroton/rewrite/trace.h"

namespace kroton::rewrite {
class KROTON_API Rewriter {
 public:
  virtual ~Rewriter();
  virtual void apply(FunctionGraph& fgraph, Trace& trace) const = 0;
  virtual std::string name() const = 0;
  // What it consists of, one line each, indented.
  virtual std::string text(int indent = 0) const;
  Trace apply(FunctionGraph& fgraph) const;
};
using RewriterRef = std::shared_ptr<const Rewriter>;

// Nothing: no change. Otherwise one variable per output of the node; an empty variable keeps that
// output. The function never changes the graph itself.
using LocalFunction = std::function<std::optional<Variables>(const FunctionGraph&, const Apply&)>;
using GlobalFunction = std::function<void(FunctionGraph&, Trace&)>;

// The op classes that a local rewrite looks at; none: all nodes. Compared by the op's own class,
// and where VARIANTS are given by Op::variant() too.
struct KROTON_API Tracks {
  std::vector<std::type_index> classes = {};
  std::vector<const void*> variants = {};
  bool matches(const Op& op) const;
};
template <class... Ops>
Tracks tracks() {
  return {{std::type_index(typeid(Ops))...}};
}

struct LocalRewrite {
  std::string name;
  LocalFunction function;
  Tracks tracks;
};

// Replaces the outputs of NODE by WITH as one transaction: types fit (or are made to fit where
// broadcast flags allow), every feature agrees, or nothing happens, the trace notes why, and the
// answer is false. User names and creation lines go over to the new nodes.
KROTON_API bool replace_outputs(FunctionGraph& fgraph, const Apply& node, const Variables& with,
                                const std::string& reason, Trace& trace);
KROTON_API bool replace_variables(FunctionGraph& fgraph,
                                  const std::vector<std::pair<Variable, Variable>>& pairs,
                                  const std::string& reason, Trace& trace);
// Runs REWRITE on NODE and applies what it gives. Counts and time go to the trace.
KROTON_API bool apply_local(FunctionGraph& fgraph, const Apply& node, const LocalRewrite& rewrite,
                            Trace& trace);

// A function as a rewriter.
KROTON_API RewriterRef make_rewriter(std::string name, GlobalFunction function);
// One after another.
KROTON_API RewriterRef make_sequence(std::string name, std::vector<RewriterRef> rewriters);
// Once over all nodes, inputs first or outputs first; nodes that appear on the way are not visited.
enum class Direction { in_to_out, out_to_in };
KROTON_API RewriterRef make_walk(std::string name, std::vector<LocalRewrite> rewrites,
                                 Direction direction = Direction::in_to_out);
}  // namespace kroton::rewrite
