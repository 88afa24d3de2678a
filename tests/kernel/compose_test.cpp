// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/compose.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "run_both.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float16, kroton::float32, kroton::float64, kroton::int64;
namespace f = kroton::kernel::builtin;

namespace {
Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }

Kernel exp_of(DType out_dtype = float32) {
  Builder b("exp");
  int x = b.in("x", float32, 2), out = b.out("e", out_dtype, 2);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {out, 1}});
  int i = b.outer(ex(n)), j = b.outer(ex(m));
  b.stage();
  b.store(out, {ax(i), ax(j)}, b.apply(f::exp, {b.load(x, {ax(i), ax(j)})}));
  return b.finish();
}

// out[i] = sum over j of x[j, i] * x[j, i]
Kernel squares(DType in) {
  Builder b("squares");
  int x = b.in("x", in, 2), out = b.out("out", float64, 1);
  int n = b.extent("n", {{x, 1}, {out, 0}}), m = b.extent("m", {{x, 0}});
  int i = b.outer(ex(n)), total = sum_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  ExprId v = b.load(x, {ax(j), ax(i)});
  b.accumulate(total, {b.apply(f::mul, {v, v})});
  b.stage();
  b.store(out, {ax(i)}, b.result(total));
  return b.finish();
}

// out[i, j] = x[i, j] / s[i]
Kernel scaled() {
  Builder b("scaled");
  int x = b.in("x", float32, 2), s = b.in("s", float64, 1), out = b.out("out", float32, 2);
  int n = b.extent("n", {{x, 0}, {s, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {out, 1}});
  int i = b.outer(ex(n)), j = b.outer(ex(m));
  b.stage();
  b.store(out, {ax(i), ax(j)},
          b.apply(f::divide, float64, {b.load(x, {ax(i), ax(j)}), b.load(s, {ax(i)})}));
  return b.finish();
}

Kernel row_sum() {
  Builder b("row_sum");
  int x = b.in("x", float32, 2), out = b.out("s", float64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(ex(n)), total = sum_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(total, {b.load(x, {ax(i), ax(j)})});
  b.stage();
  b.store(out, {ax(i)}, b.result(total));
  return b.finish();
}

// out[k] = x[index[k], 2], checked
Kernel gathered() {
  Builder b("gathered");
  int x = b.in("x", float32, 2), index = b.in("index", int64, 1), out = b.out("out", float32, 1);
  b.extent("n", {{x, 0}});
  int m = b.extent("m", {{index, 0}, {out, 0}}), k = b.outer(ex(m));
  b.stage();
  ExprId at = b.load(index, {ax(k)});
  b.store(out, {ax(k)}, b.load(Access{x, {Affine::value(at), 2}, {}, true}));
  return b.finish();
}
}  // namespace

TEST(Compose, a_producer_goes_into_a_reduction) {
  auto c = inline_producer(squares(float32), 0, exp_of(), 1);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->first, (std::vector<int>{-1, 1}));
  EXPECT_EQ(c->second, (std::vector<int>{0, -1}));
  Array x = random(float32, {50, 40});
  auto arrays = run_both(c->kernel, {x, zeros(float64, {40})});
  auto e = run_both(exp_of(), {x, zeros(float32, {50, 40})});
  auto two = run_both(squares(float32), {e[1], zeros(float64, {40})});
  EXPECT_EQ(arrays[1].memory, two[1].memory);
}

TEST(Compose, a_sixteen_bit_value_is_rounded_as_if_it_had_been_stored) {
  auto c = inline_producer(squares(float16), 0, exp_of(float16), 1);
  ASSERT_TRUE(c);
  Array x = random(float32, {50, 40});
  auto arrays = run_both(c->kernel, {x, zeros(float64, {40})});
  auto e = run_both(exp_of(float16), {x, zeros(float16, {50, 40})});
  auto two = run_both(squares(float16), {e[1], zeros(float64, {40})});
  EXPECT_EQ(arrays[1].memory, two[1].memory);
}

TEST(Compose, a_producer_goes_into_a_gather_and_stays_checked) {
  auto c = inline_producer(gathered(), 0, exp_of(), 1);
  ASSERT_TRUE(c);
  Array x = random(float32, {5, 4}), index = zeros(int64, {3});
  index.at<std::int64_t>({0}) = 4;
  index.at<std::int64_t>({1}) = 1;
  auto arrays = run_both(c->kernel, {index, x, zeros(float32, {3})});
  expect_values(
      arrays[2],
      [&](const Shape& k) { return std::exp(x.at<float>({index.at<std::int64_t>(k), 2})); }, 1e-6);
}

TEST(Compose, siblings_share_one_nest) {
  Kernel sums = squares(float32);
  auto c = join_siblings(sums, sums, {{0, 0}});
  ASSERT_TRUE(c);
  EXPECT_EQ(c->kernel.params.size(), 3u);
  EXPECT_EQ(c->kernel.stages.size(), 2u);
  EXPECT_EQ(c->second, (std::vector<int>{0, 2}));
  auto arrays =
      run_both(c->kernel, {random(float32, {50, 40}), zeros(float64, {40}), zeros(float64, {40})});
  EXPECT_EQ(arrays[1].memory, arrays[2].memory);
}

