// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/vm.h"

#include <gtest/gtest.h>

#include <random>

#include "kroton/link/error_context.h"
#include "tests/link/linked.h"

namespace {
using namespace toys;

TEST(Vm, runs_chains_views_and_cuts_like_perform_does) {
  const Variable x = vec("x"), y = vec("y");
  const Variable a = add(x, y), b = reverse(mul(a, x)), c = positive(add(b, y)),
                 d = mul(c, reverse(c)), e = reverse(b);
  const Variables outputs{d, e, add(e, b), c, reverse(x)};
  const Linked vm({x, y}, outputs), py({x, y}, outputs, "py");
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t n = random() % 7;
    const auto filled = [&] {
      NDArray array = NDArray::zeros({2 * n});
      for (double& v : array.span<double>()) v = static_cast<double>(random() % 9) - 4;
      return round % 2 ? array.slice({slice(std::nullopt, std::nullopt, 2)})
                       : array.slice({slice(n)});
    };
    const Values in{filled(), filled()};
    const Values got = vm(in), wanted = py(in);
    for (std::size_t o = 0; o < outputs.size(); ++o)
      EXPECT_EQ(list(got[o]), list(wanted[o])) << "round " << round << " output " << o;
  }
}

TEST(Vm, plans_by_the_values_that_decide_a_shape) {
  const Variable n = number("n", int64);
  const Linked f({n}, {add(count(n), count(n))});
  EXPECT_EQ(list(f({NDArray(Value(std::int64_t{3}))})[0]), (List{0, 2, 4}));
  EXPECT_EQ(list(f({NDArray(Value(std::int64_t{1}))})[0]), (List{0}));
  EXPECT_EQ(list(f({NDArray(Value(std::int64_t{0}))})[0]), (List{}));
  EXPECT_EQ(list(f({NDArray(Value(std::int64_t{3}))})[0]), (List{0, 2, 4}));
  EXPECT_THROW(f({NDArray(Value(std::int64_t{-2}))}), ValueError);
  EXPECT_EQ(list(f({NDArray(Value(std::int64_t{1}))})[0]), (List{0}));
}

TEST(Vm, allocates_outputs_and_nothing_else_once_a_plan_is_there) {
  const Variable x = vec("x");
  Variable y = x;
  for (int i = 0; i < 50; ++i) y = i % 2 ? mul(y, x) : add(y, x);
  const Linked f({x}, {y});
  const Values in{NDArray::full({1000}, 0.5)};
  Values first = f(in);
  const auto before = memory_statistics().allocations;
  Values second = f(in);
  EXPECT_EQ(memory_statistics().allocations - before, 1);
  EXPECT_EQ(list(first[0]), list(second[0]));
  EXPECT_FALSE(may_share_memory(first[0], second[0]));
}

TEST(Vm, returns_a_value_as_often_as_it_is_asked_for) {
  const Variable x = vec("x");
  const Variable y = add(x, x);
  const Linked f({x}, {y, x, y, reverse(y), x, y});
  for (int call = 0; call < 2; ++call) {
    const Values got = f({array({1., 2.})});
    for (const std::size_t o : {0, 2, 5}) EXPECT_EQ(list(got[o]), (List{2, 4})) << o;
    for (const std::size_t o : {1, 4}) EXPECT_EQ(list(got[o]), (List{1, 2})) << o;
    EXPECT_EQ(list(got[3]), (List{4, 2}));
  }
}

