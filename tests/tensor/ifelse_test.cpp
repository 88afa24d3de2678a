// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/ifelse.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>

#include "kroton/base/errors.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;
using Doubles = std::vector<double>;

namespace {
std::atomic<int> count_a{0}, count_b{0};

// 2 x for vectors, counted; below 0 it fails.
struct Counted final : OpOf<Counted> {
  explicit Counted(bool is_a) : is_a_(is_a) {}
  bool is_a_;
  static constexpr std::string_view op_name = "Counted";
  static constexpr auto fields = std::tuple{Field{"is_a", &Counted::is_a_}};
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  Variables grad(const Apply&, Variables gz) const override { return {2 * gz[0]}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    ++(is_a_ ? count_a : count_b);
    Doubles x = in[0].as<NDArray>().to_vector<double>();
    for (double& v : x) {
      if (v < 0) throw ValueError("counted: " + std::to_string(v) + " is below 0");
      v *= 2;
    }
    out[0] = array(x);
  }
};
// x + 1, into x.
struct AddInPlace final : OpOf<AddInPlace> {
  static constexpr std::string_view op_name = "AddInPlace";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  AliasMap destroy_map() const override { return {{0, {0}}}; }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    NDArray x = in[0].as<NDArray>();
    for (double& v : x.span<double>()) v += 1;
    out[0] = x;
  }
};
Variable a(const Variable& x) { return Counted(true)(x); }
Variable b(const Variable& x) { return Counted(false)(x); }

std::vector<Mode> every_mode() {
  return {Mode("FAST_RUN"),     Mode("FAST_COMPILE"), Mode("DebugMode"),
          Mode("NanGuardMode"), Mode("py"),           Mode("c"),
          Mode("c|py"),         Mode("c&py"),         Mode("vm"),
          Mode("cvm", "None"),  Mode("c", "None"),    Mode("py", "None"),
          Mode("c|py", "merge")};
}
Doubles list(const NDArray& values) { return values.astype(float64).to_vector<double>(); }
const NDArray x3 = array({1., 2., 3.});
}  // namespace

TEST(IfElse, C5_3_a_call_computes_the_branch_that_it_takes_in_every_mode) {
  const auto c = bscalar("c");
  const auto x = dvector("x"), y = dvector("y");
  const auto z = ifelse(c, a(x + 1) * 3, exp(y) + b(y)) - 1;
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn = function({c, x, y}, {z, x.sum()}, {.mode = mode});
    for (int call = 0; call < 2; ++call) {
      count_a = count_b = 0;
      const Outputs taken = fn(1, x3, array({-1.}));
      EXPECT_EQ(list(taken.array(0)), (Doubles{11, 17, 23}));
      EXPECT_EQ(taken.item<double>(1), 6);
      EXPECT_GT(count_a, 0);
      EXPECT_EQ(count_b, 0);
      count_a = count_b = 0;
      EXPECT_EQ(list(fn(0, array({-5.}), array({0., 0.})).array(0)), (Doubles{0, 0}));
      EXPECT_EQ(count_a, 0);
      EXPECT_GT(count_b, 0);
    }
  }
}

TEST(IfElse, nested_choices_and_shared_parts_are_computed_when_needed) {
  const auto c = iscalar("c"), d = iscalar("d");
  const auto x = dvector("x");
  const auto shared = a(x);
  const auto z = ifelse(c, ifelse(gt(d, 0), shared + 1, b(x)), ifelse(gt(d, 5), shared - 1, x));
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn = function({c, d, x}, z, {.mode = mode});
    const auto counts = [&](int first, int second, const Doubles& wanted) {
      count_a = count_b = 0;
      EXPECT_EQ(list(fn(first, second, x3)), wanted);
      return std::pair(count_a > 0, count_b > 0);
    };
    EXPECT_EQ(counts(1, 1, {3, 5, 7}), std::pair(true, false));
    EXPECT_EQ(counts(1, 0, {2, 4, 6}), std::pair(false, true));
    EXPECT_EQ(counts(0, 6, {1, 3, 5}), std::pair(true, false));
    EXPECT_EQ(counts(0, 0, {1, 2, 3}), std::pair(false, false));
  }
}

