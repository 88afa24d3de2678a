// SPDX-License-Identifier: BSD-3-Clause
// Recurrences that are written out with slices: which become one kernel with an ordered axis, and
// what they compute. Values are those of plain loops, computed in the order of the graph.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using List = std::vector<double>;

// Numbers between 0.5 and 1.5.
NDArray numbers(const Shape& shape, unsigned seed) {
  NDArray x = NDArray::zeros(shape);
  for (double& v : x.span<double>())
    v = 0.5 + static_cast<double>((seed = seed * 1664525U + 1013904223U) >> 8) * 0x1p-24;
  return x;
}
double element(const NDArray& x, std::int64_t i, std::int64_t k) { return x.at<double>({i, k}); }
Variable column(const Variable& x, std::int64_t k) { return x[{slice(), k}]; }
List values(const Outputs& x) { return x.array(0).to_vector<double>(); }

int kernels(const Function& fn) {
  int count = 0;
  for (const Apply& node : fn.nodes())
    count += node.op().view_map().empty() && node.op().text() != "DeepCopyOp";
  return count;
}
std::string words(const Function& fn) {
  std::string all;
  for (const Apply& node : fn.nodes()) all += (all.empty() ? "" : "; ") + node.op().text();
  return all;
}

// a x[k - 1] + b x[k] + c x[k + 1] = d along the last axis: the columns of x.
std::vector<Variable> solved(const Variables& s, int n) {
  std::vector<Variable> u{column(s[2], 0) / column(s[1], 0)}, x{column(s[3], 0) / column(s[1], 0)};
  for (int k = 1; k < n; ++k) {
    const Variable pivot = column(s[1], k) - column(s[0], k) * u.back();
    x.push_back((column(s[3], k) - column(s[0], k) * x.back()) / pivot);
    u.push_back(column(s[2], k) / pivot);
  }
  for (std::size_t k = x.size() - 1; k-- > 0;) x[k] = x[k] - u[k] * x[k + 1];
  return x;
}
// The same by a loop, N columns of the arrays.
NDArray solved_by_loop(const std::vector<NDArray>& s, std::int64_t n) {
  NDArray x = NDArray::zeros({s[0].shape()[0], n});
  for (std::int64_t i = 0; i < s[0].shape()[0]; ++i) {
    List u(static_cast<std::size_t>(n));
    for (std::int64_t k = 0; k < n; ++k) {
      const double a = k ? element(s[0], i, k) : 0,
                   before = k ? u[static_cast<std::size_t>(k - 1)] : 0;
      const double pivot = k ? element(s[1], i, k) - a * before : element(s[1], i, k);
      u[static_cast<std::size_t>(k)] = element(s[2], i, k) / pivot;
      x.at<double>({i, k}) =
          (k ? element(s[3], i, k) - a * element(x, i, k - 1) : element(s[3], i, k)) / pivot;
    }
    for (std::int64_t k = n - 1; k-- > 0;)
      x.at<double>({i, k}) -= u[static_cast<std::size_t>(k)] * element(x, i, k + 1);
  }
  return x;
}
std::vector<NDArray> systems(std::int64_t m, std::int64_t n) {
  std::vector<NDArray> s;
  for (unsigned i = 0; i < 4; ++i) s.push_back(numbers({m, n}, i + 1));
  for (double& v : s[1].span<double>()) v += 3;
  return s;
}
Variables system_variables() { return {dmatrix("a"), dmatrix("b"), dmatrix("c"), dmatrix("d")}; }
}  // namespace

TEST(Recurrences, a_tridiagonal_solve_with_slices_is_one_kernel) {
  const Variables s = system_variables();
  const Function solve = function(s, T::stack(solved(s, 7), 1));
  EXPECT_EQ(solve.nodes().size(), 1U) << words(solve);
  for (const std::int64_t points : {0, 1, 5, 700}) {
    const auto in = systems(points, 7);
    EXPECT_EQ(values(solve(in[0], in[1], in[2], in[3])), solved_by_loop(in, 7).to_vector<double>());
  }
}

TEST(Recurrences, the_same_along_the_first_axis_and_set_into_an_array) {
  const Variables s = system_variables();
  const Variables turned{s[0].T(), s[1].T(), s[2].T(), s[3].T()};
  const std::vector<Variable> x = solved(turned, 6);
  Variable z = s[3];
  for (std::size_t k = 0; k < 6; ++k) z = T::set_subtensor(z[static_cast<std::int64_t>(k)], x[k]);
  const Function solve = function(s, z);
  EXPECT_EQ(solve.nodes().size(), 1U) << words(solve);
  const auto in = systems(5, 6);
  const auto turn = [](const NDArray& x) { return x.transpose().copy(); };
  EXPECT_EQ(values(solve(turn(in[0]), turn(in[1]), turn(in[2]), turn(in[3]))),
            turn(solved_by_loop(in, 6)).to_vector<double>());
}

