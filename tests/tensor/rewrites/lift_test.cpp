// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/rewrites/lift.h"

#include <gtest/gtest.h>

#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/join.h"
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
  NDArray all = NDArray::arange(size).astype(float64);
  for (double& v : all.span<double>()) v = v * 0.3 - 0.7;
  return all.reshape(shape);
}
Variable mat(const char* name) { return TensorType(float64, {false, false})(name); }
Variable vec(const char* name) { return TensorType(float64, {false})(name); }
const rewrite::RewriterRef shuffles = local({{"merge", local_dimshuffle_merge},
                                             {"useless", local_useless_dimshuffle},
                                             {"lift", local_dimshuffle_lift}});
const rewrite::RewriterRef slices = local({{"lift", local_subtensor_lift},
                                           {"useless", local_useless_subtensor},
                                           {"shuffle", local_subtensor_of_dimshuffle}});
const rewrite::RewriterRef casts =
    local({{"cast_cast", local_cast_cast}, {"useless_cast", local_useless_cast}});
}  // namespace

TEST(Lift, a_dimshuffle_that_changes_nothing_goes) {
  const Variable x = mat("x");
  const Variable same = DimShuffle({0, 1}).make_node({x}).outputs()[0];
  EXPECT_EQ(rewritten({x}, {exp(same)}, shuffles, {ramp({2, 3})}), "Elemwise{exp}");
}

TEST(Lift, two_dimshuffles_become_one_or_none) {
  const Variable x = mat("x");
  EXPECT_EQ(
      rewritten({x}, {x.dimshuffle({1, "x", 0}).dimshuffle({2, 0, 1})}, shuffles, {ramp({2, 3})}),
      "DimShuffle");
  EXPECT_EQ(rewritten({x}, {exp(transpose(transpose(x)))}, shuffles, {ramp({2, 3})}),
            "Elemwise{exp}");
}

TEST(Lift, a_dimshuffle_goes_below_an_elementwise_node_that_it_alone_reads) {
  const Variable x = mat("x"), v = vec("v");
  EXPECT_EQ(rewritten({x}, {sqrt(transpose(exp(x)))}, shuffles, {ramp({2, 3})}),
            "DimShuffle Elemwise{exp} Elemwise{sqrt}");
  EXPECT_EQ(rewritten({x, v}, {transpose(x + v)}, shuffles, {ramp({2, 3}), ramp({3})}),
            "DimShuffle DimShuffle Elemwise{add}");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x}, {transpose(e), e}, shuffles, {ramp({2, 3})}),
            "Elemwise{exp} DimShuffle");
}

TEST(Lift, a_subtensor_goes_below_an_elementwise_node_that_it_alone_reads) {
  const Variable x = mat("x"), v = vec("v");
  const std::vector<NDArray> values{ramp({4, 3}), ramp({3})};
  EXPECT_EQ(rewritten({x, v}, {exp(x)[{slice(1, std::nullopt, 2)}]}, slices, values),
            "Subtensor Elemwise{exp}");
  EXPECT_EQ(rewritten({x, v}, {(x * v)[1]}, slices, values),
            "DimShuffle Subtensor Subtensor Elemwise{mul}");
  EXPECT_EQ(rewritten({x, v}, {(x * v)[{slice(1, 3), slice(0, 2)}]}, slices, values),
            "DimShuffle Subtensor Subtensor Elemwise{mul}");
  EXPECT_EQ(
      rewritten({x, v}, {(x * v)[{slice(std::nullopt, std::nullopt, -1), -1}]}, slices, values),
      "DimShuffle Subtensor Subtensor Elemwise{mul}");
  const Variable e = exp(x);
  EXPECT_EQ(rewritten({x, v}, {e[0], e}, slices, values), "Elemwise{exp} Subtensor");
}

TEST(Lift, symbolic_bounds_go_with_the_subtensor) {
  const Variable x = vec("x"), n = TensorType(int64, {})("n");
  NDArray two = NDArray::full({}, 2, int64);
  EXPECT_EQ(rewritten({x, n}, {(x * x)[{slice(n, std::nullopt)}]}, slices, {ramp({5}), two}),
            "Subtensor Subtensor Elemwise{mul}");
  EXPECT_EQ(rewritten({x, n}, {exp(x)[n]}, slices, {ramp({5}), two}), "Subtensor Elemwise{exp}");
}

