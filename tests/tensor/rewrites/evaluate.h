// SPDX-License-Identifier: BSD-3-Clause
// Graphs before and after a rewrite: run node by node with the interpreter, compared bit for bit
// where nothing is reassociated.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "kroton/graph/function_graph.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/form.h"
#include "kroton/rewrite/constant_folding.h"
#include "kroton/rewrite/equilibrium.h"
#include "kroton/rewrite/rewriter.h"

namespace rewriting {
using namespace kroton;

// The outputs of the graph for these inputs; a node with a kernel runs it, another performs.
inline std::vector<NDArray> evaluate(const FunctionGraph& fgraph,
                                     const std::vector<NDArray>& inputs) {
  std::unordered_map<Variable, Value> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) values.emplace(fgraph.inputs()[i], inputs[i]);
  const auto value = [&](const Variable& x) -> Value {
    const auto constant = as<Constant>(x);
    return constant ? constant->data() : values.at(x);
  };
  for (const Apply& node : fgraph.toposort()) {
    std::vector<Value> given;
    for (const Variable& input : node.inputs()) given.push_back(value(input));
    auto made = node.op().view_map().empty() ? rewrite::kernel_values(node, given) : std::nullopt;
    if (!made) made = rewrite::node_values(node, given);
    if (!made) throw InternalError("nothing computes " + node.op().text());
    for (std::size_t i = 0; i < made->size(); ++i)
      values.insert_or_assign(node.outputs()[i], (*made)[i]);
  }
  std::vector<NDArray> outputs;
  for (const Variable& output : fgraph.outputs()) outputs.push_back(value(output));
  return outputs;
}

// Words of the nodes, in the order in which they run: "DimShuffle Fused{exp, add}".
inline std::string words(const FunctionGraph& fgraph) {
  std::string all;
  for (const Apply& node : fgraph.toposort()) {
    std::string text = node.op().text();
    if (!text.starts_with("Elemwise") && !text.starts_with("Fused"))
      text = text.substr(0, text.find('{'));
    all += (all.empty() ? "" : " ") + text;
  }
  return all;
}

// Whether a rewrite may round differently.
enum class Values { equal, close };

// Applies REWRITE and checks that values and types stay; gives the words of the result.
inline std::string rewritten(const Variables& inputs, const Variables& outputs,
                             const rewrite::RewriterRef& rewriter,
                             const std::vector<NDArray>& values, Values wanted = Values::equal) {
  FunctionGraph before(inputs, outputs), after(inputs, outputs);
  const rewrite::Trace trace = rewriter->apply(after);
  for (const std::string& note : trace.notes()) ADD_FAILURE() << note;
  after.check_integrity();
  const auto expected = evaluate(before, values), given = evaluate(after, values);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(after.outputs()[i].type() == before.outputs()[i].type()) << words(after);
    const Type& type = after.outputs()[i].type();
    EXPECT_TRUE(wanted == Values::equal ? type.values_eq(expected[i], given[i])
                                        : type.values_eq_approx(expected[i], given[i]))
        << words(after);
  }
  return words(after);
}

inline rewrite::RewriterRef local(
    std::vector<std::pair<std::string, rewrite::LocalFunction>> functions) {
  std::vector<rewrite::LocalRewrite> rewrites;
  for (auto& [name, function] : functions) rewrites.push_back({name, function, {}});
  return rewrite::make_equilibrium("test", std::move(rewrites));
}
}  // namespace rewriting