TEST(Recurrences, what_lies_behind_the_last_step_keeps_its_values) {
  const Variable x = dmatrix("x");
  Variable z = x, before = column(x, 1);
  for (int k = 2; k < 8; ++k) {
    before = 0.5 * before + column(x, k);
    z = T::set_subtensor(column(z, k), before);
  }
  const Function fn = function({x}, z);
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  NDArray in = numbers({3, 11}, 4), expected = in.copy();
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t k = 2; k < 8; ++k)
      expected.at<double>({i, k}) = 0.5 * element(expected, i, k - 1) + element(in, i, k);
  EXPECT_EQ(values(fn(in)), expected.to_vector<double>());
}

TEST(Recurrences, constants_of_each_step_become_a_table) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  // Some are float32, some need float64.
  for (int k = 1; k < 9; ++k) y.push_back((column(x, k) + y.back()) * (k % 2 ? 0.5 + k : 1.0 / k));
  const Function fn = function({x}, T::stack(y, 1));
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray in = numbers({4, 9}, 2);
  NDArray expected = in.copy();
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t k = 1; k < 9; ++k)
      expected.at<double>({i, k}) =
          (element(in, i, k) + element(expected, i, k - 1)) *
          (k % 2 ? 0.5 + static_cast<double>(k) : 1.0 / static_cast<double>(k));
  EXPECT_EQ(values(fn(in)), expected.to_vector<double>());
}

TEST(Recurrences, two_earlier_values_are_carried) {
  const Variable x = dvector("x");
  std::vector<Variable> y{x[0], x[1]};
  for (int k = 2; k < 12; ++k) y.push_back(y[y.size() - 1] + 0.5 * y[y.size() - 2] + x[k]);
  const Function fn = function({x}, T::stack(y));
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  List expected = numbers({12}, 3).to_vector<double>();
  for (std::size_t k = 2; k < 12; ++k)
    expected[k] = expected[k - 1] + 0.5 * expected[k - 2] + expected[k];
  EXPECT_EQ(values(fn(numbers({12}, 3))), expected);
}

TEST(Recurrences, numbers_from_the_end_are_followed) {
  const Variable x = dmatrix("x");
  Variable z = x, before = column(x, -1);
  for (int k = 2; k < 9; ++k) {
    before = T::tanh(before) + column(x, -k);
    z = T::set_subtensor(column(z, -k), before);
  }
  const Function fn = function({x}, z);
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray in = numbers({2, 10}, 9);
  const List out = values(fn(in));
  NDArray expected = in.copy();
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t k = 8; k > 1; --k)
      expected.at<double>({i, k}) = std::tanh(element(expected, i, k + 1)) + element(in, i, k);
  for (std::size_t i = 0; i < out.size(); ++i)
    EXPECT_NEAR(out[i], expected.to_vector<double>()[i], 1e-14);
}

TEST(Recurrences, results_of_one_loop_are_outputs_of_one_kernel) {
  const Variable x = dmatrix("x"), v = dmatrix("v");
  std::vector<Variable> p{column(x, 0)}, q{column(v, 0)};
  for (int k = 1; k < 7; ++k) {
    const Variable next = p.back() + 0.25 * q.back();
    q.push_back(0.5 * q.back() - next * column(v, k));
    p.push_back(next);
  }
  const Function fn = function({x, v}, {T::stack(p, 1), T::stack(q, 1)});
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray a = numbers({3, 7}, 1), b = numbers({3, 7}, 2);
  NDArray pe = a.copy(), qe = b.copy();
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t k = 1; k < 7; ++k) {
      pe.at<double>({i, k}) = element(pe, i, k - 1) + 0.25 * element(qe, i, k - 1);
      qe.at<double>({i, k}) = 0.5 * element(qe, i, k - 1) - element(pe, i, k) * element(b, i, k);
    }
  }
  const Outputs out = fn(a, b);
  EXPECT_EQ(out.array(0).to_vector<double>(), pe.to_vector<double>());
  EXPECT_EQ(out.array(1).to_vector<double>(), qe.to_vector<double>());
}

