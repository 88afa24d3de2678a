// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/function.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/link/toys.h"

namespace {
using namespace toys;

// What the thrown Error says, without the line that says where function() was called.
template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    const std::string text = error.what();
    return text.substr(0, text.find("\n"));
  } catch (const std::exception& error) {
    return std::string("another type: ") + error.what();
  }
  return "nothing was thrown";
}

class Functions : public testing::TestWithParam<const char*> {
 protected:
  Mode mode() const { return Mode(GetParam(), "None"); }
};
INSTANTIATE_TEST_SUITE_P(Linkers, Functions, testing::Values("py", "vm"), [](const auto& info) { return std::string(info.param); });

TEST_P(Functions, C0_8_compute_one_output_or_a_list) {
  const Variable x = vec("x"), y = vec("y");
  const auto f = function({x, y}, add(x, y), {.mode = mode()});
  const NDArray z = f(array({1., 2.}), array({10., 20.}));
  EXPECT_EQ(list(z), (List{11, 22}));
  const auto g = function({x, y}, {add(x, y), mul(x, y)}, {.mode = mode(), .name = "g"});
  const Outputs out = g(array({1., 2.}), array({10., 20.}));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(list(out[1]), (List{10, 40}));
  EXPECT_EQ(g.name(), "g");
  EXPECT_EQ(g.nodes().size(), 2u);
  const auto nothing = function({}, {}, {.mode = mode()});
  EXPECT_EQ(nothing().size(), 0u);
}

TEST_P(Functions, take_arguments_by_name_and_fall_back_on_defaults) {
  const Variable x = vec("x"), y = vec("y");
  const auto f = function({x, In(y, {.value = Value(array({5., 5.}))})}, add(x, y), {.mode = mode()});
  EXPECT_EQ(list(f(array({1., 2.})).only()), (List{6, 7}));
  EXPECT_EQ(list(f(array({1., 2.}), arg("y") = array({0., 1.})).only()), (List{1, 3}));
  EXPECT_EQ(list(f(array({1., 2.})).only()), (List{6, 7}));
  EXPECT_EQ(list(f(arg("x") = array({1., 2.})).only()), (List{6, 7}));
}

TEST_P(Functions, update_an_input_s_default_after_each_call) {
  const Variable x = vec("x"), total = vec("total");
  const auto f = function({x, In(total, {.value = Value(array({0.})), .update = Operand(add(total, x))})}, total, {.mode = mode()});
  EXPECT_EQ(list(f(array({2.})).only()), (List{0}));
  EXPECT_EQ(list(f(array({3.})).only()), (List{2}));
  EXPECT_EQ(list(f(array({3.})).only()), (List{5}));
}

TEST_P(Functions, C0_7_share_variables_and_update_them_from_old_values) {
  const SharedVariable a("a", Array({false}), array({1.})), b("b", Array({false}), array({2.}));
  const auto swap = function({}, {a, b}, {.updates = {{a, b}, {b, a}}, .mode = mode()});
  const Outputs out = swap();
  EXPECT_EQ(list(out[0]), (List{1}));
  EXPECT_EQ(list(out[1]), (List{2}));
  EXPECT_EQ(list(a.get_value()), (List{2}));
  EXPECT_EQ(list(b.get_value()), (List{1}));
  const auto read = function({}, add(a, b), {.mode = mode()});
  EXPECT_EQ(list(read().only()), (List{3}));
}

TEST_P(Functions, never_hand_out_memory_that_the_function_keeps) {
  SharedVariable w("w", Array({false}), array({1., 2.}));
  const Variable x = vec("x"), c = constant(array({3., 4.}));
  const auto f = function({x}, {x, reverse(x), c, w}, {.mode = mode()});
  const NDArray given = array({7., 8.});
  const Outputs out = f(given);
  EXPECT_FALSE(may_share_memory(out[0], Value(given)));
  EXPECT_FALSE(may_share_memory(out[1], Value(given)));
  EXPECT_FALSE(may_share_memory(out[0], out[1]));
  EXPECT_FALSE(may_share_memory(out[3], w.get_value(true)));
  NDArray constant_out = out.array(2);
  constant_out.at<double>({0}) = 99;
  EXPECT_EQ(list(f(given)[2]), (List{3, 4}));
}

