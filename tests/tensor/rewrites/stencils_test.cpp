// SPDX-License-Identifier: BSD-3-Clause
// Graphs of shifted slices whose results are set into arrays: what they become, and what memory
// they take. Values were computed by NumPy.
#include <gtest/gtest.h>

#include <algorithm>

#include "kroton/graph/op.h"
#include "kroton/kernel/overlay.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;
const Slice inner = slice(1, -1), low = slice({}, -2), high = slice(2);

// n squares over 8, row by row.
NDArray squares(const Shape& shape) {
  NDArray x = NDArray::zeros(shape);
  double i = 0;
  for (double& v : x.span<double>()) v = i * i / 8, i += 1;
  return x;
}
Variable heat_step(const Variable& u) {
  const Variable around = u[{high, inner}] + u[{low, inner}] + u[{inner, high}] + u[{inner, low}];
  const Variable c = u[{inner, inner}];
  return T::set_subtensor(c, c + 0.25 * (around - 4.0 * c));
}
std::string words(const Function& fn) {
  std::string all;
  for (const Apply& node : fn.nodes()) all += (all.empty() ? "" : "; ") + node.op().text();
  return all;
}
// Buffers that a call takes, once the plan is made.
template <class Call>
std::int64_t allocations(const Call& call) {
  call();
  const std::int64_t before = memory_statistics().allocations;
  call();
  return memory_statistics().allocations - before;
}
}  // namespace

TEST(Stencils, a_heat_step_is_one_kernel_that_takes_nothing_but_its_output) {
  const Variable u = dmatrix("u");
  const Function step = function({u}, heat_step(u));
  EXPECT_EQ(words(step), "Fused{add, add, add, mul, sub, mul, add, set_subtensor}");
  const NDArray x = squares({4, 5});
  EXPECT_EQ(NDArray(step(x)).to_vector<double>(),
            (List{0.0,  0.125, 0.5,    1.125, 2.0,  3.125,  6.125, 7.75,   9.625, 10.125,
                  12.5, 16.75, 19.625, 22.75, 24.5, 28.125, 32.0,  36.125, 40.5,  45.125}));
  EXPECT_EQ(x.to_vector<double>(), squares({4, 5}).to_vector<double>());
  EXPECT_EQ(allocations([&] { step(x); }), 1);
}

TEST(Stencils, too_few_points_for_an_interior_are_copied) {
  const Variable u = dmatrix("u");
  const Function step = function({u}, heat_step(u));
  for (const Shape& shape : {Shape{2, 5}, Shape{1, 1}, Shape{0, 5}, Shape{4, 1}, Shape{0, 0}}) {
    const NDArray x = squares(shape);
    EXPECT_EQ(NDArray(step(x)).to_vector<double>(), x.to_vector<double>());
  }
}

TEST(Stencils, steps_of_one_function_take_turns_in_two_arrays) {
  const Variable u = dmatrix("u");
  const Function three = function({u}, heat_step(heat_step(heat_step(u))));
  EXPECT_EQ(three.nodes().size(), 3U);
  const NDArray x = squares({4, 5});
  EXPECT_EQ(NDArray(three(x)).to_vector<double>(),
            (List{0.0,       0.125,      0.5,    1.125,  2.0,        3.125,      7.4453125,
                  9.6796875, 10.9453125, 10.125, 12.5,   18.0703125, 21.5546875, 24.0703125,
                  24.5,      28.125,     32.0,   36.125, 40.5,       45.125}));
}

TEST(Stencils, seven_points_in_three_dimensions_are_one_kernel) {
  const Variable u = dtensor3("u");
  const Variable c = u[{inner, inner, inner}];
  const Variable around = u[{high, inner, inner}] + u[{low, inner, inner}] +
                          u[{inner, high, inner}] + u[{inner, low, inner}] +
                          u[{inner, inner, high}] + u[{inner, inner, low}];
  const Function step = function({u}, T::set_subtensor(c, c + 0.125 * (around - 6.0 * c)));
  EXPECT_EQ(step.nodes().size(), 1U);
  List expected = squares({3, 3, 3}).to_vector<double>();
  expected[13] = 23.96875;
  EXPECT_EQ(NDArray(step(squares({3, 3, 3}))).to_vector<double>(), expected);
}

TEST(Stencils, differences_of_computed_arrays_take_no_array_between) {
  const Variable h = dvector("h"), u = dvector("u");
  const Variable flux = u * (h[{slice(1)}] + h[{slice({}, -1)}]);
  const Function divergence = function({h, u}, flux[{slice(1)}] - flux[{slice({}, -1)}]);
  EXPECT_EQ(divergence.nodes().size(), 1U);
  EXPECT_EQ(NDArray(divergence(array({1., 2., 4., 8.}), array({1., 3., 2.}))).to_vector<double>(),
            (List{15, 6}));
  EXPECT_EQ(allocations([&] { divergence(array({1., 2., 4., 8.}), array({1., 3., 2.})); }), 3);
}

