// SPDX-License-Identifier: BSD-3-Clause
// New values of shared variables over the old ones: when nobody else holds these, and never so that
// a call that fails changes one.
#include "kroton/base/errors.h"
#include "kroton/compile/function.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/shared.h"
#include "kroton/tensor/subtensor.h"
#include "tests/support/check_error.h"

using namespace kroton;
using namespace kroton::tensor;

namespace {
const void* place(const SharedVariable& w) { return NDArray(w.get_value(true)).raw(); }
std::vector<double> values(const SharedVariable& w) {
  return NDArray(w.get_value()).to_vector<double>();
}
// Buffers that a call takes, once it has been called.
std::int64_t allocations(const Function& f, const Value& argument) {
  f(argument);
  const std::int64_t before = memory_statistics().allocations;
  f(argument);
  return memory_statistics().allocations - before;
}
}  // namespace

TEST(Replacement, a_new_value_is_computed_over_the_old_one) {
  SharedVariable w = shared(array({1., 2., 3.}), "w");
  const Variable x = dvector("x");
  const Function step = function({x}, {}, {.updates = {{w, w * 2. + x}}});
  const void* const before = place(w);
  step(array({1., 1., 1.}));
  EXPECT_EQ(values(w), (std::vector<double>{3, 5, 7}));
  EXPECT_EQ(place(w), before);
  EXPECT_EQ(allocations(step, array({0., 0., 0.})), 0);
}

TEST(Replacement, a_part_of_a_large_array_costs_no_copy_of_it) {
  SharedVariable table = shared(NDArray::zeros({1 << 20, 4}), "table");
  const Variable rows = lvector("rows"), y = dmatrix("y"), i = lscalar("i");
  const void* const before = place(table);
  const Function by_number =
      function({rows, y}, {}, {.updates = {{table, inc_subtensor(table[{rows}], y)}}});
  const Function by_slice =
      function({i, y}, {}, {.updates = {{table, set_subtensor(table[{slice(i, i + 2)}], y)}}});
  by_number(array({3, 1048575, 3}), NDArray::full({3, 4}, 1, float64));
  by_slice(7, NDArray::full({2, 4}, 5, float64));
  EXPECT_EQ(place(table), before);
  const NDArray now = table.get_value(true);
  EXPECT_EQ(now.at<double>({3, 0}), 2);
  EXPECT_EQ(now.at<double>({1048575, 3}), 1);
  EXPECT_EQ(now.at<double>({7, 1}), 5);
  EXPECT_EQ(now.at<double>({8, 3}), 5);
  EXPECT_EQ(now.at<double>({9, 0}), 0);
}

TEST(Replacement, what_somebody_holds_stays_as_it_is) {
  SharedVariable w = shared(array({1., 2.}), "w");
  const Function step = function({}, {}, {.updates = {{w, w + 1.}}});
  const NDArray lent = w.get_value(true);
  const NDArray part = lent.slice({slice(1, 2)});
  step();
  EXPECT_EQ(lent.to_vector<double>(), (std::vector<double>{1, 2}));
  EXPECT_EQ(part.at<double>({0}), 2);
  EXPECT_EQ(values(w), (std::vector<double>{2, 3}));

  NDArray mine = array({5., 6.});
  w.set_value(mine, true);
  step();
  EXPECT_EQ(mine.to_vector<double>(), (std::vector<double>{5, 6}));
  EXPECT_EQ(values(w), (std::vector<double>{6, 7}));

  std::vector<double> foreign{8, 9};
  w.set_value(NDArray::wrap(foreign.data(), {2}, {8}, float64, nullptr), true);
  step();
  EXPECT_EQ(foreign, (std::vector<double>{8, 9}));
  EXPECT_EQ(values(w), (std::vector<double>{9, 10}));
}

TEST(Replacement, an_output_may_be_what_the_variable_held) {
  SharedVariable w = shared(array({1., 2.}), "w");
  const Function old = function({}, Out(w, {.borrow = true}), {.updates = {{w, w * 3.}}});
  const NDArray first = old();
  const NDArray second = old();
  EXPECT_EQ(first.to_vector<double>(), (std::vector<double>{1, 2}));
  EXPECT_EQ(second.to_vector<double>(), (std::vector<double>{3, 6}));
  EXPECT_EQ(values(w), (std::vector<double>{9, 18}));

  SharedVariable v = shared(array({1., 2., 3.}), "v");
  const Variable doubled = v * 2.;
  const Function both = function({}, doubled, {.updates = {{v, doubled}}});
  const NDArray given = both();
  both();
  EXPECT_EQ(given.to_vector<double>(), (std::vector<double>{2, 4, 6}));
  EXPECT_EQ(values(v), (std::vector<double>{4, 8, 12}));
}

