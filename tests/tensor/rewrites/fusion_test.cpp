// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/fusion.h"

#include <gtest/gtest.h>

#include <chrono>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/lift.h"
#include "kroton/tensor/subtensor.h"
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

TEST(Fusion, elementwise_nodes_become_one_kernel) {
  const Variable x = mat("x"), y = mat("y");
  EXPECT_EQ(rewritten({x, y}, {tanh(x) * exp(y) + x}, fusion, {ramp({3, 4}), ramp({3, 4}, 0.2)}),
            "Fused{tanh, exp, mul, add}");
}

TEST(Fusion, a_chain_of_fifty_is_one_kernel) {
  const Variable x = vec("x");
  Variable y = x;
  for (int i = 0; i < 25; ++i) y = tanh(y) + 0.5;
  EXPECT_EQ(rewritten({x}, {y}, fusion, {ramp({7})}),
            "Fused{tanh, add, tanh, add, tanh, add, tanh, add, 42 more}");
}

TEST(Fusion, constants_of_one_element_are_part_of_the_kernel) {
  const Variable x = vec("x");
  FunctionGraph fgraph({x}, {x * 2.0});
  fusion->apply(fgraph);
  ASSERT_EQ(fgraph.size(), 1u);
  EXPECT_EQ(fgraph.outputs()[0].owner().inputs().size(), 1u);
  EXPECT_EQ(rewritten({x}, {x * 2.0}, fusion, {ramp({5})}), "Fused{mul}");
}

TEST(Fusion, a_producer_that_is_read_twice_in_one_kernel_is_computed_once) {
  const Variable x = vec("x");
  const Variable e = exp(x);
  FunctionGraph fgraph({x}, {e * e + sqrt(e)});
  fusion->apply(fgraph);
  ASSERT_EQ(fgraph.size(), 1u);
  const auto kernel = fgraph.outputs()[0].owner().op().kernel(fgraph.outputs()[0].owner());
  int exps = 0;
  for (const auto& expr : kernel->exprs) {
    exps += expr.kind == kernel::ExprKind::apply &&
            kernel->functions[static_cast<std::size_t>(expr.number)]->name == "exp";
  }
  EXPECT_EQ(exps, 1);
}

TEST(Fusion, producers_go_into_a_reduction) {
  const Variable x = mat("x"), y = mat("y");
  EXPECT_EQ(rewritten({x, y}, {sum(exp(x) * y, 1)}, fusion, {ramp({3, 4}), ramp({3, 4}, 0.3)}),
            "Fused{exp, mul, sum}");
  EXPECT_EQ(rewritten({x}, {max(abs(x), 0)}, fusion, {ramp({3, 4})}), "Fused{abs, max}");
  EXPECT_EQ(rewritten({x}, {sum(x * x)}, fusion, {ramp({3, 4})}), "Fused{mul, sum}");
}

TEST(Fusion, transposes_and_new_axes_are_read_through) {
  const Variable x = mat("x"), v = vec("v");
  EXPECT_EQ(rewritten({x}, {exp(transpose(tanh(x))) + 1.0}, fusion, {ramp({3, 4})}),
            "Fused{tanh, exp, add}");
  EXPECT_EQ(rewritten({x, v}, {exp(x) + v}, fusion, {ramp({3, 4}), ramp({4})}), "Fused{exp, add}");
}

TEST(Fusion, a_dear_producer_is_not_repeated_for_every_row) {
  const Variable x = mat("x"), v = vec("v");
  EXPECT_EQ(rewritten({x, v}, {x + exp(v)}, fusion, {ramp({3, 4}), ramp({4})}),
            "Elemwise{exp} Fused{add}");
  EXPECT_EQ(rewritten({x, v}, {x * (v + 1.0)}, fusion, {ramp({3, 4}), ramp({4})}),
            "Fused{add, mul}");
}

TEST(Fusion, a_dear_producer_with_readers_in_different_kernels_is_stored) {
  const Variable x = mat("x");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {sum(e, 0), sum(e, 1)}, fusion, {ramp({3, 4})}),
            "Elemwise{exp} Sum Sum");
}

TEST(Fusion, a_cheap_producer_is_computed_again) {
  const Variable x = mat("x");
  const Variable e = x + 1.0;
  EXPECT_EQ(rewritten({x}, {sum(e, 0), sum(e, 1)}, fusion, {ramp({3, 4})}),
            "Fused{add, sum} Fused{add, sum}");
}