TEST_P(Functions, share_memory_where_both_sides_borrow) {
  const Variable x = vec("x");
  const auto f = function({In(x, {.borrow = true})}, Out(reverse(x), {.borrow = true}), {.mode = mode()});
  const NDArray given = array({7., 8.});
  const Outputs out = f(given);
  EXPECT_TRUE(may_share_memory(out[0], Value(given)));
  const auto g = function({x}, Out(reverse(x), {.borrow = true}), {.mode = mode()});
  EXPECT_FALSE(may_share_memory(g(given)[0], Value(given)));
}

TEST_P(Functions, C6_5_that_fail_change_no_shared_variable_and_say_the_same_twice) {
  const SharedVariable w("w", Array({false}), array({1.}));
  const Variable x = vec("x");
  const auto f = function({x}, fails(x), {.updates = {{w, add(w, x)}}, .mode = mode(), .name = "f"});
  std::string texts[2];
  for (std::string& text : texts) {
    try {
      f(array({1.}));
      FAIL() << "nothing was thrown";
    } catch (const ValueError& error) {
      text = error.what();
    }
    EXPECT_EQ(list(w.get_value()), (List{1}));
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0].substr(0, texts[0].find('\n')), "Fails: it was run; it always fails");
  EXPECT_NE(texts[0].find("at node "), std::string::npos) << texts[0];
  EXPECT_EQ(texts[0].find("at node "), texts[0].rfind("at node ")) << texts[0];
  EXPECT_NE(texts[0].find("input 0 x: "), std::string::npos) << texts[0];
  EXPECT_NE(texts[0].find("shape (1,)"), std::string::npos) << texts[0];
}

TEST_P(Functions, apply_givens_whatever_their_order) {
  const Variable x = vec("x"), y = vec("y"), z = vec("z");
  const auto f = function({x}, add(y, z), {.givens = {{z, x}, {y, add(x, x)}}, .mode = mode()});
  EXPECT_EQ(list(f(array({2.})).only()), (List{6}));
  const auto g = function({x}, add(x, y), {.givens = {{y, array({1.})}}, .mode = mode()});
  EXPECT_EQ(list(g(array({2.})).only()), (List{3}));
}

TEST_P(Functions, overwrite_an_argument_only_when_it_is_mutable) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add_inplace(x, y);
  EXPECT_EQ(error_of<ValueError>([&] { function({x, y}, z, {.mode = mode()}); }),
            "function: the graph holds AddInplace, which overwrites an input; pass accept_inplace = true if that is meant");
  EXPECT_EQ(error_of<ValueError>([&] { function({x, y}, z, {.mode = mode(), .accept_inplace = true}); }),
            "function: AddInplace would overwrite x, which is protected; declare that input mutable_, or copy it first");
  const auto f = function({In(x, {.mutable_ = true}), y}, z, {.mode = mode(), .accept_inplace = true});
  const NDArray a = array({1., 2.});
  EXPECT_EQ(list(f(a, array({1., 1.})).only()), (List{2, 3}));
  EXPECT_EQ(list(a), (List{2, 3}));
  // The same memory twice: the one that is overwritten is parted first.
  EXPECT_EQ(list(f(a, a).only()), (List{4, 6}));
  EXPECT_EQ(list(a), (List{2, 3}));
}