TEST(Recurrences, a_step_that_others_read_is_read_from_the_result) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  for (int k = 1; k < 8; ++k) y.push_back(column(x, k) - 0.5 * y.back());
  const Function fn = function({x}, {T::stack(y, 1), T::exp(y[5]), y[7]});
  EXPECT_EQ(kernels(fn), 2) << words(fn);
  const NDArray in = numbers({3, 8}, 5);
  NDArray expected = in.copy();
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t k = 1; k < 8; ++k)
      expected.at<double>({i, k}) = element(in, i, k) - 0.5 * element(expected, i, k - 1);
  const Outputs out = fn(in);
  EXPECT_EQ(out.array(0).to_vector<double>(), expected.to_vector<double>());
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(out.array(1).at<double>({i}), std::exp(element(expected, i, 5)), 1e-14);
    EXPECT_EQ(out.array(2).at<double>({i}), element(expected, i, 7));
  }
}

TEST(Recurrences, what_all_steps_read_and_what_changes_between_them_is_told_apart) {
  const Variable x = dmatrix("x"), w = dvector("w"), r = dvector("r");
  std::vector<Variable> y{w};
  for (int k = 1; k < 8; ++k) y.push_back(y.back() * r + column(x, k - 1) * column(x, k));
  const Function fn = function({x, w, r}, T::stack(y, 1));
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray in = numbers({3, 8}, 5), start = numbers({3}, 6), rate = numbers({3}, 7);
  NDArray expected = NDArray::zeros({3, 8});
  for (std::int64_t i = 0; i < 3; ++i) {
    expected.at<double>({i, 0}) = start.at<double>({i});
    for (std::int64_t k = 1; k < 8; ++k)
      expected.at<double>({i, k}) = element(expected, i, k - 1) * rate.at<double>({i}) +
                                    element(in, i, k - 1) * element(in, i, k);
  }
  EXPECT_EQ(values(fn(in, start, rate)), expected.to_vector<double>());
}

TEST(Recurrences, shorter_floats_are_rounded_at_each_step) {
  const Variable x = T::tensor(float16, {false, false}, "x");
  std::vector<Variable> y{column(x, 0)};
  for (int k = 1; k < 9; ++k) y.push_back(y.back() * column(x, k));
  const Function fn = function({x}, T::stack(y, 1));
  const Function plain = function({x}, T::stack(y, 1), {.mode = Mode("py", "None")});
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray in = numbers({300, 9}, 8).astype(float16);
  EXPECT_EQ(NDArray(fn(in)).astype(float64).to_vector<double>(),
            NDArray(plain(in)).astype(float64).to_vector<double>());
}

TEST(Recurrences, an_array_that_is_too_short_is_named) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  for (int k = 1; k < 6; ++k) y.push_back(y.back() + column(x, k));
  const Function fn = function({x}, T::stack(y, 1));
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  try {
    fn(NDArray::zeros({2, 5}));
    ADD_FAILURE();
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "add, add, add, add, add, join: axis 1 of x has length 5; its length must be at "
              "least 6");
  }
  EXPECT_EQ(values(fn(NDArray::full({1, 6}, 1.0))), (List{1, 2, 3, 4, 5, 6}));
}

TEST(Recurrences, steps_are_set_into_the_array_that_they_read) {
  const Variable x = dmatrix("x"), sorted = T::sort(x, 0);
  Variable z = sorted, before = column(sorted, 0);
  for (int k = 1; k < 9; ++k) {
    before = 0.5 * (before + column(sorted, k));
    z = T::set_subtensor(column(z, k), before);
  }
  const Function step = function({x}, z);
  EXPECT_EQ(step.nodes().size(), 2U) << words(step);
  NDArray in = numbers({40, 9}, 3);
  for (std::int64_t i = 0; i < 40; ++i)  // sorted as it is
    for (std::int64_t k = 0; k < 9; ++k) in.at<double>({i, k}) += static_cast<double>(i);
  NDArray expected = in.copy();
  for (std::int64_t i = 0; i < 40; ++i)
    for (std::int64_t k = 1; k < 9; ++k)
      expected.at<double>({i, k}) = 0.5 * (element(expected, i, k - 1) + element(expected, i, k));
  EXPECT_EQ(values(step(in)), expected.to_vector<double>());
  const std::int64_t before_call = memory_statistics().allocations;
  step(in);
  EXPECT_EQ(memory_statistics().allocations - before_call, 1);
}

