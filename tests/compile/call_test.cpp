// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "kroton/compile/function.h"
#include "kroton/ndarray/npy.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

#include <unistd.h>

namespace {
using namespace toys;

class CallOf : public testing::TestWithParam<const char*> {
 protected:
  Mode mode() const { return Mode(GetParam(), "None"); }
};
INSTANTIATE_TEST_SUITE_P(Linkers, CallOf, testing::Values("py", "vm"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(CallOf, take_arguments_by_name_and_fall_back_on_defaults) {
  const Variable x = vec("x"), y = vec("y");
  const auto f =
      function({x, In(y, {.value = Value(array({5., 5.}))})}, add(x, y), {.mode = mode()});
  EXPECT_EQ(list(f(array({1., 2.})).only()), (List{6, 7}));
  EXPECT_EQ(list(f(array({1., 2.}), arg("y") = array({0., 1.})).only()), (List{1, 3}));
  EXPECT_EQ(list(f(array({1., 2.})).only()), (List{6, 7}));
  EXPECT_EQ(list(f(arg("x") = array({1., 2.})).only()), (List{6, 7}));
}

TEST_P(CallOf, update_an_input_s_default_after_each_call) {
  const Variable x = vec("x"), total = vec("total");
  const auto f =
      function({x, In(total, {.value = Value(array({0.})), .update = Operand(add(total, x))})},
               total, {.mode = mode()});
  EXPECT_EQ(list(f(array({2.})).only()), (List{0}));
  EXPECT_EQ(list(f(array({3.})).only()), (List{2}));
  EXPECT_EQ(list(f(array({3.})).only()), (List{5}));
}

TEST_P(CallOf, C0_7_share_variables_and_update_them_from_old_values) {
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

TEST_P(CallOf, C6_5_that_fail_change_no_shared_variable_and_say_the_same_twice) {
  const SharedVariable w("w", Array({false}), array({1.}));
  const Variable x = vec("x");
  const auto f =
      function({x}, fails(x), {.updates = {{w, add(w, x)}}, .mode = mode(), .name = "f"});
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

TEST_P(CallOf, overwrite_an_argument_only_when_it_is_mutable) {
  const Variable x = vec("x"), y = vec("y");
  const Variable z = add_inplace(x, y);
  EXPECT_EQ(
      error_of<ValueError>([&] { function({x, y}, z, {.mode = mode()}); }),
      "function: the graph holds AddInplace, which overwrites an input; pass accept_inplace = true if that is meant");
  EXPECT_EQ(
      error_of<ValueError>([&] { function({x, y}, z, {.mode = mode(), .accept_inplace = true}); }),
      "function: AddInplace would overwrite x, which is protected; declare that input mutable_, or copy it first");
  const auto f =
      function({In(x, {.mutable_ = true}), y}, z, {.mode = mode(), .accept_inplace = true});
  const NDArray a = array({1., 2.});
  EXPECT_EQ(list(f(a, array({1., 1.})).only()), (List{2, 3}));
  EXPECT_EQ(list(a), (List{2, 3}));
  // The same memory twice: the one that is overwritten is parted first.
  EXPECT_EQ(list(f(a, a).only()), (List{4, 6}));
  EXPECT_EQ(list(a), (List{2, 3}));
}

TEST_P(CallOf, C0_3_write_into_the_user_s_array) {
  const Variable x = vec("x");
  NDArray target = NDArray::zeros({2});
  const auto f = function({x}, Out(add(x, x)).into(target), {.mode = mode(), .name = "f"});
  const Outputs out = f(array({1., 2.}));
  EXPECT_EQ(list(target), (List{2, 4}));
  EXPECT_TRUE(may_share_memory(out[0], Value(target)));
  EXPECT_EQ(
      error_of<ShapeError>([&] { f(array({1.})); }),
      "function 'f': output 0 has shape (1,) and the array of into() has shape (2,); they must be equal");
  EXPECT_EQ(
      error_of<TypeError>([&] { function({x}, Out(x).into(NDArray::zeros({2}, float32))); }),
      "function: output 0 has type Array{dtype: float64, broadcastable: (false,)} and the array of into() is "
      "float32 (2,); dtype and number of dimensions must be the same");
}

// C1.5: not a SIGBUS.
TEST_P(CallOf, on_an_array_whose_file_was_shortened_is_an_error) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("kroton_call_" + std::to_string(::getpid()) + ".npy"))
                               .string();
  save_npy(path, NDArray::full({1000}, 2.));
  const Variable x = vec("x");
  SharedVariable w("w", Array({false}), array({1.}));
  w.set_value(load_npy(path, "c"), true);
  const auto by_argument = function({x}, add(x, x), {.mode = mode(), .name = "f"});
  const auto by_shared = function({x}, add(x, w), {.mode = mode(), .name = "g"});
  const NDArray mapped = load_npy(path, "c");
  ASSERT_EQ(::truncate(path.c_str(), 200), 0);
  const std::string fact =
      ": load_npy: '" + path +
      "' was shortened from 8128 to 200 bytes while it is mapped; replace files "
      "by renaming, or load them without mmap_mode";
  EXPECT_EQ(error_of<ValueError>([&] { by_argument(mapped); }), "function 'f'" + fact);
  EXPECT_EQ(error_of<ValueError>([&] { by_shared(NDArray::zeros({1000})); }),
            "function 'g'" + fact);
  EXPECT_EQ(list(by_argument(array({1.})).only()), (List{2}));
  save_npy(path, NDArray::full({1000}, 3.));
  EXPECT_EQ(list(by_argument(load_npy(path, "c")).only()).back(), 6);
  std::filesystem::remove(path);
}

TEST_P(CallOf, are_called_from_many_threads) {
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
  EXPECT_EQ(error_of<ValueError>([&] { f(); }),
            "function 'f': input 0 'x' is missing; it has no default value");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, a, a); }),
            "function 'f': 3 arguments are given by position and it takes 2; its inputs are x, y");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, arg("q") = a); }),
            "function 'f': there is no input named 'q'; its inputs are x, y");
  EXPECT_EQ(error_of<ValueError>([&] { f(a, arg("x") = a); }),
            "function 'f': input 0 'x' is given twice; pass it once, by position or by name");
  EXPECT_EQ(
      error_of<ValueError>([&] { f(arg("y") = a, a); }),
      "function 'f': argument 1 is given by position behind one by name; put those by position first");
  EXPECT_EQ(error_of<TypeError>([&] { f(a, "text"); }),
            "function 'f': input 1 'y': Array: 'text' is no array; pass one");
  EXPECT_EQ(
      error_of<TypeError>([&] { f(a, Value()); }),
      "function 'f': input 1 'y': nothing is given, an empty Value; pass an array or a number");
  const auto g = function({x, y, same}, add(add(x, y), same));
  EXPECT_EQ(error_of<ValueError>([&] { g(a, arg("y") = a); }),
            "function: 2 inputs are named 'y'; pass them by position");
  EXPECT_EQ(list(f(a, a).only()), (List{2}));
}
}  // namespace
