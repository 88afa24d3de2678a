// SPDX-License-Identifier: BSD-3-Clause
#include "examples.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"
#include "kroton/ndarray/half.h"

namespace kernel_test {
namespace {
using namespace kroton::kernel;
using kroton::bool_, kroton::complex128, kroton::float16, kroton::float32, kroton::float64,
    kroton::bfloat16, kroton::int64, kroton::int8, kroton::int32;
namespace f = kroton::kernel::builtin;
using Int = std::int64_t;

Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }

// s = softmax(x) by columns in three stages, storing exp between.
Example softmax() {
  Builder b("softmax");
  int x = b.in("x", float32, 2), out = b.out("out", float32, 2);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {out, 1}});
  int i = b.outer(ex(n)), top = max_accumulator(b, float32), total = sum_accumulator(b, float32);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(top, {b.load(x, {ax(i), ax(j)})});
  b.stage();
  int k = b.reduce(ex(m));
  ExprId e = b.apply(f::exp, {b.apply(f::sub, {b.load(x, {ax(i), ax(k)}), b.result(top)})});
  b.store(out, {ax(i), ax(k)}, e);
  b.accumulate(total, {e});
  b.stage();
  int l = b.axis(ex(m));
  b.store(out, {ax(i), ax(l)}, b.apply(f::divide, {b.load(out, {ax(i), ax(l)}), b.result(total)}));
  return {
      "softmax", b.finish(), {random(float32, {9, 5000}), zeros(float32, {9, 5000})}, [](auto& a) {
        for (Int i = 0; i < 9; ++i) {
          double sum = 0;
          for (Int j = 0; j < 5000; ++j) sum += a[1].template at<float>({i, j});
          EXPECT_NEAR(sum, 1, 1e-5);
        }
      }};
}