TEST(Lift, a_subtensor_of_a_dimshuffle_reaches_the_elementwise_node_behind_it) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {transpose(exp(x))[1]}, slices, {ramp({4, 3})}),
            "Subtensor Elemwise{exp}");
  EXPECT_EQ(rewritten({x}, {transpose(x)[1]}, slices, {ramp({4, 3})}), "DimShuffle Subtensor");
}

TEST(Lift, what_is_computed_of_a_join_is_computed_of_its_parts) {
  const rewrite::RewriterRef joins = local({{"join", local_elemwise_of_join}});
  const Variable x = mat("x"), y = mat("y"), row = TensorType(float64, {true, false})("row"),
                 column = TensorType(float64, {false, true})("column");
  const Variable both = join(0, {x, y});
  const std::vector<NDArray> values{ramp({2, 3}), ramp({4, 3}), ramp({1, 3})};
  EXPECT_EQ(rewritten({x, y, row}, {exp(both) * row}, joins, values),
            "Elemwise{exp} Elemwise{exp} Elemwise{mul} Elemwise{mul} Join");
  EXPECT_EQ(rewritten({x, y}, {both * both}, joins, {ramp({2, 3}), ramp({4, 3})}),
            "Elemwise{mul} Elemwise{mul} Join");
  // Somebody else reads the whole, or what stands beside it has a length of its own there.
  EXPECT_EQ(rewritten({x, y}, {exp(both), both}, joins, {ramp({2, 3}), ramp({4, 3})}),
            "Join Elemwise{exp}");
  EXPECT_EQ(
      rewritten({x, y, column}, {both + column}, joins, {ramp({2, 3}), ramp({4, 3}), ramp({6, 1})}),
      "Join Elemwise{add}");
  // An axis that stretches in one part alone.
  EXPECT_EQ(rewritten({column, x, row}, {join(0, {column, x}) + row}, joins,
                      {ramp({2, 1}), ramp({4, 1}), ramp({1, 3})}),
            "Join Elemwise{add}");
}

TEST(Lift, a_subtensor_of_everything_goes) {
  const Variable x = mat("x");
  EXPECT_EQ(rewritten({x}, {exp(x[{slice(), slice(0, std::nullopt)}])}, slices, {ramp({4, 3})}),
            "Elemwise{exp}");
  EXPECT_EQ(rewritten({x}, {exp(x[{slice()}])}, slices, {ramp({4, 3})}), "Elemwise{exp}");
  EXPECT_EQ(rewritten({x}, {x[{slice(1, std::nullopt)}]}, slices, {ramp({4, 3})}), "Subtensor");
}

TEST(Lift, casts_that_lose_nothing_on_the_way_become_one_or_none) {
  const Variable i = TensorType(int32, {false})("i");
  const NDArray value = NDArray::arange(5).astype(int32);
  EXPECT_EQ(rewritten({i}, {cast(cast(i, float64), float32)}, casts, {value}),
            "Elemwise{cast_float32}");
  EXPECT_EQ(rewritten({i}, {-cast(cast(i, int64), int32)}, casts, {value}), "Elemwise{neg}");
  EXPECT_EQ(rewritten({i}, {cast(cast(i, int8), int64)}, casts, {value}),
            "Elemwise{cast_int8} Elemwise{cast_int64}");
  EXPECT_EQ(rewritten({i}, {cast(cast(i, float32), float64)}, casts, {value}),
            "Elemwise{cast_float32} Elemwise{cast_float64}");
}

TEST(Lift, a_cast_to_its_own_dtype_goes) {
  const Variable x = vec("x");
  const Variable same = elementwise(scalars::op::cast(float64), {x});
  EXPECT_EQ(rewritten({x}, {exp(same)}, casts, {ramp({3})}), "Elemwise{exp}");
}