TEST_P(Functions, C0_3_write_into_the_user_s_array) {
  const Variable x = vec("x");
  NDArray target = NDArray::zeros({2});
  const auto f = function({x}, Out(add(x, x)).into(target), {.mode = mode(), .name = "f"});
  const Outputs out = f(array({1., 2.}));
  EXPECT_EQ(list(target), (List{2, 4}));
  EXPECT_TRUE(may_share_memory(out[0], Value(target)));
  EXPECT_EQ(error_of<ShapeError>([&] { f(array({1.})); }),
            "function 'f': output 0 has shape (1,) and the array of into() has shape (2,); they must be equal");
  EXPECT_EQ(error_of<TypeError>([&] { function({x}, Out(x).into(NDArray::zeros({2}, float32))); }),
            "function: output 0 has type Array{dtype: float64, broadcastable: (false,)} and the array of into() is "
            "float32 (2,); dtype and number of dimensions must be the same");
}

TEST_P(Functions, apply_default_updates_unless_told_not_to) {
  SharedVariable n("n", Array({}), 1.0);
  n.set_default_update(add(n, n));
  const auto f = function({}, n, {.mode = mode()});
  EXPECT_EQ(f().item<double>(), 1);
  EXPECT_EQ(f().item<double>(), 2);
  const auto g = function({}, n, {.mode = mode(), .no_default_updates = true});
  g();
  EXPECT_EQ(g().item<double>(), 4);
  const auto h = function({}, n, {.mode = mode(), .no_default_updates = {n}});
  h();
  EXPECT_EQ(h().item<double>(), 4);
  const auto own = function({}, n, {.updates = {{n, 7.0}}, .mode = mode()});
  own();
  EXPECT_EQ(n.get_value().item<double>(), 7);
  n.clear_default_update();
  EXPECT_FALSE(static_cast<bool>(n.default_update()));
}

TEST_P(Functions, are_called_from_many_threads) {
  const SharedVariable n("n", Array({}), 0.0);
  const Variable one = number("one"), x = vec("x");
  const auto increment = function({one}, {}, {.updates = {{n, add(n, one)}}, .mode = mode()});
  const auto doubled = function({x}, add(mul(x, x), x), {.mode = mode()});
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        increment(1.0);
        const std::int64_t size = 1 + (i + t) % 5;
        const double v = t + 1;
        const NDArray out = doubled(NDArray::full({size}, v));
        for (const double got : out.to_vector<double>()) wrong += got != v * v + v;
        wrong += out.size() != static_cast<std::size_t>(size);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(n.get_value().item<double>(), 800);
}

TEST(FunctionErrors, name_inputs_that_are_missing_superfluous_or_given_twice) {
  const Variable x = vec("x"), y = vec("y"), same = vec("y");
  const auto f = function({x, y}, add(x, y), {.name = "f"});
  const NDArray a = array({1.});
  EXPECT_EQ(error_of<ValueError>([&] { f(); }), "function 'f': input 0 'x' is missing; it has no default value");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, a, a); }),
            "function 'f': 3 arguments are given by position and it takes 2; its inputs are x, y");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, arg("q") = a); }), "function 'f': there is no input named 'q'; its inputs are x, y");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, arg("x") = a); }),
            "function 'f': input 0 'x' is given twice; pass it once, by position or by name");
  EXPECT_EQ(error_of<ValueError>([&] { f(arg("y") = a, a); }),
            "function 'f': argument 1 is given by position behind one by name; put those by position first");
  EXPECT_EQ(error_of<TypeError>([&] { f(a, "text"); }), "function 'f': input 1 'y': Array: 'text' is no array; pass one");
  EXPECT_EQ(error_of<TypeError>([&] { f(a, Value()); }),
            "function 'f': input 1 'y': nothing is given, an empty Value; pass an array or a number");
  const auto g = function({x, y, same}, add(add(x, y), same));
  EXPECT_EQ(error_of<ValueError>([&] { g(a, arg("y") = a); }), "function: 2 inputs are named 'y'; pass them by position");
  EXPECT_EQ(list(f(a, a).only()), (List{2}));
}

