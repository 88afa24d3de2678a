// SPDX-License-Identifier: BSD-3-Clause
// Every kind of nest, printed as C and interpreted, against plain loops.
#include "kroton/kernel/print.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "run_both.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::bool_, kroton::complex128, kroton::float16, kroton::float32, kroton::float64,
    kroton::bfloat16, kroton::int64, kroton::int8, kroton::int32;
namespace f = kroton::kernel::builtin;

namespace {
Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }

// out[i, j] = exp(x[i, j]) * y[j] + z[i, 0]
Kernel maps(DType d) {
  Builder b("maps");
  int x = b.in("x", d, 2), y = b.in("y", d, 1), z = b.in("z", d, 2), out = b.out("out", d, 2);
  int n = b.extent("n", {{x, 0}, {z, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {y, 0}, {out, 1}});
  int i = b.outer(ex(n)), j = b.outer(ex(m));
  b.stage();
  ExprId v = b.apply(f::mul, {b.apply(f::exp, {b.load(x, {ax(i), ax(j)})}), b.load(y, {ax(j)})});
  b.store(out, {ax(i), ax(j)}, b.apply(f::add, {v, b.load(z, {ax(i), 0})}));
  return b.finish();
}

// out[i] = sum over j of x[i, j] (or of x[j, i])
Kernel sum_of(DType d, DType acc, bool last) {
  Builder b("sum");
  int x = b.in("x", d, 2), out = b.out("out", acc, 1);
  int n = b.extent("n", {{x, last ? 0 : 1}, {out, 0}}), m = b.extent("m", {{x, last ? 1 : 0}});
  int i = b.outer(ex(n));
  int total = sum_accumulator(b, acc);
  b.stage();
  int j = b.reduce(ex(m));
  std::vector<Affine> at =
      last ? std::vector<Affine>{ax(i), ax(j)} : std::vector<Affine>{ax(j), ax(i)};
  b.accumulate(total, {b.load(x, at)});
  b.stage();
  b.store(out, {ax(i)}, b.result(total));
  return b.finish();
}

Kernel sum_all(DType d, DType acc, int rank) {
  Builder b("sum_all");
  int x = b.in("x", d, rank), out = b.out("out", acc, 0);
  int total = sum_accumulator(b, acc);
  b.stage();
  std::vector<Affine> at;
  for (int r = 0; r < rank; ++r) at.push_back(ax(b.reduce(ex(b.extent("n", {{x, r}})))));
  b.accumulate(total, {b.load(x, at)});
  b.stage();
  b.store(out, {}, b.result(total));
  return b.finish();
}

// The softmax of rows or of columns in three stages.
Kernel softmax(bool last) {
  Builder b("softmax");
  int x = b.in("x", float32, 2), out = b.out("out", float32, 2);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {out, 1}});
  int i = b.outer(ex(last ? n : m));
  auto at = [&](int j) {
    return last ? std::vector<Affine>{ax(i), ax(j)} : std::vector<Affine>{ax(j), ax(i)};
  };
  Affine length = ex(last ? m : n);
  int top = max_accumulator(b, float32), total = sum_accumulator(b, float32);
  b.stage();
  int j = b.reduce(length);
  b.accumulate(top, {b.load(x, at(j))});
  b.stage();
  int k = b.reduce(length);
  ExprId e = b.apply(f::exp, {b.apply(f::sub, {b.load(x, at(k)), b.result(top)})});
  b.store(out, at(k), e);
  b.accumulate(total, {e});
  b.stage();
  int l = b.axis(length);
  b.store(out, at(l), b.apply(f::divide, {b.load(out, at(l)), b.result(total)}));
  return b.finish();
}
}  // namespace

TEST(PrintC, maps_of_transposed_sliced_and_broadcast_operands) {
  for (DType d : {float32, float64}) {
    Array x = random(d, {37, 83}), y = random(d, {83}), z = random(d, {37, 1});
    Array transpose = transposed(random(d, {83, 37}));
    Array steps = sliced(random(d, {37, 166}), 1, 165, -1, -2);
    Array backward = sliced(random(d, {37, 83}), 1, 82, -1, -1);
    for (const Array& a : {x, transpose, steps, backward}) {
      auto arrays = run_both(maps(d), {a, y, z, zeros(d, {37, 83})});
      auto get = [&](int k, Shape i) {
        return d == float32 ? arrays[k].at<float>(i) : arrays[k].at<double>(i);
      };
      expect_values(
          arrays[3],
          [&](const Shape& i) { return std::exp(get(0, i)) * get(1, {i[1]}) + get(2, {i[0], 0}); },
          1e-5);
    }
  }
}