Example argmax() {
  Builder b("argmax");
  int x = b.in("x", float32, 2), value = b.out("value", float32, 1),
      index = b.out("index", int64, 1);
  int n = b.extent("n", {{x, 0}, {value, 0}, {index, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(ex(n)), best = argmax_accumulator(b, float32);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(best, {b.load(x, {ax(i), ax(j)}), b.index(ax(j))});
  b.stage();
  b.store(value, {ax(i)}, b.result(best, 0));
  b.store(index, {ax(i)}, b.result(best, 1));
  Array data = random(float32, {4, 9000});
  data.at<float>({0, 77}) = data.at<float>({0, 8000}) = 5;
  data.at<float>({1, 300}) = data.at<float>({1, 4500}) = std::nanf("");
  data.at<float>({2, 0}) = std::numeric_limits<float>::infinity();
  return {"argmax", b.finish(), {data, zeros(float32, {4}), zeros(int64, {4})}, [](auto& a) {
            EXPECT_EQ(a[2].template at<Int>({0}), 77);
            EXPECT_EQ(a[2].template at<Int>({1}), 300);
            EXPECT_EQ(a[2].template at<Int>({2}), 0);
            EXPECT_TRUE(std::isnan(a[1].template at<float>({1})));
          }};
}

Example any_of_all() {
  Builder b("any");
  int x = b.in("x", float32, 1), out = b.out("out", bool_, 0);
  int n = b.extent("n", {{x, 0}}), any = any_accumulator(b);
  b.stage();
  int j = b.reduce(ex(n));
  b.accumulate(any, {b.apply(f::gt, {b.load(x, {ax(j)}), b.constant(float32, 10.0)})});
  b.stage();
  b.store(out, {}, b.result(any));
  Array data = random(float32, {20000});
  data.at<float>({5000}) = 11;
  return {
      "any", b.finish(), {data, zeros(bool_, {})}, [](auto& a) { EXPECT_EQ(a[1].memory[0], 1); }};
}

Example moments() {
  Builder b("moments");
  int x = b.in("x", float64, 2), mean = b.out("mean", float64, 1), var = b.out("var", float64, 1);
  int n = b.extent("n", {{x, 1}, {mean, 0}, {var, 0}}), m = b.extent("m", {{x, 0}});
  int i = b.outer(ex(n)), acc = moments_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(acc,
               {b.load(x, {ax(j), ax(i)}), b.constant(float64, 0.0), b.constant(float64, 1.0)});
  b.stage();
  b.store(mean, {ax(i)}, b.result(acc, 0));
  b.store(var, {ax(i)}, b.apply(f::divide, {b.result(acc, 1), b.result(acc, 2)}));
  return {"moments",
          b.finish(),
          {random(float64, {5000, 7}, 100, 101), zeros(float64, {7}), zeros(float64, {7})},
          [](auto& a) {
            for (Int i = 0; i < 7; ++i) {
              double mean = 0, var = 0;
              for (Int j = 0; j < 5000; ++j) mean += a[0].template at<double>({j, i}) / 5000;
              for (Int j = 0; j < 5000; ++j)
                var += std::pow(a[0].template at<double>({j, i}) - mean, 2) / 5000;
              EXPECT_NEAR(a[1].template at<double>({i}), mean, 1e-10);
              EXPECT_NEAR(a[2].template at<double>({i}), var, 1e-10);
            }
          }};
}

Example logsumexp() {
  Builder b("logsumexp");
  int x = b.in("x", float64, 2), out = b.out("out", float64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(ex(n)), acc = logsumexp_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(acc, {b.load(x, {ax(i), ax(j)}), b.constant(float64, 1.0)});
  b.stage();
  b.store(out, {ax(i)}, b.apply(f::add, {b.result(acc, 0), b.apply(f::log, {b.result(acc, 1)})}));
  return {"logsumexp",
          b.finish(),
          {random(float64, {6, 200}, 700, 800), zeros(float64, {6})},
          [](auto& a) {
            expect_values(
                a[1],
                [&](const Shape& i) {
                  double sum = 0;
                  for (Int j = 0; j < 200; ++j)
                    sum += std::exp(a[0].template at<double>({i[0], j}) - 800);
                  return 800 + std::log(sum);
                },
                1e-12);
          }};
}

// u inside += c * Laplacian, borders copied: five pieces with boxes of their own.
Example heat() {
  Builder b("heat");
  int u = b.in("u", float64, 2), out = b.out("out", float64, 2);
  int n = b.extent("n", {{u, 0}, {out, 0}}), m = b.extent("m", {{u, 1}, {out, 1}});
  auto copy = [&](Affine rows, Affine columns, Affine row0, Affine column0) {
    b.stage();
    int i = b.axis(rows), j = b.axis(columns);
    b.store(out, {ax(i) + row0, ax(j) + column0}, b.load(u, {ax(i) + row0, ax(j) + column0}));
  };
  copy(1, ex(m), 0, 0);
  copy(1, ex(m), ex(n) - 1, 0);
  copy(ex(n) - 2, 1, 1, 0);
  copy(ex(n) - 2, 1, 1, ex(m) - 1);
  b.stage();
  int i = b.axis(ex(n) - 2), j = b.axis(ex(m) - 2);
  auto at = [&](int di, int dj) { return b.load(u, {ax(i) + di, ax(j) + dj}); };
  ExprId sum = b.apply(
      f::add, {b.apply(f::add, {at(0, 1), at(2, 1)}), b.apply(f::add, {at(1, 0), at(1, 2)})});
  ExprId laplacian = b.apply(f::sub, {sum, b.apply(f::mul, {b.constant(float64, 4.0), at(1, 1)})});
  b.store(out, {ax(i) + 1, ax(j) + 1},
          b.apply(f::add, {at(1, 1), b.apply(f::mul, {b.constant(float64, 0.1), laplacian})}));
  return {"heat", b.finish(), {random(float64, {40, 50}), zeros(float64, {40, 50})}, [](auto& a) {
            expect_values(
                a[1],
                [&](const Shape& i) {
                  auto u = [&](Int di, Int dj) {
                    return a[0].template at<double>({i[0] + di, i[1] + dj});
                  };
                  bool border = i[0] == 0 || i[1] == 0 || i[0] == 39 || i[1] == 49;
                  return border ? u(0, 0)
                                : u(0, 0) +
                                      0.1 * (u(-1, 0) + u(1, 0) + u(0, -1) + u(0, 1) - 4 * u(0, 0));
                },
                1e-13);
          }};
}

// x[i] padded by its edge value at both sides, one store with predicated loads.
Example pad() {
  Builder b("pad");
  int x = b.in("x", float32, 1), out = b.out("out", float32, 1);
  int n = b.extent("n", {{x, 0}}), m = b.extent("m", {{out, 0}}), i = b.outer(ex(m));
  b.stage();
  ExprId fill = b.constant(float32, -1.0);
  b.store(out, {ax(i)}, b.load(Access{x, {ax(i) - 3}, {{ax(i) - 3, 0, ex(n)}}}, fill));
  return {"pad", b.finish(), {random(float32, {100}), zeros(float32, {106})}, [](auto& a) {
            expect_values(
                a[1],
                [&](const Shape& i) {
                  return i[0] < 3 || i[0] >= 103 ? -1 : a[0].template at<float>({i[0] - 3});
                },
                0);
          }};
}

// Tridiagonal solves along the last axis: forward elimination, backward substitution.
Example thomas() {
  Builder b("thomas");
  int lower = b.in("a", float64, 2), diag = b.in("b", float64, 2), upper = b.in("c", float64, 2),
      right = b.in("d", float64, 2), cp = b.out("cp", float64, 2), dp = b.out("dp", float64, 2),
      x = b.out("x", float64, 2);
  std::vector<Dimension> rows, columns;
  for (int p = 0; p < 7; ++p) {
    rows.push_back({p, 0});
    columns.push_back({p, 1});
  }
  int n = b.extent("n", rows), m = b.extent("m", columns), i = b.outer(ex(n));
  ExprId zero = b.constant(float64, 0.0);
  int c_before = b.carried("c", float64, zero), d_before = b.carried("d", float64, zero),
      x_after = b.carried("x", float64, zero);
  b.stage();
  int k = b.ordered(ex(m));
  auto at = [&](int p, int axis) { return b.load(p, {ax(i), ax(axis)}); };
  ExprId pivot = b.apply(f::sub, {at(diag, k), b.apply(f::mul, {at(lower, k), b.carry(c_before)})});
  ExprId c = b.apply(f::divide, {at(upper, k), pivot});
  ExprId d = b.apply(
      f::divide,
      {b.apply(f::sub, {at(right, k), b.apply(f::mul, {at(lower, k), b.carry(d_before)})}), pivot});
  b.store(cp, {ax(i), ax(k)}, c);
  b.store(dp, {ax(i), ax(k)}, d);
  b.advance(c_before, c);
  b.advance(d_before, d);
  b.stage();
  int l = b.ordered(ex(m), true);
  ExprId solved = b.apply(f::sub, {at(dp, l), b.apply(f::mul, {at(cp, l), b.carry(x_after)})});
  b.store(x, {ax(i), ax(l)}, solved);
  b.advance(x_after, solved);
  auto r = [](double low, double high) { return random(float64, {300, 20}, low, high); };
  Array z = zeros(float64, {300, 20});
  return {"thomas", b.finish(), {r(-1, 1), r(3, 4), r(-1, 1), r(-1, 1), z, z, z}, [](auto& a) {
            expect_values(
                a[3],
                [&](const Shape& i) {
                  auto v = [&](int p, Int k) { return a[p].template at<double>({i[0], k}); };
                  Int k = i[1];
                  return v(1, k) * v(6, k) + (k > 0 ? v(0, k) * v(6, k - 1) : 0) +
                         (k < 19 ? v(2, k) * v(6, k + 1) : 0);
                },
                1e-12);
          }};
}

// out[t, i] = a * out[t - 1, i] + x[t, i], out[-1, i] = first[i]
Example recurrence() {
  Builder b("recurrence");
  int x = b.in("x", float32, 2), a = b.in("a", float32, 0), first = b.in("first", float32, 1),
      out = b.out("out", float32, 2);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {first, 0}, {out, 1}});
  int i = b.outer(ex(m)), state = b.carried("state", float32, b.load(first, {ax(i)}));
  b.stage();
  int t = b.ordered(ex(n));
  ExprId next = b.apply(
      f::add, {b.apply(f::mul, {b.load(a, {}), b.carry(state)}), b.load(x, {ax(t), ax(i)})});
  b.store(out, {ax(t), ax(i)}, next);
  b.advance(state, next);
  Array factor = zeros(float32, {});
  factor.at<float>({}) = 0.5f;
  return {"recurrence",
          b.finish(),
          {random(float32, {30, 600}), factor, random(float32, {600}), zeros(float32, {30, 600})},
          [](auto& v) {
            for (Int i = 0; i < 600; ++i) {
              float state = v[2].template at<float>({i});
              for (Int t = 0; t < 30; ++t) {
                state = 0.5f * state + v[0].template at<float>({t, i});
                EXPECT_EQ(v[3].template at<float>({t, i}), state);
              }
            }
          }};
}

// cumsum of a vector
Example cumsum() {
  Builder b("cumsum");
  int x = b.in("x", int64, 1), out = b.out("out", int64, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}),
      state = b.carried("sum", int64, b.constant(int64, Int{0}));
  b.stage();
  int t = b.ordered(ex(n));
  ExprId next = b.apply(f::add, {b.carry(state), b.load(x, {ax(t)})});
  b.store(out, {ax(t)}, next);
  b.advance(state, next);
  return {"cumsum", b.finish(), {random(int64, {1000}, -9, 9), zeros(int64, {1000})}, [](auto& a) {
            Int sum = 0;
            for (Int t = 0; t < 1000; ++t) {
              sum += a[0].template at<Int>({t});
              EXPECT_EQ(a[1].template at<Int>({t}), sum);
            }
          }};
}

// out[index[k], j] += y[k, j], duplicates added in order of k
Example scatter_add() {
  Builder b("scatter_add");
  int index = b.in("index", int64, 1), y = b.in("y", float32, 2),
      out = b.param("out", float32, 2, Role::inout);
  b.extent("n", {{out, 0}});
  int k = b.extent("k", {{index, 0}, {y, 0}}), m = b.extent("m", {{y, 1}, {out, 1}}),
      j = b.outer(ex(m));
  b.stage();
  int t = b.ordered(ex(k));
  ExprId row = b.load(index, {ax(t)});
  b.scatter(Access{out, {Affine::value(row), ax(j)}, {}, true}, f::add, b.load(y, {ax(t), ax(j)}));
  return {"scatter_add",
          b.finish(),
          {random(int64, {500}, 0, 9.9), random(float32, {500, 40}), zeros(float32, {10, 40})},
          [](auto& a) {
            Array expected = zeros(float32, {10, 40});
            for (Int k = 0; k < 500; ++k) {
              for (Int j = 0; j < 40; ++j) {
                expected.at<float>({a[0].template at<Int>({k}), j}) +=
                    a[1].template at<float>({k, j});
              }
            }
            EXPECT_EQ(a[2].memory, expected.memory);
          }};
}

// out[i, j] = x[row[i], column[j]]
Example take() {
  Builder b("take");
  int x = b.in("x", float32, 2), row = b.in("row", int64, 1), column = b.in("column", int64, 1),
      out = b.out("out", float32, 2);
  b.extent("xn", {{x, 0}});
  b.extent("xm", {{x, 1}});
  int n = b.extent("n", {{row, 0}, {out, 0}}), m = b.extent("m", {{column, 0}, {out, 1}});
  int i = b.outer(ex(n)), j = b.outer(ex(m));
  b.stage();
  ExprId r = b.load(row, {ax(i)}), c = b.load(column, {ax(j)});
  b.store(out, {ax(i), ax(j)}, b.load(Access{x, {Affine::value(r), Affine::value(c)}, {}, true}));
  return {"take",
          b.finish(),
          {random(float32, {8, 9}), random(int64, {30}, 0, 7.9), random(int64, {20}, 0, 8.9),
           zeros(float32, {30, 20})},
          [](auto& a) {
            expect_values(
                a[3],
                [&](const Shape& i) {
                  return a[0].template at<float>(
                      {a[1].template at<Int>({i[0]}), a[2].template at<Int>({i[1]})});
                },
                0);
          }};
}

// eye with its diagonal at +1, from index values alone
Example eye() {
  Builder b("eye");
  int out = b.out("out", float32, 2);
  int n = b.extent("n", {{out, 0}}), m = b.extent("m", {{out, 1}}), i = b.outer(ex(n)),
      j = b.outer(ex(m));
  b.stage();
  ExprId on = b.apply(f::eq, {b.index(ax(i) + 1), b.index(ax(j))});
  b.store(out, {ax(i), ax(j)}, b.cast(float32, on));
  return {"eye", b.finish(), {zeros(float32, {7, 90})}, [](auto& a) {
            expect_values(a[0], [](const Shape& i) { return i[1] == i[0] + 1 ? 1 : 0; }, 0);
          }};
}

// x * y + i with arrays that lie along other axes than the result: tiles
Example turned() {
  Builder b("turned");
  const int x = b.in("x", float32, 3), y = b.in("y", float64, 3), out = b.out("out", float64, 3);
  std::vector<Affine> at;
  for (int d = 0; d < 3; ++d)
    at.push_back(ax(b.outer(ex(b.extent("n" + std::to_string(d), {{x, d}, {y, d}, {out, d}})))));
  b.stage();
  const ExprId product = b.apply(f::mul, {b.cast(float64, b.load(x, at)), b.load(y, at)});
  b.store(out, at, b.apply(f::add, {product, b.cast(float64, b.index(at[2]))}));
  Array along_first = random(float32, {65, 3, 40});
  std::swap(along_first.shape[0], along_first.shape[2]);
  std::swap(along_first.strides[0], along_first.strides[2]);
  return {"turned",
          b.finish(),
          {along_first, transposed(random(float64, {40, 65, 3})), zeros(float64, {40, 3, 65})},
          [](auto& a) {
            expect_values(
                a[2],
                [&](const Shape& i) {
                  return static_cast<double>(a[0].template at<float>(i)) *
                             a[1].template at<double>(i) +
                         static_cast<double>(i[2]);
                },
                1e-15);
          }};
}

// 16-bit floats in and out, float32 inside
Example halves() {
  Builder b("halves");
  int x = b.in("x", float16, 1), y = b.in("y", bfloat16, 1), out = b.out("out", float16, 1),
      other = b.out("other", bfloat16, 1);
  int n = b.extent("n", {{x, 0}, {y, 0}, {out, 0}, {other, 0}}), i = b.outer(ex(n));
  b.stage();
  ExprId v = b.apply(f::mul, {b.load(x, {ax(i)}), b.load(y, {ax(i)})});
  b.store(out, {ax(i)}, v);
  b.store(other, {ax(i)}, b.cast(float64, v));
  return {"halves",
          b.finish(),
          {random(float16, {300}), random(bfloat16, {300}), zeros(float16, {300}),
           zeros(bfloat16, {300})},
          [](auto& a) {
            for (Int i = 0; i < 300; ++i) {
              float v = kroton::to_float(a[0].template at<kroton::Half>({i})) *
                        kroton::to_float(a[1].template at<kroton::BFloat16>({i}));
              EXPECT_EQ(a[2].template at<kroton::Half>({i}).bits, kroton::to_half(v).bits);
            }
          }};
}

// int8 wraps; a float that does not fit; bool
Example integers() {
  Builder b("integers");
  int x = b.in("x", int8, 1), y = b.in("y", float32, 1), sum = b.out("sum", int8, 1),
      cut = b.out("cut", int32, 1), sign = b.out("sign", bool_, 1);
  int n = b.extent("n", {{x, 0}, {y, 0}, {sum, 0}, {cut, 0}, {sign, 0}}), i = b.outer(ex(n));
  b.stage();
  ExprId v = b.load(x, {ax(i)}), w = b.load(y, {ax(i)});
  b.store(sum, {ax(i)}, b.apply(f::mul, {v, v}));
  b.store(cut, {ax(i)}, w);
  b.store(sign, {ax(i)}, b.apply(f::lt, {w, b.constant(float32, 0.0)}));
  Array wide = random(float32, {100}, -3e9, 3e9);
  wide.at<float>({5}) = std::nanf("");
  return {"integers",
          b.finish(),
          {random(int8, {100}, -100, 100), wide, zeros(int8, {100}), zeros(int32, {100}),
           zeros(bool_, {100})},
          [](auto& a) {
            EXPECT_EQ(a[3].template at<std::int32_t>({5}),
                      std::numeric_limits<std::int32_t>::min());
            expect_values(
                a[2],
                [&](const Shape& i) {
                  int v = a[0].template at<std::int8_t>(i);
                  return static_cast<std::int8_t>(v * v);
                },
                0);
          }};
}

Example complexes() {
  Builder b("complexes");
  int x = b.in("x", complex128, 2), out = b.out("out", complex128, 1);
  int n = b.extent("n", {{x, 0}, {out, 0}}), m = b.extent("m", {{x, 1}});
  int i = b.outer(ex(n)), total = sum_accumulator(b, complex128);
  b.stage();
  int j = b.reduce(ex(m));
  ExprId v = b.load(x, {ax(i), ax(j)});
  b.accumulate(total, {b.apply(f::mul, {v, v})});
  b.stage();
  b.store(out, {ax(i)}, b.result(total));
  return {
      "complexes", b.finish(), {random(complex128, {5, 100}), zeros(complex128, {5})}, [](auto& a) {
        using Z = std::complex<double>;
        for (Int i = 0; i < 5; ++i) {
          Z sum = 0;
          for (Int j = 0; j < 100; ++j)
            sum += a[0].template at<Z>({i, j}) * a[0].template at<Z>({i, j});
          EXPECT_NEAR(std::abs(sum - a[1].template at<Z>({i})), 0, 1e-12);
        }
      }};
}
}  // namespace

std::vector<Example> examples() {
  std::vector<Example> all = {softmax(), argmax(), any_of_all(), moments(),  logsumexp(),   heat(),
                              pad(),     thomas(), recurrence(), cumsum(),   scatter_add(), take(),
                              eye(),     turned(), halves(),     integers(), complexes()};
  for (Example& e : examples_of_models()) all.push_back(std::move(e));
  return all;
}
}  // namespace kernel_test