TEST(IfElse, several_values_of_any_types_are_chosen_at_once) {
  const auto c = dscalar("c");
  const auto x = dvector("x");
  const auto m = imatrix("m"), n = imatrix("n");
  const auto s = generic("s"), t = generic("t");
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const Variables z = ifelse(c, {a(x), m, s}, {x, n + 1, t});
    ASSERT_EQ(z.size(), 3u);
    const auto fn = function({c, x, m, n, s, t}, z, {.mode = mode});
    const NDArray one = array<int>({1, 2}, {1, 2}), two = array<int>({3}, {1, 1});
    const Outputs yes = fn(0.5, x3, one, two, "yes", "no");
    EXPECT_EQ(list(yes.array(0)), (Doubles{2, 4, 6}));
    EXPECT_EQ(yes.array(1).shape(), (Shape{1, 2}));
    EXPECT_EQ(yes[2].as<std::string>(), "yes");
    const Outputs no = fn(0.0, x3, one, two, "yes", "no");
    EXPECT_EQ(list(no.array(0)), (Doubles{1, 2, 3}));
    EXPECT_EQ(list(no.array(1)), (Doubles{4}));
    EXPECT_EQ(no[2].as<std::string>(), "no");
  }
}

TEST(IfElse, gradients_are_those_of_the_branch_taken) {
  const auto c = bscalar("c");
  const auto x = dvector("x"), y = dvector("y");
  const auto z = ifelse(c, sqr(x), 3 * y).sum();
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn = function({c, x, y}, grad(z, {x, y}), {.mode = mode});
    const Outputs yes = fn(1, x3, x3), no = fn(0, x3, x3);
    EXPECT_EQ(list(yes.array(0)), (Doubles{2, 4, 6}));
    EXPECT_EQ(list(yes.array(1)), (Doubles{0, 0, 0}));
    EXPECT_EQ(list(no.array(0)), (Doubles{0, 0, 0}));
    EXPECT_EQ(list(no.array(1)), (Doubles{3, 3, 3}));
  }
  // The condition is connected, with a gradient of zero.
  const auto w = dscalar("w");
  const auto of_condition = grad(ifelse(w, w * 2, w * 3), w);
  EXPECT_EQ(function({w}, of_condition)(5.0).item<double>(), 2);
  EXPECT_EQ(function({w}, of_condition)(0.0).item<double>(), 3);
  const auto u = dvector("u");
  const auto along = Rop(ifelse(c, sqr(x), 3 * x), x, u);
  const auto fn = function({c, x, u}, along);
  EXPECT_EQ(list(fn(1, x3, array({1., 0., 1.}))), (Doubles{2, 0, 6}));
  EXPECT_EQ(list(fn(0, x3, array({1., 0., 1.}))), (Doubles{3, 0, 3}));
}