TEST(FunctionErrors, name_inputs_that_are_no_inputs) {
  const Variable x = vec("x"), w = vec("w");
  const SharedVariable s("s", Array({false}), array({1.}));
  EXPECT_EQ(error_of<ValueError>([&] { function({x, w}, x); }),
            "function: input 1 'w' is not used to compute any output; remove it or pass on_unused_input = ignore");
  EXPECT_NO_THROW(function({x, w}, x, {.on_unused_input = OnUnusedInput::ignore}));
  EXPECT_EQ(error_of<ValueError>([&] { function({x, x}, x); }),
            "function: input 1 'x' is the same variable as input 0; pass each variable once");
  EXPECT_EQ(error_of<ValueError>([&] { function({s}, s); }),
            "function: input 0 's' is a shared variable; it is an input by itself, use givens to replace it");
  EXPECT_EQ(error_of<ValueError>([&] { function({constant(array({1.}))}, x); }),
            "function: input 0 is a constant; replace it by givens instead");
  EXPECT_EQ(error_of<ValueError>([&] { function({}, add(x, x), {.name = "f"}); }),
            "function 'f': x of type Array{dtype: float64, broadcastable: (false,)} is needed and is no input; add it "
            "to the inputs, or give it a value by givens or shared()");
  EXPECT_EQ(error_of<ValueError>([&] { In(x, {.mutable_ = true, .borrow = false}); }),
            "In: x is mutable_ and not borrow; a function that may overwrite the argument's memory borrows it, leave "
            "borrow out or pass true");
}

TEST(FunctionErrors, name_updates_and_givens_that_do_not_fit) {
  const Variable x = vec("x"), m = mat("m");
  const SharedVariable s("s", Array({false}), array({1.}));
  const std::string v = "Array{dtype: float64, broadcastable: (false,)}", mm = "Array{dtype: float64, broadcastable: (false, false)}";
  EXPECT_EQ(error_of<TypeError>([&] { function({m}, {}, {.updates = {{s, m}}}); }),
            "function: the update of s has type " + mm + "; it must have type " + v);
  EXPECT_EQ(error_of<ValueError>([&] { function({x}, {}, {.updates = {{s, x}, {s, x}}}); }),
            "function: the update of s is given twice; one variable has one update");
  EXPECT_EQ(error_of<TypeError>([&] { function({m}, x, {.givens = {{x, m}}}); }),
            "function: given 0, for x, has type " + mm + "; it must have type " + v);
  EXPECT_EQ(error_of<ValueError>([&] { function({}, x, {.givens = {{x, s}, {x, s}}}); }),
            "function: given 1, for x, comes after another one for the same variable; give each variable once");
  EXPECT_EQ(error_of<ValueError>([&] { function({In(x, {.update = Operand(x)})}, x); }),
            "function: the update of input 0 'x' is given without a default value; pass value, which the update replaces");
}

TEST(FunctionErrors, say_where_function_was_called) {
  const Variable x = vec("x");
  try {
    function({x, x}, x);
    FAIL();
  } catch (const ValueError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.substr(text.rfind(':')), ":" + std::to_string(__LINE__ - 4));
    EXPECT_NE(text.find("function_test.cpp"), std::string::npos);
  }
}

TEST(Outputs, give_numbers_only_without_loss) {
  const Outputs two(Values{1.5, 2});
  EXPECT_EQ(two.item<double>(), 1.5);
  EXPECT_THROW(two.item<int>(), TypeError);
  EXPECT_EQ(error_of<ValueError>([&] { two[2]; }), "outputs[i]: output 2 is asked for; the function gives 2");
  EXPECT_EQ(error_of<ValueError>([&] { NDArray a = two; }),
            "Outputs: the function gives 2 values; take one of them by outputs[i] or outputs.array(i)");
}

TEST(Eval, C0_11_computes_a_variable_from_given_values) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add(x, y);
  EXPECT_EQ(list(z.eval({{x, array({1.})}, {y, array({2.})}})), (List{3}));
  EXPECT_EQ(list(z.eval({{x, array({5.})}, {y, array({2.})}})), (List{7}));
}
}  // namespace
