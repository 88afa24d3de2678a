// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/stages.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/rewrites/fusion.h"
#include "kroton/tensor/rewrites/install.h"
#include "kroton/tensor/rewrites/joining.h"
#include "kroton/tensor/type.h"
#include "tests/tensor/rewrites/evaluate.h"

using namespace kroton;
using namespace kroton::tensor;
using rewriting::rewritten;

namespace {
const rewrite::RewriterRef staged = rewrite::make_sequence(
    "staged", {rewriting::local({{"constant_folding", rewrite::constant_folding}}),
               rewrite::make_rewriter("fuse", fuse), rewrite::make_rewriter("join", join_kernels),
               rewrite::make_rewriter("stages", fuse_stages)});

NDArray ramp(Shape shape) {
  NDArray all = NDArray::arange(shape[0] * shape[1]).astype(float64);
  for (double& v : all.span<double>()) v = v * 0.3 - 1.7;
  return all.reshape(shape);
}
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
}  // namespace

TEST(Stages, a_sum_along_rows_and_what_is_divided_by_it_are_one_kernel) {
  const Variable x = mat("x");
  const Variable e = exp(x - max(x, 1, {.keepdims = true}));
  EXPECT_EQ(rewritten({x}, {e / sum(e, 1, {.keepdims = true})}, staged, {ramp({4, 5})}),
            "Fused{max, sub, exp, sum, true_div}");
}

TEST(Stages, columns_are_not_kept_in_the_cache_and_stay_apart) {
  const Variable x = mat("x");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {e / sum(e, 0, {.keepdims = true})}, staged, {ramp({4, 5})}),
            "Elemwise{exp} Sum Fused{true_div}");
}

TEST(Stages, a_layer_norm_is_one_kernel) {
  rewrite::Database db;
  rewrite::install_rewrites(db);
  tensor::install_rewrites(db);
  const Variable x = mat("x");
  const Variable centred = x - mean(x, 1, {.keepdims = true});
  const Variable scale = sqrt(mean(centred * centred, 1, {.keepdims = true}) + 1e-5);
  const std::string words =
      rewritten({x}, {centred / scale}, db.query(rewrite::Query::parse("fast_run")), {ramp({4, 5})},
                rewriting::Values::close);
  EXPECT_TRUE(words.starts_with("Fused{")) << words;
  EXPECT_EQ(words.find("} "), std::string::npos) << words;
}

TEST(Stages, reductions_of_one_array_are_one_kernel) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {sum(x, 1), sum(x * x, 1), max(x, 1)}, staged, {ramp({4, 5})}),
            "Fused{sum, max, mul, sum}");
}

TEST(Stages, reductions_along_different_axes_stay_apart) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {sum(x, 0), max(x, 1)}, staged, {ramp({4, 5})}), "Sum Max");
}

TEST(Stages, a_result_that_is_read_at_another_point_is_stored_before) {
  const Variable x = mat("x");
  // The sums of rows meet the columns.
  EXPECT_EQ(rewritten({x}, {x + sum(x, 1)}, staged, {ramp({4, 4})}), "Sum Fused{add}");
}

TEST(Stages, a_result_that_is_an_output_too_is_stored) {
  const Variable x = mat("x");
  const Variable total = sum(x, 1, {.keepdims = true});
  EXPECT_EQ(rewritten({x}, {x / total, total}, staged, {ramp({4, 5})}).find("Sum"),
            std::string::npos);
}

namespace {
// How many arrays the one kernel of the graph writes.
std::size_t written(const Variables& inputs, const Variables& outputs) {
  FunctionGraph fgraph(inputs, outputs);
  staged->apply(fgraph);
  const std::vector<Apply> nodes = fgraph.toposort();
  EXPECT_EQ(nodes.size(), 1u) << rewriting::words(fgraph);
  return nodes.back().outputs().size();
}
}  // namespace

TEST(Stages, a_result_lies_where_the_array_lay_that_it_is_made_of) {
  const Variable x = mat("x");
  const Variable e = exp(x - max(x, 1, {.keepdims = true})), total = sum(e, 1, {.keepdims = true});
  EXPECT_EQ(written({x}, {e / total}), 1u);
  // Of an array that others see, and of one of another dtype: no.
  EXPECT_EQ(written({x}, {e / total, e}), 2u);
  EXPECT_EQ(written({x}, {cast(e / total, float32)}), 2u);
  const std::vector<NDArray> value{ramp({4, 5})};
  EXPECT_EQ(rewritten({x}, {e / total, e}, staged, value), "Fused{max, sub, exp, sum, true_div}");
  EXPECT_EQ(rewritten({x}, {cast(e / total, float32)}, staged, value),
            "Fused{max, sub, exp, sum, true_div, cast_float32}");
}

TEST(Stages, an_extremum_of_no_element_is_the_same_error_when_other_stages_read_it) {
  const Variable x = mat("x");
  const Variable centred = x - max(x, 1, {.keepdims = true});
  EXPECT_EQ(rewritten({x}, {exp(centred)}, staged, {ramp({4, 5})}), "Fused{max, sub, exp}");
  FunctionGraph fgraph({x}, {exp(centred)});
  staged->apply(fgraph);
  EXPECT_THROW(rewriting::evaluate(fgraph, {NDArray::zeros({4, 0})}), Error);
  EXPECT_EQ(rewriting::evaluate(fgraph, {NDArray::zeros({0, 4})})[0].shape(), (Shape{0, 4}));
}