// exp(-x), TIMES one in the other, along rows or at single elements.
Kernel dear_points(DType d, int rank, int times) {
  Builder b("dear");
  int x = b.in("x", d, rank), out = b.out("out", d, rank);
  std::vector<Affine> at;
  for (int k = 0; k < rank; ++k)
    at.push_back(ax(b.outer(ex(b.extent("n" + std::to_string(k), {{x, k}, {out, k}})))));
  b.stage();
  ExprId value = b.load(x, at);
  for (int k = 0; k < times; ++k)
    value = b.apply(f::exp, {b.apply(f::sub, {b.constant(d, 0.0), value})});
  b.store(out, at, value);
  return b.finish();
}

TEST(PrintC, dear_points_are_computed_whatever_is_left_over_of_a_row) {
  const auto wanted = [](double x) { return std::exp(-std::exp(-x)); };
  for (DType d : {float32, float64}) {
    for (std::int64_t m : {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 98, 130}) {
      // Between the rows lies what must stay as it is; run_both() compares it, too.
      Array x = sliced(random(d, {3, m + 5}), 1, 0, m, 1),
            z = sliced(random(d, {3, m + 5}), 1, 0, m, 1);
      auto arrays = run_both(dear_points(d, 2, 2), {x, z});
      const auto get = [&](const Shape& i) {
        return d == float32 ? arrays[0].at<float>(i) : arrays[0].at<double>(i);
      };
      expect_values(arrays[1], [&](const Shape& i) { return wanted(get(i)); }, 1e-6);
    }
  }
}

// Of a cheap point, of a dear one, and of lines that push each other out of the cache.
TEST(PrintC, tiles_of_transposed_operands_have_every_point_once) {
  for (DType d : {float32, float64}) {
    for (std::int64_t n : {32, 33, 128}) {
      for (std::int64_t m : {1, 64, 130}) {
        if (d == float64 && n != 33) continue;
        // Between rows lies what must stay as it is.
        const Array x = sliced(transposed(random(d, {m, n})), 1, 0, m, 1);
        const Array z = sliced(random(d, {n, m + 3}), 1, 0, m, 1);
        for (int times : {0, 2}) {
          auto arrays = run_both(dear_points(d, 2, times), {x, z});
          const auto get = [&](const Shape& i) {
            return d == float32 ? arrays[0].at<float>(i) : arrays[0].at<double>(i);
          };
          expect_values(
              arrays[1],
              [&](const Shape& i) { return times ? std::exp(-std::exp(-get(i))) : get(i); }, 1e-6);
        }
      }
    }
  }
}

TEST(PrintC, tiles_lie_anywhere_among_the_loops) {
  for (const Shape& order : {Shape{0, 2, 1}, Shape{2, 1, 0}, Shape{1, 2, 0}, Shape{2, 0, 1}}) {
    const Array whole = random(float32, {40, 9, 70});
    Array x = whole;
    for (std::size_t k = 0; k < 3; ++k) {
      x.shape[k] = whole.shape[static_cast<std::size_t>(order[k])];
      x.strides[k] = whole.strides[static_cast<std::size_t>(order[k])];
    }
    for (int times : {0, 2}) run_both(dear_points(float32, 3, times), {x, zeros(float32, x.shape)});
  }
}

TEST(PrintC, points_that_wait_for_themselves_are_taken_together) {
  const auto text = [](const Kernel& kernel, const std::vector<Array>& arrays) {
    return print_c(specialised(kernel, arrays), "k").text;
  };
  const auto has = [](const std::string& text, const char* words) {
    return text.find(words) != std::string::npos;
  };
  const Array flat = zeros(float32, {500}), rows = sliced(zeros(float32, {5, 500}), 1, 0, 400, 1);
  const std::string dear = text(dear_points(float32, 1, 2), {flat, flat}),
                    dear_rows = text(dear_points(float32, 2, 2), {rows, rows}),
                    dearer = text(dear_points(float32, 1, 60), {flat, flat}),
                    cheap = text(dear_points(float32, 1, 0), {flat, flat});
  EXPECT_TRUE(has(dear, "interleave_count(4)"));
  EXPECT_TRUE(has(dear_rows, "interleave_count(4)"));
  EXPECT_TRUE(has(dear_rows, "step + l < points"));
  EXPECT_TRUE(has(dearer, "interleave_count(2)"));
  EXPECT_FALSE(has(cheap, "interleave_count"));
  // Many operations of which none waits for another.
  Builder b("wide");
  int x = b.in("x", float32, 1), out = b.out("out", float32, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}});
  int i = b.outer(ex(n));
  b.stage();
  std::vector<ExprId> terms;
  for (int k = 0; k < 32; ++k)
    terms.push_back(b.apply(f::mul, {b.load(x, {ax(i)}), b.constant(float32, 1.0 + k)}));
  while (terms.size() > 1) {
    std::vector<ExprId> half;
    for (std::size_t k = 0; k + 1 < terms.size(); k += 2)
      half.push_back(b.apply(f::add, {terms[k], terms[k + 1]}));
    terms = half;
  }
  b.store(out, {ax(i)}, terms[0]);
  EXPECT_FALSE(has(text(b.finish(), {flat, flat}), "interleave_count"));
}

