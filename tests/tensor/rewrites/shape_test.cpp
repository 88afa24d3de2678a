// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/shape.h"

#include <gtest/gtest.h>

#include "kroton/compile/view.h"
#include "kroton/gradient/stop.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/subtensor.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::local;
using rewriting::rewritten;

namespace {
NDArray ramp(Shape shape) {
  std::int64_t size = 1;
  for (std::int64_t n : shape) size *= n;
  return NDArray::arange(size).astype(float64).reshape(shape);
}
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
Variable vec(const char* name) { return TensorType(float64, {false})(name); }
const rewrite::RewriterRef shapes = rewrite::make_rewriter("shape_graphs", shape_graphs);
const rewrite::RewriterRef useless = rewrite::make_rewriter("useless_shapes", useless_shapes);
const rewrite::RewriterRef reshapes =
    local({{"chain", local_reshape_chain}, {"lift", local_reshape_lift}});
const rewrite::RewriterRef flags =
    local({{"useless", local_useless_rebroadcast}, {"lift", local_rebroadcast_lift}});
}  // namespace

TEST(ShapeRewrites, the_shape_of_a_computed_array_needs_no_values) {
  const Variable x = mat("x"), y = mat("y");
  const std::vector<NDArray> values{ramp({2, 3}), ramp({2, 3})};
  EXPECT_EQ(rewritten({x, y}, {Shape_i(1)(tanh(exp(x) * y))}, shapes, values), "Shape_i");
  EXPECT_EQ(rewritten({x, y}, {ShapeOf()(transpose(exp(x)))}, shapes, values),
            "Shape_i Shape_i MakeVector");
  EXPECT_EQ(rewritten({x, y}, {ShapeOf()(sum(x * y, 0))}, shapes, values),
            "Shape_i MakeVector Rebroadcast");
  EXPECT_EQ(rewritten({x, y}, {Shape_i(0)(x)}, shapes, values), "Shape_i");
}

TEST(ShapeRewrites, a_deep_graph_is_walked_once_for_all_its_shapes) {
  const Variable x = vec("x");
  Variable y = x;
  Variables lengths;
  for (int i = 0; i < 2000; ++i) {
    y = exp(y);
    lengths.push_back(Shape_i(0)(y));
  }
  FunctionGraph fgraph({x}, lengths);
  shapes->apply(fgraph);
  for (const Apply& node : fgraph.apply_nodes()) EXPECT_TRUE(as<Shape_i>(node));
}

TEST(ShapeRewrites, a_filled_array_that_meets_one_of_its_shape_is_its_value) {
  const Variable x = mat("x"), n = TensorType(int64, {})("n");
  const std::vector<NDArray> values{ramp({2, 3}), NDArray::full({}, 3, int64)};
  EXPECT_EQ(rewritten({x, n}, {exp(x) + fill(x, 2.0)}, useless, values).find("Alloc"),
            std::string::npos);
  EXPECT_EQ(
      rewritten({x, n}, {x * alloc(2.0, {x.shape(0), x.shape(1)})}, useless, values).find("Alloc"),
      std::string::npos);
  // Whether n is the length is known only when it runs.
  EXPECT_NE(rewritten({x, n}, {x + alloc(2.0, {x.shape(0), n})}, useless, values).find("Alloc"),
            std::string::npos);
}

TEST(ShapeRewrites, of_two_filled_arrays_one_keeps_the_shape) {
  const Variable n = TensorType(int64, {})("n");
  const std::string left =
      rewritten({n}, {alloc(1.0, {n}) + alloc(2.0, {n})}, useless, {NDArray::full({}, 3, int64)});
  EXPECT_EQ(left.find("Alloc"), left.rfind("Alloc"));
  EXPECT_NE(left.find("Alloc"), std::string::npos);
}

TEST(ShapeRewrites, reshapes_and_assertions_that_change_nothing_go) {
  const Variable x = mat("x");
  const std::vector<NDArray> values{ramp({2, 3})};
  EXPECT_EQ(
      rewritten({x}, {exp(reshape(x, {x.shape(0), x.shape(1)}))}, useless, values).find("Reshape"),
      std::string::npos);
  EXPECT_EQ(rewritten({x}, {exp(specify_shape(x, {x.shape(0), x.shape(1)}))}, useless, values)
                .find("SpecifyShape"),
            std::string::npos);
  EXPECT_NE(
      rewritten({x}, {exp(reshape(x, {x.shape(1), x.shape(0)}))}, useless, values).find("Reshape"),
      std::string::npos);
  EXPECT_NE(rewritten({x}, {exp(specify_shape(x, {2, x.shape(1)}))}, useless, values)
                .find("SpecifyShape"),
            std::string::npos);
}

TEST(ShapeRewrites, second_reads_its_first_input_for_the_shape_alone) {
  const Variable x = mat("x"), v = vec("v");
  const auto fills = local({{"fill", local_fill_to_alloc}});
  EXPECT_EQ(rewritten({x, v}, {Elemwise(scalars::op::second)(exp(x), v)}, fills,
                      {ramp({2, 3}), ramp({3})})
                .find("second"),
            std::string::npos);
}

TEST(ShapeRewrites, a_chain_of_reshapes_is_the_last_one) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {reshape(flatten(x), {3, 2})}, reshapes, {ramp({2, 3})}), "Reshape");
}

TEST(ShapeRewrites, a_reshape_goes_below_an_elementwise_node_of_one_array) {
  const Variable x = mat("x"), y = mat("y");
  const std::vector<NDArray> values{ramp({2, 3}), ramp({2, 3})};
  const std::string one = rewritten({x, y}, {reshape(exp(x), {3, 2}) * 2.0}, reshapes, values);
  EXPECT_LT(one.find("Reshape"), one.find("exp"));
  const std::string both = rewritten({x, y}, {exp(reshape(x * y, {6}))}, reshapes, values);
  EXPECT_LT(both.find("mul"), both.find("Reshape"));
}

TEST(ShapeRewrites, a_rebroadcast_that_changes_nothing_goes_and_others_sink) {
  const Variable x = mat("x");
  const std::vector<NDArray> values{ramp({1, 3})};
  const Variable same = Rebroadcast({{0, false}})(x), row = Rebroadcast({{0, true}})(exp(x));
  EXPECT_EQ(rewritten({x}, {exp(same)}, flags, values), "Elemwise{exp}");
  EXPECT_EQ(rewritten({x}, {row}, flags, values), "Rebroadcast Elemwise{exp}");
}

TEST(ShapeRewrites, what_only_gradients_look_at_goes) {
  const Variable x = vec("x");
  const auto views = local({{"view", local_view_op}});
  EXPECT_EQ(rewritten({x}, {exp(disconnected_grad(grad_scale(x, 2.0)))}, views, {ramp({3})}),
            "Elemwise{exp}");
  EXPECT_EQ(rewritten({x}, {exp(ViewOp()(x))}, views, {ramp({3})}), "Elemwise{exp}");
}