TEST(Recurrences, the_sweeps_of_a_shared_state_take_nothing_but_the_new_state) {
  const SharedVariable u = shared(numbers({40, 9}, 3), "u");
  Variable z = u;
  std::vector<Variable> x{column(u, 0)};
  for (int k = 1; k < 9; ++k) x.push_back(0.5 * (x.back() + column(u, k)));
  for (std::size_t k = 8; k-- > 0;) x[k] = 0.5 * (x[k] + x[k + 1]);
  for (int k = 0; k < 9; ++k) z = T::set_subtensor(column(z, k), x[static_cast<std::size_t>(k)]);
  const Function step = function({}, {}, {.updates = {{u, z}}});
  EXPECT_EQ(step.nodes().size(), 1U) << words(step);
  NDArray expected = numbers({40, 9}, 3);
  for (int t = 0; t < 3; ++t) {
    step();
    for (std::int64_t i = 0; i < 40; ++i) {
      for (std::int64_t k = 1; k < 9; ++k)
        expected.at<double>({i, k}) = 0.5 * (element(expected, i, k - 1) + element(expected, i, k));
      for (std::int64_t k = 8; k-- > 0;)
        expected.at<double>({i, k}) = 0.5 * (element(expected, i, k) + element(expected, i, k + 1));
    }
  }
  EXPECT_EQ(u.get_value().as<NDArray>().to_vector<double>(), expected.to_vector<double>());
}

// The first and the last face are closed: their steps differ from the others.
TEST(Recurrences, mixing_along_depth_between_closed_faces_is_one_kernel) {
  constexpr int n = 9;
  const Variable x = dmatrix("x"), water = dmatrix("water");
  std::vector<Variable> u(n), z(n);
  const auto exchange = [&](int k) { return 0.75 * water[k] * water[k + 1]; };
  for (std::size_t k = 0; k < n; ++k) {
    const int i = static_cast<int>(k);
    const Variable above = k > 0 ? exchange(i - 1) : T::zeros_like(water[0]),
                   below = k + 1 < n ? exchange(i) : T::zeros_like(water[0]);
    Variable pivot = 1 + above + below;
    if (k > 0) pivot = pivot - above * u[k - 1];
    u[k] = below / pivot;
    z[k] = (k > 0 ? x[i] + above * z[k - 1] : x[i]) / pivot;
  }
  for (std::size_t k = n - 1; k-- > 0;) z[k] = z[k] + u[k] * z[k + 1];
  Variable mixed = x;
  for (int k = 0; k < n; ++k) mixed = T::set_subtensor(mixed[k], z[static_cast<std::size_t>(k)]);
  const Function fn = function({x, water}, mixed);
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const NDArray a = numbers({n, 5}, 3), wet = numbers({n, 5}, 4);
  const List out = values(fn(a, wet));
  // The exchange takes from one layer what it gives to the next, and the equations hold.
  for (std::int64_t i = 0; i < 5; ++i) {
    double before = 0, after = 0;
    const auto at = [&](std::int64_t k) { return out[static_cast<std::size_t>(k * 5 + i)]; };
    const auto flow = [&](std::int64_t k) {
      return 0.75 * element(wet, k, i) * element(wet, k + 1, i) * (at(k + 1) - at(k));
    };
    for (std::int64_t k = 0; k < n; ++k) {
      before += element(a, k, i);
      after += at(k);
      const double change = (k + 1 < n ? flow(k) : 0) - (k > 0 ? flow(k - 1) : 0);
      EXPECT_NEAR(at(k) - change, element(a, k, i), 1e-13);
    }
    EXPECT_NEAR(before, after, 1e-12);
  }
}

TEST(Recurrences, gradients_go_back_through_the_steps) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  for (int k = 1; k < 7; ++k) y.push_back(0.5 * y.back() + column(x, k));
  const Function fn = function({x}, grad(T::sum(T::stack(y, 1)), x));
  const List g = values(fn(numbers({2, 7}, 1)));
  // x[k] reaches y[k], half of it y[k + 1], and so on.
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < 7; ++k)
      EXPECT_NEAR(g[i * 7 + k], 2 - std::pow(0.5, 6.0 - static_cast<double>(k)), 1e-14);
}

TEST(Recurrences, steps_that_do_not_depend_on_each_other_are_left_to_fusion) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y;
  for (int k = 0; k < 8; ++k) y.push_back(T::sqr(column(x, k)));
  const Function fn = function({x}, T::stack(y, 1));
  EXPECT_GT(fn.nodes().size(), 1U);
  EXPECT_EQ(values(fn(NDArray::full({1, 8}, 3.0))), List(8, 9.0));
}