TEST(PrintC, sums_of_rows_and_columns_have_one_tree) {
  for (std::int64_t m : {0, 1, 3, 10, 16, 17, 25, 32, 33, 64, 100, 5000}) {
    Array x = random(float32, {5, m});
    auto rows = run_both(sum_of(float32, float32, true), {x, zeros(float32, {5})});
    auto columns = run_both(sum_of(float32, float32, false), {transposed(x), zeros(float32, {5})});
    EXPECT_EQ(rows[1].memory, columns[1].memory) << m;
    Array copy = zeros(float32, {m, 5});
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < 5; ++j) copy.at<float>({i, j}) = x.at<float>({j, i});
    }
    auto by_columns = run_both(sum_of(float32, float32, false), {copy, zeros(float32, {5})});
    EXPECT_EQ(rows[1].memory, by_columns[1].memory) << m;
    expect_values(
        rows[1],
        [&](const Shape& i) {
          double sum = 0;
          for (std::int64_t j = 0; j < m; ++j) sum += x.at<float>({i[0], j});
          return sum;
        },
        1e-4);
  }
}

TEST(PrintC, rows_that_are_taken_together_give_the_bits_of_one_alone) {
  for (const auto& [n, m] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 100}, {63, 16}, {64, 31}, {65, 1}, {65, 0}, {130, 7}, {41, 100}, {2, 4100}}) {
    const Array x = random(float32, {n, m});
    auto all = run_both(softmax(true), {x, zeros(float32, {n, m})});
    auto last = run_both(softmax(true), {sliced(x, 0, n - 1, n, 1), zeros(float32, {1, m})});
    for (std::int64_t j = 0; j < m; ++j)
      ASSERT_EQ((all[1].at<float>({n - 1, j})), (last[1].at<float>({0, j}))) << n << " " << m;
  }
}

TEST(PrintC, rows_along_two_axes_that_are_no_one_loop) {
  Builder b("sums");
  const int x = b.in("x", float64, 3), out = b.out("out", float64, 2);
  const int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {out, 1}}),
            k = b.extent("k", {{x, 2}});
  const int i = b.outer(ex(n)), j = b.outer(ex(m)), total = sum_accumulator(b, float64);
  b.stage();
  const int l = b.reduce(ex(k));
  b.accumulate(total, {b.load(x, {ax(i), ax(j), ax(l)})});
  b.stage();
  b.store(out, {ax(i), ax(j)}, b.result(total));
  const Kernel sums = b.finish();
  Array whole = random(float64, {9, 20, 40});
  auto arrays = run_both(sums, {sliced(whole, 1, 1, 14, 1), zeros(float64, {9, 13})});
  expect_values(
      arrays[1],
      [&](const Shape& at) {
        double sum = 0;
        for (std::int64_t e = 0; e < 40; ++e) sum += whole.at<double>({at[0], at[1] + 1, e});
        return sum;
      },
      1e-13);
}

TEST(PrintC, rows_backward_are_summed_in_the_order_of_their_elements) {
  Array x = random(float32, {5, 5000}), reversed = zeros(float32, {5, 5000});
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t j = 0; j < 5000; ++j) reversed.at<float>({i, j}) = x.at<float>({i, 4999 - j});
  }
  auto from_view =
      run_both(sum_of(float32, float32, true), {sliced(x, 1, 4999, -1, -1), zeros(float32, {5})});
  auto from_copy = run_both(sum_of(float32, float32, true), {reversed, zeros(float32, {5})});
  EXPECT_EQ(from_view[1].memory, from_copy[1].memory);
}

TEST(PrintC, sum_of_all_elements_contiguous_or_not) {
  Array x = random(float32, {300, 301});
  auto whole = run_both(sum_all(float32, float64, 2), {x, zeros(float64, {})});
  Array wide = random(float32, {300, 401});
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t j = 0; j < 301; ++j) wide.at<float>({i, j}) = x.at<float>({i, j});
  }
  auto part =
      run_both(sum_all(float32, float64, 2), {sliced(wide, 1, 0, 301, 1), zeros(float64, {})});
  EXPECT_EQ(whole[1].memory, part[1].memory);
  expect_values(
      whole[1],
      [&](const Shape&) {
        double sum = 0;
        for (double v : values(x)) sum += v;
        return sum;
      },
      1e-10);
}

TEST(PrintC, softmax_over_the_last_and_the_first_axis) {
  for (bool last : {true, false}) {
    Array x = random(float32, {70, 300});
    auto arrays = run_both(softmax(last), {x, zeros(float32, {70, 300})});
    expect_values(
        arrays[1],
        [&](const Shape& i) {
          double sum = 0;
          for (std::int64_t j = 0; j < (last ? 300 : 70); ++j) {
            sum += std::exp(x.at<float>(last ? Shape{i[0], j} : Shape{j, i[1]}));
          }
          return std::exp(x.at<float>(i)) / sum;
        },
        1e-6);
  }
}