TEST(Replacement, updates_read_the_old_values_of_each_other) {
  SharedVariable a = shared(array({1., 2.}), "a"), b = shared(array({10., 20.}), "b");
  const Function mix = function({}, {}, {.updates = {{a, a + b}, {b, a - b}}});
  mix();
  EXPECT_EQ(values(a), (std::vector<double>{11, 22}));
  EXPECT_EQ(values(b), (std::vector<double>{-9, -18}));
  const Function exchange = function({}, {}, {.updates = {{a, b}, {b, a}}});
  exchange();
  EXPECT_EQ(values(a), (std::vector<double>{-9, -18}));
  EXPECT_EQ(values(b), (std::vector<double>{11, 22}));
  SharedVariable n = shared(1.0, "n");
  const Function chain = function({}, {}, {.updates = {{n, n + 1.}, {a, a * n}, {b, b + a}}});
  chain();
  EXPECT_EQ(values(a), (std::vector<double>{-9, -18}));
  EXPECT_EQ(values(b), (std::vector<double>{2, 4}));
  chain();
  EXPECT_EQ(values(a), (std::vector<double>{-18, -36}));
  EXPECT_EQ(values(b), (std::vector<double>{-7, -14}));
}

TEST(Replacement, a_call_that_fails_changes_nothing) {
  SharedVariable count = shared(0.0, "count"), w = shared(array({1., 2., 3.}), "w");
  const Variable i = lvector("i"), x = dvector("x");
  const Function step =
      function({i, x}, {}, {.updates = {{count, count + 1.}, {w, inc_subtensor(w[{i}], x)}}});
  step(array({0, 2}), array({1., 1.}));
  EXPECT_EQ(values(w), (std::vector<double>{2, 2, 4}));
  EXPECT_THROW(step(array({0, 3}), array({1., 1.})), ValueError);
  EXPECT_EQ(values(w), (std::vector<double>{2, 2, 4}));
  EXPECT_EQ(values(count), (std::vector<double>{1}));
  EXPECT_THROW(step(array({0, 1}), array({1., 1., 1.})), ShapeError);
  EXPECT_EQ(values(count), (std::vector<double>{1}));
  {
    const NDArray held = w.get_value(true);  // then both are computed apart
    EXPECT_THROW(step(array({-4, 1}), array({1., 1.})), ValueError);
    EXPECT_EQ(values(count), (std::vector<double>{1}));
    step(array({1, 1}), array({1., 1.}));
    EXPECT_EQ(held.to_vector<double>(), (std::vector<double>{2, 2, 4}));
  }
  EXPECT_EQ(values(w), (std::vector<double>{2, 4, 4}));
  EXPECT_EQ(values(count), (std::vector<double>{2}));
  step(array({-1, 0}), array({1., 1.}));
  EXPECT_EQ(values(w), (std::vector<double>{3, 4, 5}));
}

TEST(Replacement, kernels_that_look_up_values_are_rehearsed_as_a_whole) {
  SharedVariable a = shared(array({1., 2.}), "a"), b = shared(array({10., 20.}), "b");
  const Variable table = dvector("table"), i = lvector("i");
  const Variable found = table[{i}];
  const Function step = function({table, i}, {}, {.updates = {{a, a + found}, {b, b * found}}});
  step(array({1., 2., 3.}), array({2, 0}));
  EXPECT_EQ(values(a), (std::vector<double>{4, 3}));
  EXPECT_EQ(values(b), (std::vector<double>{30, 20}));
  EXPECT_THROW(step(array({1., 2., 3.}), array({0, 3})), ValueError);
  EXPECT_EQ(values(a), (std::vector<double>{4, 3}));
  EXPECT_EQ(values(b), (std::vector<double>{30, 20}));
  step(array({1., 2., 3.}), array({1, 1}));
  EXPECT_EQ(values(a), (std::vector<double>{6, 5}));
  EXPECT_EQ(values(b), (std::vector<double>{60, 40}));
}