TEST(Recurrences, steps_of_other_operations_are_not_taken_for_alike) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  for (int k = 1; k < 8; ++k)
    y.push_back(k % 2 ? T::sin(y.back()) + column(x, k) : T::cos(y.back()) - column(x, k));
  const Function fn = function({x}, T::stack(y, 1));
  const NDArray in = numbers({3, 8}, 5);
  const List out = values(fn(in));
  for (std::size_t i = 0; i < 3; ++i) {
    double before = element(in, static_cast<std::int64_t>(i), 0);
    for (std::size_t k = 1; k < 8; ++k) {
      const double here = element(in, static_cast<std::int64_t>(i), static_cast<std::int64_t>(k));
      before = k % 2 ? std::sin(before) + here : std::cos(before) - here;
      EXPECT_NEAR(out[i * 8 + k], before, 1e-14);
    }
  }
}

TEST(Recurrences, steps_that_turn_what_they_carry_are_left_alone) {
  const Variable x = T::dtensor3("x");
  std::vector<Variable> y{x[0]};
  for (int k = 1; k < 7; ++k) y.push_back(0.5 * y.back().T() + x[k]);
  const Function fn = function({x}, T::stack(y)),
                 plain = function({x}, T::stack(y), {.mode = Mode("py", "None")});
  const NDArray in = numbers({7, 3, 3}, 5);
  EXPECT_EQ(values(fn(in)), values(plain(in)));
}

TEST(Recurrences, slices_that_jump_are_left_alone) {
  const Variable x = dmatrix("x");
  std::vector<Variable> y{column(x, 0)};
  for (const int k : {3, 1, 2, 6, 5, 4, 7}) y.push_back(y.back() * column(x, k));
  const Function fn = function({x}, T::stack(y, 1)),
                 plain = function({x}, T::stack(y, 1), {.mode = Mode("py", "None")});
  const NDArray in = numbers({3, 8}, 5);
  EXPECT_EQ(values(fn(in)), values(plain(in)));
}

TEST(Recurrences, every_second_element_is_an_index_map_too) {
  const Variable x = dvector("x"), v = dvector("v");
  std::vector<Variable> y{x[0]};
  for (int k = 1; k < 8; ++k) y.push_back(y.back() * 0.5 + x[2 * k] - v[15 - k]);
  const Function fn = function({x, v}, T::stack(y));
  EXPECT_EQ(fn.nodes().size(), 1U) << words(fn);
  const List a = numbers({16}, 5).to_vector<double>(), b = numbers({16}, 6).to_vector<double>();
  List expected{a[0]};
  for (std::size_t k = 1; k < 8; ++k)
    expected.push_back(expected.back() * 0.5 + a[2 * k] - b[15 - k]);
  EXPECT_EQ(values(fn(numbers({16}, 5), numbers({16}, 6))), expected);
}

TEST(Recurrences, sweeps_that_meet_are_stages_of_one_kernel) {
  const Variable x = dmatrix("x");
  const int n = 9;
  std::vector<Variable> up{column(x, 0)}, down(n), both;
  for (int k = 1; k < n; ++k) up.push_back(T::maximum(column(x, k), up.back() - 0.25));
  down[n - 1] = column(x, n - 1);
  for (std::size_t k = n - 1; k-- > 0;)
    down[k] = T::maximum(column(x, static_cast<std::int64_t>(k)), down[k + 1] - 0.25);
  for (std::size_t k = 0; k < n; ++k) both.push_back(T::minimum(up[k], down[k]));
  const Function fn = function({x}, T::stack(both, 1));
  EXPECT_LE(fn.nodes().size(), 2U) << words(fn);
  const NDArray in = numbers({3, n}, 8);
  const List out = values(fn(in));
  for (std::int64_t i = 0; i < 3; ++i) {
    List a(n), b(n);
    for (std::size_t k = 0; k < n; ++k)
      a[k] = k ? std::max(element(in, i, static_cast<std::int64_t>(k)), a[k - 1] - 0.25)
               : element(in, i, 0);
    for (std::size_t k = n; k-- > 0;)
      b[k] = k + 1 < n ? std::max(element(in, i, static_cast<std::int64_t>(k)), b[k + 1] - 0.25)
                       : element(in, i, n - 1);
    for (std::size_t k = 0; k < n; ++k)
      EXPECT_EQ(out[static_cast<std::size_t>(i) * n + k], std::min(a[k], b[k]));
  }
}
