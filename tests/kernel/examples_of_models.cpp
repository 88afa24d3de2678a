// SPDX-License-Identifier: BSD-3-Clause
// Larger examples: what models are made of.
#include <gtest/gtest.h>

#include <cmath>

#include "examples.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builtin.h"

namespace kernel_test {
namespace {
using namespace kroton::kernel;
using kroton::bool_, kroton::float32, kroton::float64, kroton::int64;
namespace f = kroton::kernel::builtin;
using Int = std::int64_t;

Affine ax(int i) { return Affine::axis(i); }
Affine ex(int i) { return Affine::extent(i); }

void sqrt_double(const void* const* x, void* result) {
  *static_cast<double*>(result) = std::sqrt(*static_cast<const double*>(x[0]));
}
const FunctionRef square_root = std::make_shared<ScalarFunction>(ScalarFunction{
    "sqrt", 1, "sqrt(x)",
    [](kroton::DType d) -> HostFunction { return d == float64 ? sqrt_double : nullptr; },
    ResultRule::same, 6, false});

// Arithmetic that a formula over doubles and a formula over expressions share.
struct Term {
  Builder* b;
  ExprId id;
};
Term operator+(Term x, Term y) { return {x.b, x.b->apply(f::add, {x.id, y.id})}; }
Term operator-(Term x, Term y) { return {x.b, x.b->apply(f::sub, {x.id, y.id})}; }
Term operator*(Term x, Term y) { return {x.b, x.b->apply(f::mul, {x.id, y.id})}; }
Term operator*(double c, Term x) { return Term{x.b, x.b->constant(float64, c)} * x; }
Term where(Term condition, Term x, Term y) { return {x.b, x.b->select(condition.id, x.id, y.id)}; }
double where(double condition, double x, double y) { return condition != 0 ? x : y; }

enum Field { u, v, w, t, s, p, mask, u_mask, v_mask, coriolis, dx, dz, field_count };
constexpr int tendency_count = 8;

// at(field, axis, shift): the field at the point, moved by `shift` along one axis.
template <class V, class At>
std::vector<V> tendencies(At at) {
  auto here = [&](Field q) { return at(q, 0, 0); };
  const V zero = here(p) - here(p);
  auto flux = [&](Field q, int axis, int to) {
    V difference = at(q, axis, to) - at(q, axis, to - 1);
    return where(at(mask, axis, to), difference, zero);
  };
  auto diffusion = [&](Field q) {
    V along_x = (flux(q, 0, 1) - flux(q, 0, 0)) * here(dx);
    V along_z = (flux(q, 2, 1) - flux(q, 2, 0)) * here(dz);
    return (along_x + (flux(q, 1, 1) - flux(q, 1, 0))) + along_z;
  };
  auto advection = [&](Field q) {
    V along_x = here(u) * (at(q, 0, 1) - at(q, 0, -1));
    V along_y = here(v) * (at(q, 1, 1) - at(q, 1, -1));
    return 0.5 * ((along_x + along_y) + here(w) * (at(q, 2, 1) - at(q, 2, -1)));
  };
  auto pressure = [&](int axis) { return at(p, axis, 1) - here(p); };
  V du = (0.1 * diffusion(u) - pressure(0)) + here(coriolis) * here(v);
  V dv = (0.1 * diffusion(v) - pressure(1)) - here(coriolis) * here(u);
  V divergence = ((here(u) - at(u, 0, -1)) + (here(v) - at(v, 1, -1))) + (here(w) - at(w, 2, -1));
  V vorticity = (at(v, 0, 1) - here(v)) - (at(u, 1, 1) - here(u));
  V density = (0.8 * here(s) - 0.2 * here(t)) + here(p) * here(dz);
  return {where(here(u_mask), du, zero),
          where(here(v_mask), dv, zero),
          0.1 * diffusion(w) - pressure(2),
          0.3 * diffusion(t) - advection(t),
          0.2 * diffusion(s) - advection(s),
          divergence,
          vorticity,
          density};
}

// Which of the three axes a field has.
std::vector<int> axes_of(int q) {
  if (q == coriolis) return {0, 1};
  if (q == dx) return {0};
  if (q == dz) return {2};
  return {0, 1, 2};
}

Example weather() {
  static const char* names[field_count] = {"u",    "v",      "w",      "t",        "s",  "p",
                                           "mask", "u_mask", "v_mask", "coriolis", "dx", "dz"};
  const Shape shape = {9, 8, 70};
  Builder b("weather");
  std::vector<Array> arrays;
  std::vector<Dimension> sources[3];
  for (int q = 0; q < field_count + tendency_count; ++q) {
    std::vector<int> axes = q < field_count ? axes_of(q) : std::vector<int>{0, 1, 2};
    bool is_mask = q == mask || q == u_mask || q == v_mask;
    Shape lengths;
    for (std::size_t d = 0; d < axes.size(); ++d) {
      lengths.push_back(shape[static_cast<std::size_t>(axes[d])]);
      sources[axes[d]].push_back({q, static_cast<int>(d)});
    }
    if (q < field_count) {
      b.in(names[q], is_mask ? bool_ : float64, static_cast<int>(axes.size()));
      arrays.push_back(is_mask ? random(bool_, lengths, 0, 1) : random(float64, lengths));
      if (is_mask) {
        for (std::size_t i = 0; i < arrays.back().memory.size(); ++i)
          arrays.back().memory[i] = i % 7 != 3 && i % 11 != 5;
      }
    } else {
      b.param("out" + std::to_string(q - field_count), float64, 3, Role::inout);
      arrays.push_back(zeros(float64, lengths));
    }
  }
  b.stage();
  int point[3];
  for (int d = 0; d < 3; ++d)
    point[d] = b.axis(ex(b.extent(std::string(1, "nml"[d]), sources[d])) - 2);
  auto at = [&](Field q, int axis, int shift) {
    std::vector<Affine> index;
    for (int a : axes_of(q)) index.push_back(ax(point[a]) + (a == axis ? 1 + shift : 1));
    return Term{&b, b.load(q, index)};
  };
  std::vector<Term> all = tendencies<Term>(at);
  for (int o = 0; o < tendency_count; ++o) {
    b.store(field_count + o, {ax(point[0]) + 1, ax(point[1]) + 1, ax(point[2]) + 1},
            all[static_cast<std::size_t>(o)].id);
  }
  return {"weather", b.finish(), arrays, [shape](auto& a) {
            for (int o = 0; o < tendency_count; ++o) {
              expect_values(
                  a[static_cast<std::size_t>(field_count + o)],
                  [&](const Shape& i) {
                    for (std::size_t d = 0; d < 3; ++d) {
                      if (i[d] == 0 || i[d] + 1 == shape[d]) return 0.0;
                    }
                    auto at = [&](Field q, int axis, int shift) -> double {
                      Shape index;
                      for (int d : axes_of(q))
                        index.push_back(i[static_cast<std::size_t>(d)] + (d == axis ? shift : 0));
                      Array& field = a[static_cast<std::size_t>(q)];
                      return field.dtype == bool_ ? field.template at<char>(index)
                                                  : field.template at<double>(index);
                    };
                    return tendencies<double>(at)[static_cast<std::size_t>(o)];
                  },
                  1e-13);
            }
          }};
}

// 48 terms of roots, logs and divisions, with an operand that only the last axis moves.
Example polynomial() {
  Builder b("polynomial");
  int x = b.in("x", float64, 3), y = b.in("y", float64, 3), level = b.in("level", float64, 3),
      out = b.out("out", float64, 3);
  int n = b.extent("n", {{x, 0}, {y, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {y, 1}, {out, 1}}),
      l = b.extent("l", {{x, 2}, {y, 2}, {level, 2}, {out, 2}});
  int i = b.outer(ex(n)), j = b.outer(ex(m)), k = b.outer(ex(l));
  b.stage();
  ExprId xv = b.load(x, {ax(i), ax(j), ax(k)}), yv = b.load(y, {ax(i), ax(j), ax(k)}),
         z = b.load(level, {0, 0, ax(k)}), sum = b.constant(float64, 0.0);
  for (int term = 0; term < 48; ++term) {
    ExprId c = b.constant(float64, 1.0 + term);
    ExprId base = b.apply(f::add, {b.apply(f::mul, {z, c}), term % 2 ? xv : yv});
    ExprId value = term % 3 == 0   ? b.apply(square_root, {base})
                   : term % 3 == 1 ? b.apply(f::log, {base})
                                   : b.apply(f::divide, {c, base});
    sum = b.apply(f::add, {b.apply(f::mul, {sum, b.constant(float64, 0.5)}), value});
  }
  b.store(out, {ax(i), ax(j), ax(k)}, sum);
  return {"polynomial",
          b.finish(),
          {random(float64, {6, 5, 40}, 1, 3), random(float64, {6, 5, 40}, 1, 3),
           random(float64, {1, 1, 40}, 0.5, 1), zeros(float64, {6, 5, 40})},
          [](auto& a) {
            expect_values(
                a[3],
                [&](const Shape& i) {
                  double sum = 0;
                  for (int term = 0; term < 48; ++term) {
                    double c = 1.0 + term, z = a[2].template at<double>({0, 0, i[2]});
                    double base = z * c + a[term % 2 ? 0 : 1].template at<double>(i);
                    sum = sum * 0.5 + (term % 3 == 0   ? std::sqrt(base)
                                       : term % 3 == 1 ? std::log(base)
                                                       : c / base);
                  }
                  return sum;
                },
                1e-13);
          }};
}

// (x - mean) / sqrt(variance + eps) * scale + shift, each row read twice.
Example layer_norm() {
  Builder b("layer_norm");
  int x = b.in("x", float64, 2), scale = b.in("scale", float64, 1),
      shift = b.in("shift", float64, 1), out = b.out("out", float64, 2);
  int n = b.extent("n", {{x, 0}, {out, 0}}),
      m = b.extent("m", {{x, 1}, {scale, 0}, {shift, 0}, {out, 1}});
  int i = b.outer(ex(n)), moments = moments_accumulator(b, float64);
  b.stage();
  int j = b.reduce(ex(m));
  b.accumulate(moments,
               {b.load(x, {ax(i), ax(j)}), b.constant(float64, 0.0), b.constant(float64, 1.0)});
  b.stage();
  int k = b.axis(ex(m));
  ExprId variance = b.apply(f::divide, {b.result(moments, 1), b.result(moments, 2)});
  ExprId spread = b.apply(square_root, {b.apply(f::add, {variance, b.constant(float64, 1e-5)})});
  ExprId centred = b.apply(f::sub, {b.load(x, {ax(i), ax(k)}), b.result(moments, 0)});
  ExprId scaled = b.apply(f::mul, {b.apply(f::divide, {centred, spread}), b.load(scale, {ax(k)})});
  b.store(out, {ax(i), ax(k)}, b.apply(f::add, {scaled, b.load(shift, {ax(k)})}));
  return {"layer_norm",
          b.finish(),
          {random(float64, {7, 300}), random(float64, {300}), random(float64, {300}),
           zeros(float64, {7, 300})},
          [](auto& a) {
            expect_values(
                a[3],
                [&](const Shape& i) {
                  auto x = [&](Int j) { return a[0].template at<double>({i[0], j}); };
                  double mean = 0, variance = 0;
                  for (Int j = 0; j < 300; ++j) mean += x(j) / 300;
                  for (Int j = 0; j < 300; ++j) variance += (x(j) - mean) * (x(j) - mean) / 300;
                  return (x(i[1]) - mean) / std::sqrt(variance + 1e-5) *
                             a[1].template at<double>({i[1]}) +
                         a[2].template at<double>({i[1]});
                },
                1e-12);
          }};
}

// out[k] = x[row[k], column[k]]
Example pick() {
  Builder b("pick");
  int x = b.in("x", float32, 2), row = b.in("row", int64, 1), column = b.in("column", int64, 1),
      out = b.out("out", float32, 1);
  b.extent("xn", {{x, 0}});
  b.extent("xm", {{x, 1}});
  int k = b.outer(ex(b.extent("n", {{row, 0}, {column, 0}, {out, 0}})));
  b.stage();
  ExprId r = b.load(row, {ax(k)}), c = b.load(column, {ax(k)});
  b.store(out, {ax(k)}, b.load(Access{x, {Affine::value(r), Affine::value(c)}, {}, true}));
  return {
      "pick",
      b.finish(),
      {transposed(random(float32, {9, 8})), random(int64, {100}, 0, 7.9),
       random(int64, {100}, 0, 8.9), zeros(float32, {100})},
      [](auto& a) {
        expect_values(
            a[3],
            [&](const Shape& i) {
              return a[0].template at<float>({a[1].template at<Int>(i), a[2].template at<Int>(i)});
            },
            0);
      }};
}

// The sum and the largest element of each column.
Example columns(const char* name, Int rows, Int count) {
  Builder b(name);
  int x = b.in("x", float32, 2), total = b.out("total", float64, 1),
      most = b.out("most", float32, 1);
  int n = b.extent("n", {{x, 0}}), m = b.extent("m", {{x, 1}, {total, 0}, {most, 0}});
  int j = b.outer(ex(m)), sum = sum_accumulator(b, float64), max = max_accumulator(b, float32);
  b.stage();
  int i = b.reduce(ex(n));
  ExprId value = b.load(x, {ax(i), ax(j)});
  b.accumulate(sum, {b.cast(float64, value)});
  b.accumulate(max, {value});
  b.stage();
  b.store(total, {ax(j)}, b.result(sum));
  b.store(most, {ax(j)}, b.result(max));
  return {name,
          b.finish(),
          {random(float32, {rows, count}), zeros(float64, {count}), zeros(float32, {count})},
          [rows](auto& a) {
            for (bool is_sum : {true, false}) {
              expect_values(
                  a[is_sum ? 1 : 2],
                  [&](const Shape& j) {
                    double sum = 0, most = -9;
                    for (Int i = 0; i < rows; ++i) {
                      double value = a[0].template at<float>({i, j[0]});
                      sum += value;
                      most = std::max(most, value);
                    }
                    return is_sum ? sum : most;
                  },
                  1e-11);
            }
          }};
}
}  // namespace

std::vector<Example> examples_of_models() {
  return {weather(),
          polynomial(),
          layer_norm(),
          pick(),
          columns("few_columns", 70000, 9),
          columns("many_columns", 600, 1100)};
}
}  // namespace kernel_test