// Doubles where it can tell how the array lies; perform() throws.
class Doubled : public OpOf<Doubled> {
 public:
  explicit Doubled(std::string only) : only_(std::move(only)) {}
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {Variable(in[0].shared_type(), nullptr, "")});
  }
  Shapes infer_shape(const Apply&, Shapes in) const override { return {in[0]}; }
  bool fills_storage(const Apply&) const override { return true; }
  PreparedBody prepare(const Apply&, std::span<const ArrayLayout> in,
                       std::span<const ArrayLayout> out) const override {
    if (in[0].strides[0] != 8 || out[0].strides[0] != 8) return {};
    return [n = in[0].shape[0]](void* const* arrays) {
      for (std::int64_t i = 0; i < n; ++i)
        static_cast<double*>(arrays[1])[i] = 2 * static_cast<const double*>(arrays[0])[i];
    };
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    if (!only_.empty()) throw ValueError(only_);
    const NDArray x = in[0];
    NDArray z = NDArray::empty(x.shape());
    for (std::int64_t i = 0; i < z.shape()[0]; ++i) z.at<double>({i}) = 2 * x.at<double>({i});
    out[0] = z;
  }
  std::string only_;
  static constexpr std::string_view op_name = "Doubled";
  static constexpr auto fields = std::tuple{Field{"only", &Doubled::only_}};
};

TEST(Vm, runs_what_an_op_prepared_for_the_layouts_of_a_call) {
  const Variable x = vec("x");
  const auto doubled = [](const Variable& v, const char* only) {
    return Doubled(only).make_node({v}).outputs()[0];
  };
  // In the arena, in an output, behind a node whose shape is known only afterwards.
  const Variable inside = doubled(add(x, x), "prepared alone"),
                 behind = doubled(positive(add(x, x)), "prepared alone");
  const Linked f({x}, {mul(inside, x), inside, behind});
  for (const List& values : {List{1, -2, 3}, List{}, List{5}, List{1, -2, 3}}) {
    NDArray given = NDArray::zeros({static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), given.span<double>().begin());
    const Values got = f({given});
    List wanted, squares, kept;
    for (const double v : values) {
      wanted.push_back(4 * v), squares.push_back(4 * v * v);
      if (v > 0) kept.push_back(4 * v);
    }
    EXPECT_EQ(list(got[0]), squares);
    EXPECT_EQ(list(got[1]), wanted);
    EXPECT_EQ(list(got[2]), kept);
  }
}

TEST(Vm, performs_where_an_op_prepares_nothing) {
  const Variable x = vec("x");
  const Linked strict({x}, {Doubled("performed").make_node({x}).outputs()[0]}),
      f({x}, {Doubled("").make_node({x}).outputs()[0]});
  const NDArray all = array({1., 2., 3., 4.}), odd = all.slice({slice({}, {}, 2)});
  EXPECT_EQ(list(strict({all})[0]), (List{2, 4, 6, 8}));
  try {
    strict({odd});
    ADD_FAILURE() << "perform() did not run";
  } catch (const ValueError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 9), "performed");
  }
  EXPECT_EQ(list(strict({all})[0]), (List{2, 4, 6, 8}));
  EXPECT_EQ(list(f({odd})[0]), (List{2, 6}));
  EXPECT_EQ(list(f({all})[0]), (List{2, 4, 6, 8}));
}

TEST(Vm, keeps_a_bounded_number_of_plans) {
  const Variable x = vec("x");
  const Linked f({x}, {add(x, x)});
  for (int round = 0; round < 3; ++round) {
    for (std::int64_t n = 0; n < 40; ++n) {
      EXPECT_EQ(list(f({NDArray::full({n}, 2.)})[0]), List(static_cast<std::size_t>(n), 4.));
    }
  }
}

TEST(Vm, never_hands_out_memory_that_later_calls_write) {
  const Variable x = vec("x");
  const Variable hidden = add(x, x);
  const Linked f({x}, {reverse(hidden), mul(hidden, x)});
  const Values first = f({array({1., 2.})});
  f({array({5., 6.})});
  EXPECT_EQ(list(first[0]), (List{4, 2}));
  EXPECT_EQ(list(first[1]), (List{2, 8}));
}