TEST(Fusion, an_output_of_the_graph_is_stored) {
  const Variable x = mat("x");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {e, sqrt(e)}, fusion, {ramp({3, 4}, 1)}),
            "Elemwise{exp} Elemwise{sqrt}");
}

TEST(Fusion, a_view_of_an_output_stays_a_view) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {transpose(exp(x))}, fusion, {ramp({3, 4})}),
            "Elemwise{exp} DimShuffle");
}

TEST(Fusion, slices_of_one_input_are_places_where_the_kernel_reads_it) {
  const Variable x = vec("x");
  const Variable inner = x[{slice(1, -1)}], left = x[{slice(0, -2)}],
                 right = x[{slice(2, std::nullopt)}];
  EXPECT_EQ(rewritten({x}, {left + right - 2.0 * inner}, fusion, {ramp({9})}),
            "Fused{add, mul, sub}");
}

TEST(Fusion, a_slice_of_a_computed_array_computes_the_slice) {
  const Variable x = vec("x"), y = vec("y");
  const auto both = rewrite::make_sequence(
      "both", {rewriting::local({{"local_subtensor_lift", local_subtensor_lift}}), fusion});
  EXPECT_EQ(rewritten({x, y}, {exp(x * y)[{slice(2, std::nullopt, 2)}] + 1.0}, both,
                      {ramp({9}), ramp({9})}),
            "Fused{mul, exp, add}");
}

TEST(Fusion, lengths_that_differ_are_still_an_error) {
  const Variable x = vec("x"), y = vec("y"), z = vec("z");
  FunctionGraph fgraph({x, y, z}, {exp(x) * 2.0 + tanh(y) * z});
  fusion->apply(fgraph);
  ASSERT_EQ(fgraph.size(), 1u);
  EXPECT_THROW(rewriting::evaluate(fgraph, {ramp({3}), ramp({3}), ramp({4})}), ShapeError);
  EXPECT_THROW(rewriting::evaluate(fgraph, {ramp({4}), ramp({3}), ramp({3})}), ShapeError);
  EXPECT_NO_THROW(rewriting::evaluate(fgraph, {ramp({3}), ramp({3}), ramp({3})}));
}

TEST(Fusion, half_precision_is_rounded_where_it_would_have_been_stored) {
  const Variable x = TensorType(float16, {false})("x");
  EXPECT_EQ(rewritten({x}, {exp(x) * x + x}, fusion, {ramp({20}, 0.037).astype(float16)}),
            "Fused{exp, mul, add}");
}

TEST(Fusion, integers_and_casts) {
  const Variable x = TensorType(int8, {false})("x");
  EXPECT_EQ(
      rewritten({x}, {cast(x * x, float64) / 3.0}, fusion, {NDArray::arange(20).astype(int8)}),
      "Fused{mul, cast_float64, true_div}");
}

TEST(Fusion, a_kernel_takes_no_more_arrays_than_it_can_hold) {
  Variables inputs;
  std::vector<NDArray> values;
  for (int i = 0; i < 80; ++i) {
    inputs.push_back(vec("x"));
    values.push_back(ramp({4}, 0.01 * i));
  }
  Variable y = exp(inputs[0]);
  for (int i = 1; i < 80; ++i) y = y * inputs[static_cast<std::size_t>(i)] + 1.0;
  FunctionGraph fgraph(inputs, {y});
  fusion->apply(fgraph);
  EXPECT_GE(fgraph.size(), 3u);
  EXPECT_LE(fgraph.size(), 5u);
  for (const Apply& node : fgraph.apply_nodes()) EXPECT_LE(node.inputs().size(), 32u);
  rewritten(inputs, {y}, fusion, values);
}

TEST(Fusion, ten_thousand_nodes_take_a_few_seconds_at_most) {
  const Variable x = vec("x");
  Variable y = x;
  for (int i = 0; i < 5000; ++i) y = tanh(y) + 0.5;
  FunctionGraph fgraph({x}, {y});
  const auto begin = std::chrono::steady_clock::now();
  fusion->apply(fgraph);
  EXPECT_LE(fgraph.size(), 41u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(12));
}