TEST(Replacement, what_says_where_to_read_is_not_written_over) {
  SharedVariable next = shared(array({2, 0, 1}), "next"), n = shared(0.0, "n");
  const Variable links = lvector("links");
  const Function follow = function({links}, {}, {.updates = {{next, links[{next}]}, {n, n + 1.}}});
  follow(array({1, 2, 0}));
  EXPECT_EQ(NDArray(next.get_value()).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_THROW(follow(array({1, 2})), ValueError);
  EXPECT_EQ(NDArray(next.get_value()).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(values(n), (std::vector<double>{1}));
  follow(array({7, 8, 9}));
  EXPECT_EQ(NDArray(next.get_value()).to_vector<std::int64_t>(),
            (std::vector<std::int64_t>{7, 8, 9}));
}

TEST(Replacement, products_are_added_to_what_is_there) {
  SharedVariable w = shared(NDArray::full({2, 3}, 1, float64), "w"), n = shared(0.0, "n");
  const Variable x = dmatrix("x"), d = dmatrix("d");
  const Function step =
      function({x, d}, {}, {.updates = {{w, w - 0.5 * dot(transpose(x), d)}, {n, n + 1.}}});
  const void* const before = place(w);
  step(NDArray::full({4, 2}, 1, float64), NDArray::full({4, 3}, 2, float64));
  EXPECT_EQ(values(w), std::vector<double>(6, -3.));
  EXPECT_EQ(place(w), before);
  EXPECT_THROW(step(NDArray::full({4, 3}, 1, float64), NDArray::full({4, 3}, 2, float64)),
               ShapeError);
  EXPECT_EQ(values(w), std::vector<double>(6, -3.));
  EXPECT_EQ(values(n), (std::vector<double>{1}));
}

TEST(Replacement, positions_that_are_values_are_checked_before_anything_changes) {
  SharedVariable keys = shared(NDArray::zeros({4, 2}), "keys"), age = shared(0.0, "age"),
                 ring = shared(array({0., 0., 0.}), "ring");
  const Variable t = lscalar("t"), row = dvector("row");
  const Function push = function({t, row}, {},
                                 {.updates = {{age, age + 1.},
                                              {keys, set_subtensor(keys[t], row)},
                                              {ring, inc_subtensor(ring[t - 1], 1.)}}});
  const void* const before = place(keys);
  push(1, array({5., 6.}));
  EXPECT_EQ(place(keys), before);
  EXPECT_EQ(values(keys), (std::vector<double>{0, 0, 5, 6, 0, 0, 0, 0}));
  EXPECT_EQ(values(ring), (std::vector<double>{1, 0, 0}));
  for (const std::int64_t wrong : {4, 5, -3})
    EXPECT_THROW(push(wrong, array({1., 1.})), ValueError);
  EXPECT_THROW(push(2, array({1., 1., 1.})), ShapeError);
  EXPECT_EQ(values(keys), (std::vector<double>{0, 0, 5, 6, 0, 0, 0, 0}));
  EXPECT_EQ(values(ring), (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(values(age), (std::vector<double>{1}));
  push(-1, array({7., 8.}));
  EXPECT_EQ(values(keys), (std::vector<double>{0, 0, 5, 6, 0, 0, 7, 8}));
  EXPECT_EQ(values(ring), (std::vector<double>{1, 1, 0}));
}

TEST(Replacement, a_target_of_another_shape_changes_nothing) {
  SharedVariable w = shared(array({1., 2., 3.}), "w");
  NDArray target = NDArray::zeros({2});
  const Function f = function({}, Out(w * 2.).into(target), {.updates = {{w, w + 1.}}});
  EXPECT_THROW(f(), ShapeError);
  EXPECT_EQ(values(w), (std::vector<double>{1, 2, 3}));
}

TEST(Replacement, neighbours_are_read_before_they_change) {
  SharedVariable u = shared(array({1., 2., 4., 8., 16.}), "u");
  const Function step = function(
      {}, {},
      {.updates = {{u, set_subtensor(u[{slice(1, -1)}], u[{slice(0, -2)}] + u[{slice(2)}])}}});
  step();
  EXPECT_EQ(values(u), (std::vector<double>{1, 5, 10, 20, 16}));
  step();
  EXPECT_EQ(values(u), (std::vector<double>{1, 11, 25, 26, 16}));
}

TEST(Replacement, lengths_may_change) {
  SharedVariable w = shared(array({1., 2.}), "w");
  const Variable x = dvector("x");
  const Function step = function({x}, {}, {.updates = {{w, x * 1. + sum(w)}}});
  step(array({1., 2., 3.}));
  EXPECT_EQ(values(w), (std::vector<double>{4, 5, 6}));
  step(array({1.}));
  EXPECT_EQ(values(w), (std::vector<double>{16}));
}