TEST(Vm, C6_11_names_both_shapes_and_the_node) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add(x, y);
  const Linked f({x, y}, {z});
  std::string texts[2];
  for (std::string& text : texts) {
    try {
      f({array({1., 2., 3.}), array({1., 2., 3., 4.})});
      FAIL() << "nothing was thrown";
    } catch (const ShapeError& error) {
      text = error.what();
    }
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(
      texts[0],
      "add: x has shape (3,) and y has shape (4,); lengths must be equal, or 1 on an axis that the type marks broadcastable"
      "\n  at node 0: add(x, y)"
      "\n    input 0 x: Array{dtype: float64, broadcastable: (false,)}, float64, shape (3,), strides (8,), value [1. 2. 3.]"
      "\n    input 1 y: Array{dtype: float64, broadcastable: (false,)}, float64, shape (4,), strides (8,), value [1. 2. 3. 4.]"
      "\n    made at " +
          link::line_text(z.line()) +
          "\n    hint: flag exception_verbosity=high shows the values of larger inputs");
  EXPECT_EQ(list(f({array({1.}), array({2.})})[0]), (List{3}));
}

// x[i] with i checked.
class Pick : public OpOf<Pick> {
 public:
  static constexpr std::string_view op_name = "Pick";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {number()}); }
  Shapes infer_shape(const Apply&, Shapes) const override { return {{{std::vector<ShapeExpr>{}}}}; }
  std::optional<kernel::Kernel> kernel(const Apply&) const override {
    using kernel::Affine;
    kernel::Builder b("pick");
    const int x = b.in("x", float64, 1), i = b.in("i", int64, 0), z = b.out("z", float64, 0);
    b.extent("n", {{x, 0}});
    b.stage();
    kernel::Access access{x, {Affine::value(b.load(i, {}))}};
    access.checked = true;
    b.store(z, {}, b.load(access));
    return b.finish();
  }
};

TEST(Vm, reports_an_index_outside_its_array_in_the_user_s_words) {
  const Variable x = vec("x"), i = number("i", int64);
  const Linked f({x, i}, {Pick().make_node({x, i}).outputs()[0]});
  const auto at = [&](std::int64_t n) { return f({array({1., 2., 3.}), NDArray(Value(n))}); };
  EXPECT_EQ(list(at(2)[0]), (List{3}));
  try {
    at(7);
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "pick: index 7 is out of range for axis 0 of length 3; give 0 to 2");
    EXPECT_NE(text.find("at node 0: Pick(x, i)"), std::string::npos) << text;
  }
  EXPECT_EQ(list(at(0)[0]), (List{1}));
}

// Hands its input on without saying so.
class HandsOn : public OpOf<HandsOn> {
 public:
  static constexpr std::string_view op_name = "HandsOn";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    out[0] = in[0];
  }
};
TEST(Vm, parts_an_output_from_memory_that_its_op_did_not_say_it_shares) {
  const Variable x = vec("x");
  const auto hands_on = [](const Variable& v) { return HandsOn().make_node({v}).outputs()[0]; };
  const Linked f({x},
                 {hands_on(x), hands_on(add(x, x)), add(hands_on(mul(x, x)), add(add(x, x), x))});
  const NDArray given = array({1., 2.});
  const Values out = f({given});
  EXPECT_FALSE(may_share_memory(out[0], Value(given)));
  f({array({7., 8.})});
  EXPECT_EQ(list(out[0]), (List{1, 2}));
  EXPECT_EQ(list(out[1]), (List{2, 4}));
  EXPECT_EQ(list(out[2]), (List{4, 10}));
}

// A wrong dtype from perform must never reach a kernel.
class Lies : public OpOf<Lies> {
 public:
  static constexpr std::string_view op_name = "Lies";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {vec()}); }
  void perform(const Apply&, std::span<const Value>, std::span<Value> out) const override {
    out[0] = array<float>({1.f});
  }
};
TEST(Vm, refuses_what_perform_gives_when_the_type_does_not_take_it) {
  const Variable x = vec("x");
  const Variable y = Lies().make_node({x}).outputs()[0];
  const Linked f({x}, {add(y, y)});
  try {
    f({array({1.})});
    FAIL() << "nothing was thrown";
  } catch (const TypeError& error) {
    const std::string text = error.what();
    EXPECT_EQ(
        text.substr(0, text.find('\n')),
        "Lies: perform gave float32 (1,) for output 0, whose type is Array{dtype: float64, broadcastable: "
        "(false,)}; perform must give values of the output's type");
  }
}
}  // namespace