TEST(Stencils, fields_that_are_masked_read_their_neighbours_once) {
  const Variable h = dmatrix("h"), land = bmatrix("land");
  const Variable c = h[{inner, inner}];
  const Variable dx = h[{inner, high}] - h[{inner, low}], dy = h[{high, inner}] - h[{low, inner}];
  const Variable wet = T::eq(land[{inner, inner}], 0);
  const Variable u = T::set_subtensor(c, T::where(wet, c - 0.5 * dx, 0.0)),
                 v = T::set_subtensor(c, T::where(wet, c - 0.5 * dy * dx, 0.0));
  const Function step = function({h, land}, {u, v});
  NDArray x = NDArray::arange(20).astype(float64).reshape({4, 5}),
          mask = NDArray::zeros({4, 5}, int8);
  for (double& value : x.span<double>()) value /= 4;
  for (std::size_t i = 0; i < 20; i += 3) mask.span<std::int8_t>()[i] = 1;
  const auto out = step(x, mask);
  EXPECT_EQ(out.array(0).to_vector<double>(),
            (List{0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 0.0, 1.5,  1.75, 2.25,
                  2.5, 2.5,  0.0, 3.0,  3.5, 3.75, 4.0, 4.25, 4.5,  4.75}));
  EXPECT_EQ(out.array(1).to_vector<double>(),
            (List{0.0, 0.25,  0.5, 0.75,  1.0, 1.25, 0.0, 1.125, 1.375, 2.25,
                  2.5, 2.125, 0.0, 2.625, 3.5, 3.75, 4.0, 4.25,  4.5,   4.75}));
  EXPECT_LE(step.nodes().size(), 2U) << words(step);
}

TEST(Stencils, borders_are_set_into_the_array_that_was_just_computed) {
  const Variable u = dmatrix("u");
  Variable v = exp(u) - 1.0;
  v = T::set_subtensor(v[0], 0);
  v = T::set_subtensor(v[-1], 0);
  v = T::set_subtensor(v[{slice(), 0}], v[{slice(), 1}]);
  const Function fn = function({u}, v * 2.0);
  EXPECT_EQ(allocations([&] { fn(NDArray::zeros({6, 7})); }), 2) << words(fn);
  const NDArray z = fn(NDArray::full({3, 3}, 0.0));
  EXPECT_EQ(z.to_vector<double>(), List(9, 0.0));
}

TEST(Stencils, an_array_of_zeros_is_never_made_to_be_set_into) {
  const Variable x = dvector("x");
  const Variable padded =
      T::set_subtensor(T::zeros({x.shape()[0] + 2}, float64)[{inner}], T::sqr(x));
  const Function pad = function({x}, padded);
  EXPECT_TRUE(words(pad).ends_with("; Fused{alloc, sqr, set_subtensor}")) << words(pad);
  EXPECT_EQ(NDArray(pad(array({1., 2., 3.}))).to_vector<double>(), (List{0, 1, 4, 9, 0}));
}

TEST(Stencils, a_box_that_is_made_of_itself_may_be_changed_where_it_lies) {
  const Variable u = dmatrix("u");
  const Variable part = u[{slice(1, 3), slice(2)}];
  const Function step = function({u}, T::set_subtensor(part, 2.0 * part + 1.0));
  ASSERT_EQ(words(step), "Fused{mul, add, set_subtensor}");
  const auto changes = step.nodes()[0].op().kernel(step.nodes()[0]);
  EXPECT_TRUE(kernel::may_overlay(*changes, 0, 1)) << kernel::readable(*changes);
  for (const Shape& shape : {Shape{6, 5}, Shape{2, 3}, Shape{1, 5}, Shape{4, 1}, Shape{0, 0}}) {
    List expected = squares(shape).to_vector<double>();
    for (std::int64_t i = 1; i < std::min<std::int64_t>(3, shape[0]); ++i) {
      for (std::int64_t j = 2; j < shape[1]; ++j) {
        double& x = expected[static_cast<std::size_t>(i * shape[1] + j)];
        x = 2 * x + 1;
      }
    }
    EXPECT_EQ(NDArray(step(squares(shape))).to_vector<double>(), expected);
  }
  // Beside itself: no.
  const Variable v = dvector("v");
  const Function shift = function({v}, T::set_subtensor(v[{slice(2, 6)}], v[{slice(1, 5)}] + 1.0));
  EXPECT_FALSE(kernel::may_overlay(*shift.nodes()[0].op().kernel(shift.nodes()[0]), 0, 1));
  EXPECT_EQ(NDArray(shift(squares({8}))).to_vector<double>(),
            (List{0.0, 0.125, 1.125, 1.5, 2.125, 3.0, 4.5, 6.125}));
}

TEST(Stencils, slices_of_other_lengths_are_named) {
  const Variable u = dvector("u"), v = dvector("v");
  const Function fn = function({u, v}, T::sqr(u[{inner}]) + v[{slice(2)}]);
  try {
    fn(NDArray::zeros({5}), NDArray::zeros({6}));
    ADD_FAILURE();
  } catch (const ShapeError& error) {
    EXPECT_EQ(
        std::string(error.what()).substr(0, std::string(error.what()).find('\n')),
        "sqr, add: max(0, (v.shape[0] - 2)) is 4 and max(0, (u.shape[0] - 2)) is 3; both must be equal");
  }
  EXPECT_EQ(NDArray(fn(NDArray::zeros({5}), NDArray::zeros({5}))).to_vector<double>(),
            (List{0, 0, 0}));
}

TEST(Stencils, nothing_is_written_backward_into_nothing) {
  const Variable x = dmatrix("x");
  const Function fn =
      function({x}, T::inc_subtensor(x[{slice(1)}][{slice({}, {}, -1)}], 1.5) * 2.0);
  EXPECT_EQ(NDArray(fn(NDArray::zeros({1, 4}))).shape(), (Shape{0, 4}));
  EXPECT_EQ(NDArray(fn(NDArray::zeros({2, 1}))).to_vector<double>(), List{3.0});
}