TEST(IfElse, numbers_and_flags_take_the_other_side_s_type) {
  const auto c = bscalar("c");
  EXPECT_EQ(ifelse(c, fscalar("x"), 0.1).dtype(), float32);
  EXPECT_EQ(ifelse(c, 1, lscalar("n")).dtype(), int64);
  const auto r = drow("r"), k = dcol("k");
  const auto m = dmatrix("m");
  EXPECT_EQ(ifelse(c, r, m).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(ifelse(c, r, k).broadcastable(), (std::vector<bool>{false, false}));
  EXPECT_EQ(ifelse(c, r, r + 1).broadcastable(), (std::vector<bool>{true, false}));
  const auto fn = function({c, r, k}, ifelse(c, r, k));
  EXPECT_EQ(NDArray(fn(1, array({1., 2.}, {1, 2}), array({1., 2.}, {2, 1}))).shape(),
            (Shape{1, 2}));
  EXPECT_EQ(NDArray(fn(0, array({1., 2.}, {1, 2}), array({1., 2.}, {2, 1}))).shape(),
            (Shape{2, 1}));
  // NaN is not 0, nor is what a cast to an integer would drop.
  const auto d = dscalar("d");
  const auto pick = function({d}, ifelse(d, 1, 2));
  EXPECT_EQ(pick(std::nan("")).item<int>(), 1);
  EXPECT_EQ(pick(0.25).item<int>(), 1);
  EXPECT_EQ(pick(-0.0).item<int>(), 2);
}

TEST(IfElse, what_it_gives_shares_no_memory_with_what_went_in) {
  const auto c = bscalar("c");
  const auto x = dvector("x");
  for (const Mode& mode : every_mode()) {
    const auto fn = function({c, In(x, {.borrow = true})},
                             Out(ifelse(c, x, x + 1), {.borrow = true}), {.mode = mode});
    const NDArray given = x3.copy();
    NDArray out = fn(1, given);
    out.at<double>({0}) = 9;
    EXPECT_EQ(list(given), (Doubles{1, 2, 3})) << mode.text();
  }
}

TEST(IfElse, an_op_that_writes_in_place_in_a_branch_harms_nobody) {
  const auto c = bscalar("c");
  const auto x = dvector("x");
  const auto y = a(x);
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn = function({c, x}, {ifelse(c, AddInPlace()(y), x), y * 1},
                             {.mode = mode, .accept_inplace = true});
    const Outputs out = fn(1, x3);
    EXPECT_EQ(list(out.array(0)), (Doubles{3, 5, 7}));
    EXPECT_EQ(list(out.array(1)), (Doubles{2, 4, 6}));
  }
}

TEST(IfElse, C6_5_a_failure_in_a_branch_names_node_and_line) {
  const auto c = bscalar("c");
  const auto x = dvector("x");
  const auto z = ifelse(c, a(x) + 1, x);
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn = function({c, x}, z, {.mode = mode});
    for (int call = 0; call < 2; ++call) {
      try {
        fn(1, array({-1.}));
        ADD_FAILURE() << "nothing was thrown";
      } catch (const ValueError& error) {
        const std::string text = error.what();
        EXPECT_TRUE(text.starts_with("counted: -1.000000 is below 0\n  at node ")) << text;
        EXPECT_NE(text.find(": Counted{is_a: true}(x)\n    input 0 x: TensorType(float64, vector)"),
                  std::string::npos)
            << text;
        EXPECT_NE(text.find("ifelse_test.cpp"), std::string::npos) << text;
      }
      EXPECT_EQ(list(fn(0, array({-1.}))), (Doubles{-1}));
      EXPECT_EQ(list(fn(1, x3)), (Doubles{3, 5, 7}));
    }
  }
}

TEST(IfElse, wrong_use_is_explained) {
  const auto c = bscalar("c");
  const auto x = dvector("x"), y = fvector("y");
  CHECK_ERROR(TypeError, ifelse(x, x, x),
              "ifelse: the condition x is TensorType(float64, vector); it must be one number, "
              "reduce it with any() or all(), or choose element by element with where()");
  CHECK_ERROR(TypeError, ifelse(c, x, y),
              "ifelse: output 0 is TensorType(float64, vector) if the condition holds and "
              "TensorType(float32, vector) if not; both must have one type");
  CHECK_ERROR(TypeError, ifelse(c, x, 0),
              "ifelse: output 0 is TensorType(float64, vector) if the condition holds and "
              "TensorType(int8, scalar) if not; both must have one type");
  CHECK_ERROR(TypeError, ifelse(c, {x, x}, {x}),
              "ifelse: there are 2 values if the condition holds and 1 if not; give as many on "
              "both sides");
  CHECK_ERROR(TypeError, IfElse(2).make_node({c, x, x}),
              "ifelse: 3 inputs were given for 2 outputs; it takes the condition and, for each "
              "output, a value if it holds and one if not");
  EXPECT_EQ(list(function({c, x}, ifelse(c, x, -x))(0, x3)), (Doubles{-1, -2, -3}));
}

