// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/joining.h"

#include <gtest/gtest.h>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/fusion.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::rewritten;

namespace {
// As in the pipeline, constants are folded before.
const rewrite::RewriterRef fusion = rewrite::make_sequence(
    "fusion", {rewriting::local({{"constant_folding", rewrite::constant_folding}}),
               rewrite::make_rewriter("fuse", fuse)});
const rewrite::RewriterRef joined =
    rewrite::make_sequence("joined", {fusion, rewrite::make_rewriter("join", join_kernels)});

NDArray ramp(Shape shape, double scale = 0.1) {
  std::int64_t size = 1;
  for (std::int64_t n : shape) size *= n;
  NDArray all = NDArray::arange(size).astype(float64);
  for (double& v : all.span<double>()) v = v * scale - 0.7;
  return all.reshape(shape);
}
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
Variable vec(const char* name) { return TensorType(float64, {false})(name); }
}  // namespace

TEST(Joining, kernels_that_read_the_same_arrays_become_one_with_several_outputs) {
  const Variable x = mat("x"), y = mat("y");
  EXPECT_EQ(rewritten({x, y}, {exp(x) * y, tanh(y), sqrt(abs(x))}, joined,
                      {ramp({3, 4}), ramp({3, 4}, 0.2)}),
            "Fused{tanh, exp, mul, abs, sqrt}");
}

TEST(Joining, an_output_that_is_read_by_another_kernel_is_stored_by_the_way) {
  const Variable x = mat("x");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {e, sqrt(e) + x}, joined, {ramp({3, 4})}), "Fused{exp, sqrt, add}");
}

TEST(Joining, kernels_over_other_domains_or_arrays_stay_apart) {
  const Variable x = mat("x"), y = mat("y"), v = vec("v");
  EXPECT_EQ(rewritten({x, y}, {exp(x), tanh(y)}, joined, {ramp({3, 4}), ramp({3, 4})}),
            "Elemwise{exp} Elemwise{tanh}");
  EXPECT_EQ(rewritten({x, v}, {exp(v), x * v}, joined, {ramp({3, 4}), ramp({4})}),
            "Elemwise{exp} Fused{mul}");
}

TEST(Joining, what_is_read_elsewhere_than_at_its_own_point_is_stored_before) {
  const Variable x = TensorType(float64, {false, false})("x");
  const Variable e = exp(x);
  const NDArray square = ramp({3, 3});
  EXPECT_EQ(rewritten({x}, {e, e + transpose(e) * x}, joined, {square}),
            "Elemwise{exp} Fused{mul, add}");
}

TEST(Joining, no_cycle_comes_up_through_a_node_between) {
  const Variable x = mat("x");
  const Variable e = exp(x);
  const Variable total = sum(e);
  // sqrt(e) * total needs the sum, which needs e.
  EXPECT_EQ(rewritten({x}, {e, sqrt(e) * total, tanh(x)}, joined, {ramp({3, 4})}),
            "Fused{exp, tanh} Sum Fused{sqrt, mul}");
}

TEST(Joining, half_precision_is_rounded_between) {
  const Variable x = TensorType(float16, {false})("x");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {e, e * x + e}, joined, {ramp({20}, 0.037).astype(float16)}),
            "Fused{exp, mul, add}");
}

TEST(Joining, a_kernel_has_no_more_arrays_than_it_can_hold) {
  const Variable x = vec("x");
  Variables outputs;
  Variable y = x;
  for (int i = 0; i < 100; ++i) outputs.push_back(y = tanh(y) + 0.5);
  FunctionGraph fgraph({x}, outputs);
  joined->apply(fgraph);
  EXPECT_LE(fgraph.size(), 5u);
  for (const Apply& node : fgraph.apply_nodes())
    EXPECT_LE(node.inputs().size() + node.outputs().size(), 32u);
  rewritten({x}, outputs, joined, {ramp({5})});
}