TEST(Compose, a_reduction_and_what_uses_it_become_stages) {
  for (bool keep : {false, true}) {
    auto c = append_stages(row_sum(), 1, scaled(), 1, keep, {{0, 0}});
    ASSERT_TRUE(c);
    Array x = random(float32, {20, 300}, 1, 2);
    std::vector<Array> arrays = {x};
    if (keep) arrays.push_back(zeros(float64, {20}));
    arrays.push_back(zeros(float32, {20, 300}));
    arrays = run_both(c->kernel, arrays);
    expect_values(
        arrays.back(),
        [&](const Shape& i) {
          double sum = 0;
          for (std::int64_t j = 0; j < 300; ++j) sum += x.at<float>({i[0], j});
          return x.at<float>(i) / sum;
        },
        1e-6);
  }
}

// out[i] = the sum of row i, whose first element must be there.
Kernel checked_row_sum() {
  Builder b("checked");
  int x = b.in("x", float32, 2), out = b.out("out", float64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(ex(n)), total = sum_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(total, {b.cast(float64, b.load(x, {ax(i), ax(j)}))});
  b.stage();
  ExprId first = b.load(Access{x, {ax(i), Affine::value(b.index(Affine(0)))}, {}, true});
  b.store(out, {ax(i)}, b.select(b.apply(f::eq, {first, first}), b.result(total), b.result(total)));
  return b.finish();
}

TEST(Compose, a_value_with_a_check_in_it_is_stored_before_other_stages_read_it) {
  auto c = append_stages(checked_row_sum(), 1, scaled(), 1, false, {{0, 0}});
  ASSERT_TRUE(c);
  ASSERT_EQ(c->kernel.params.size(), 3u) << "the array of sums stays";
  Array x = random(float32, {20, 300}, 1, 2);
  auto arrays = run_both(c->kernel, {x, zeros(float64, {20}), zeros(float32, {20, 300})});
  expect_values(
      arrays[2],
      [&](const Shape& i) {
        double sum = 0;
        for (std::int64_t j = 0; j < 300; ++j) sum += x.at<float>({i[0], j});
        return x.at<float>(i) / sum;
      },
      1e-6);
  EXPECT_EQ(c->first[1], 1);
}

TEST(Compose, what_the_form_cannot_carry_gives_nothing) {
  EXPECT_FALSE(inline_producer(scaled(), 1, row_sum(), 1)) << "a reduction is no expression";
  EXPECT_FALSE(join_siblings(exp_of(), squares(float32), {})) << "other nests";
  EXPECT_FALSE(append_stages(exp_of(), 1, squares(float32), 0, false))
      << "the reduction mixes outer points";
}

// e[i, j] = exp(x[i, j]); s[i] = the sum of e[i, j], or of e[i, m - 1 - j]
Kernel stored_and_summed(DType element, bool backward) {
  Builder b("stored_and_summed");
  int x = b.in("x", float32, 2), e = b.out("e", element, 2), s = b.out("s", float32, 1);
  int n = b.extent("n", {{x, 0}, {e, 0}, {s, 0}}), m = b.extent("m", {{x, 1}, {e, 1}});
  int i = b.outer(ex(n)), total = sum_accumulator(b, float32);
  b.stage();
  int j = b.axis(ex(m));
  b.store(e, {ax(i), ax(j)}, b.apply(f::exp, {b.load(x, {ax(i), ax(j)})}));
  b.stage();
  int k = b.reduce(ex(m));
  b.accumulate(total, {b.load(e, {ax(i), backward ? ex(m) - 1 - ax(k) : ax(k)})});
  b.stage();
  b.store(s, {ax(i)}, b.result(total));
  return b.finish();
}

TEST(Compose, what_is_stored_and_then_reduced_is_one_stage) {
  for (DType element : {float32, float16}) {
    const Kernel apart = stored_and_summed(element, false), merged = merge_stages(apart);
    EXPECT_EQ(merged.stages.size(), 2u);
    for (const Shape& shape : {Shape{3, 70}, Shape{40, 33}, Shape{2, 5000}, Shape{4, 0}}) {
      const std::vector<Array> arrays{random(float32, shape), zeros(element, shape),
                                      zeros(float32, {shape[0]})};
      const auto expected = run_both(apart, arrays), given = run_both(merged, arrays);
      EXPECT_EQ(given[1].memory, expected[1].memory);
      EXPECT_EQ(given[2].memory, expected[2].memory);
    }
  }
  const Kernel backward = stored_and_summed(float32, true);
  EXPECT_EQ(merge_stages(backward), backward) << "elements that come later are not there yet";
}

TEST(Compose, params_merge_and_move) {
  Kernel k = scaled();
  Kernel moved = permute_params(k, {1, 0, 2});
  EXPECT_EQ(moved.params[0].name, "s");
  EXPECT_EQ(permute_params(moved, {1, 0, 2}), k);
  auto c = join_siblings(exp_of(), exp_of(), {});
  ASSERT_TRUE(c);
  Kernel merged = merge_params(c->kernel, 0, 1);
  EXPECT_EQ(merged, join_siblings(exp_of(), exp_of(), {{0, 0}})->kernel);
}