TEST(IfElse, a_chain_of_many_choices_runs_on_a_small_stack) {
  const auto n = iscalar("n");
  Variable z = dscalar("x");
  const Variable x = z;
  for (int i = 0; i < 120; ++i) z = ifelse(gt(n, i), z + 1, z * 1);
  const auto fn = function({n, x}, z, {.mode = "FAST_COMPILE"});
  EXPECT_EQ(fn(50, 0.5).item<double>(), 50.5);
}

namespace {
// The first of three tests that holds: later ones are computed when the earlier ones fail.
struct FirstThatHolds final : OpOf<FirstThatHolds> {
  static constexpr std::string_view op_name = "FirstThatHolds";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {lscalar()}); }
  std::vector<int> branches(const Apply&) const override { return {0, 1, 2}; }
  int next_branch(const Apply&, std::span<const Value> in) const override {
    for (int i = 0; i < 3; ++i) {
      const Value& test = in[static_cast<std::size_t>(i)];
      if (test.empty()) return i;
      if (NDArray(test).item<double>() != 0) return 0;
    }
    return 0;
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    std::int64_t i = 0;
    while (i < 3 && NDArray(in[static_cast<std::size_t>(i)]).item<double>() == 0) ++i;
    out[0] = NDArray(Value(i)).astype(int64);
  }
};
struct AsksForever final : OpOf<AsksForever> {
  static constexpr std::string_view op_name = "AsksForever";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {in[0].type()()}); }
  std::vector<int> branches(const Apply&) const override { return {0, 7}; }
  int next_branch(const Apply&, std::span<const Value>) const override { return 7; }
};
}  // namespace

TEST(IfElse, C5_6_a_program_s_own_op_may_be_lazy) {
  const auto x = dvector("x"), y = dvector("y"), z = dvector("z");
  for (const Mode& mode : every_mode()) {
    SCOPED_TRACE(mode.text());
    const auto fn =
        function({x, y, z}, FirstThatHolds()(x.sum(), a(y).sum(), b(z).sum()), {.mode = mode});
    const NDArray zero = array({0.}), bad = array({-1.});
    EXPECT_EQ(fn(x3, bad, bad).item<std::int64_t>(), 0);
    EXPECT_EQ(fn(zero, x3, bad).item<std::int64_t>(), 1);
    EXPECT_EQ(fn(zero, zero, x3).item<std::int64_t>(), 2);
    EXPECT_EQ(fn(zero, zero, zero).item<std::int64_t>(), 3);
  }
  const auto wrong = function({x}, AsksForever()(x, x + 1), {.mode = "py"});
  try {
    wrong(x3);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "AsksForever: next_branch gave 7; it must give a branch of the node that was not "
              "asked for, or 0");
  }
}

TEST(IfElse, a_profile_counts_what_ran) {
  const auto c = bscalar("c");
  const auto x = dvector("x");
  for (const char* linker : {"vm", "py", "c", "c|py", "c&py"}) {
    SCOPED_TRACE(linker);
    const auto fn = function({c, x}, ifelse(c, a(x), b(x)), {.mode = linker, .profile = true});
    for (int call = 0; call < 3; ++call) fn(1, x3);
    fn(0, x3);
    std::map<std::string, std::uint64_t> calls;
    for (const ProfileRow& row : fn.profile().nodes) calls[row.text] = row.calls;
    EXPECT_EQ(calls["Counted{is_a: true}(x)"], 3u);
    EXPECT_EQ(calls["Counted{is_a: false}(x)"], 1u);
    EXPECT_EQ(calls[fn.nodes().back().text()], 4u);
  }
}
