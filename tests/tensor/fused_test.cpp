// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/fused.h"

#include <gtest/gtest.h>

#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/fusion.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
// As in the pipeline, constants are folded before.
const rewrite::RewriterRef fusion = rewrite::make_sequence(
    "fusion", {rewriting::local({{"constant_folding", rewrite::constant_folding}}),
               rewrite::make_rewriter("fuse", fuse)});
NDArray ramp(Shape shape) {
  std::int64_t size = 1;
  for (std::int64_t n : shape) size *= n;
  NDArray all = NDArray::arange(size).astype(float64);
  for (double& v : all.span<double>()) v = v * 0.1 - 0.7;
  return all.reshape(shape);
}
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
}  // namespace

TEST(Fused, equal_kernels_are_equal_ops) {
  const Variable x = mat("x"), y = mat("y");
  FunctionGraph fgraph({x, y}, {exp(x) + 1.0, exp(y) + 1.0});
  fusion->apply(fgraph);
  ASSERT_EQ(fgraph.size(), 2u);
  const Apply a = fgraph.outputs()[0].owner(), b = fgraph.outputs()[1].owner();
  EXPECT_TRUE(a.op() == b.op());
  EXPECT_EQ(a.op().hash(), b.op().hash());
}

TEST(Fused, the_nodes_inside_are_the_reference_for_the_kernel) {
  const Variable x = mat("x");
  FunctionGraph fgraph({x}, {sum(exp(x) * 2.0, 1)});
  fusion->apply(fgraph);
  const Apply node = fgraph.outputs()[0].owner();
  std::vector<Value> performed(1);
  const std::vector<Value> given{ramp({3, 4})};
  node.op().perform(node, given, performed);
  EXPECT_TRUE(node.outputs()[0].type().values_eq(performed[0],
                                                 rewriting::evaluate(fgraph, {ramp({3, 4})})[0]));
}

TEST(Fused, its_shape_is_that_of_the_nodes_inside_in_lengths_of_its_own_inputs) {
  const Variable x = mat("x");
  FunctionGraph fgraph({x}, {sum(exp(x) * 2.0, 1)});
  fusion->apply(fgraph);
  const Apply node = fgraph.outputs()[0].owner();
  const Variable& input = node.inputs()[0];
  const Shapes shapes =
      node.op().infer_shape(node, {{{ShapeExpr::extent(input, 0), ShapeExpr::extent(input, 1)}}});
  ASSERT_TRUE(shapes.at(0));
  ASSERT_EQ(shapes[0]->size(), 1u);
  EXPECT_EQ(shapes[0]->at(0).text(), "x.shape[0]");
}

TEST(Fused, it_has_no_gradient) {
  const Variable x = mat("x");
  FunctionGraph fgraph({x}, {exp(x) * 2.0});
  fusion->apply(fgraph);
  const Apply node = fgraph.outputs()[0].owner();
  EXPECT_THROW(node.op().grad(node, node.outputs()), MethodNotDefined);
}

TEST(Fused, a_long_text_is_cut) {
  Variable x = mat("x"), y = x;
  for (int i = 0; i < 6; ++i) y = tanh(exp(y));
  FunctionGraph fgraph({x}, {y});
  fusion->apply(fgraph);
  EXPECT_EQ(fgraph.outputs()[0].owner().op().text(),
            "Fused{exp, tanh, exp, tanh, exp, tanh, exp, tanh, 4 more}");
}
