// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/compile/function.h"
#include "kroton/kroton.h"
#include "tests/compile/errors.h"
#include "tests/link/toys.h"

namespace {
using namespace toys;

TEST(Outputs, give_numbers_only_without_loss) {
  const Outputs two(Values{1.5, 2});
  EXPECT_EQ(two.item<double>(), 1.5);
  EXPECT_THROW(two.item<int>(), TypeError);
  EXPECT_EQ(error_of<ValueError>([&] { two[2]; }),
            "outputs[i]: output 2 is asked for; the function gives 2");
  EXPECT_EQ(
      error_of<ValueError>([&] { NDArray a = two; }),
      "Outputs: the function gives 2 values; take one of them by outputs[i] or outputs.array(i)");
}

// What a call does with arguments that it may overwrite, by linker vm.
class MutableInputs : public testing::Test {
 protected:
  Variable x = dvector("x"), y = dvector("y");
  Mode vm{"vm", "None"};
  static List values(const Outputs& out, std::size_t i = 0) { return list(out[i]); }
  static const void* memory(const Outputs& out, std::size_t i = 0) { return out.array(i).raw(); }
};

TEST_F(MutableInputs, an_output_lies_in_the_memory_of_one_that_it_reads_last) {
  const auto f = function({In(x, {.mutable_ = true}), y}, x * y, {.mode = vm});
  const auto g = function({In(x, {.mutable_ = true}), y}, exp(x) + y, {.mode = "FAST_RUN"});
  for (const std::int64_t n : {3, 5, 3}) {
    NDArray a = NDArray::full({n}, 2.0);
    const NDArray b = NDArray::full({n}, 10.0);
    const Outputs product = f(a, b);
    EXPECT_EQ(values(product), List(static_cast<std::size_t>(n), 20.0));
    EXPECT_EQ(memory(product), a.raw());
    EXPECT_EQ(list(b), List(static_cast<std::size_t>(n), 10.0));
    NDArray zero = NDArray::zeros({n});
    const Outputs sum = g(zero, b);
    EXPECT_EQ(values(sum), List(static_cast<std::size_t>(n), 11.0));
    EXPECT_EQ(memory(sum), zero.raw());
  }
}

TEST_F(MutableInputs, one_that_is_still_read_or_may_not_be_overwritten_stays_as_it_is) {
  // x is read again behind the first output.
  const auto f = function({In(x, {.mutable_ = true})}, {x * 2, flip(x)}, {.mode = vm});
  const Outputs out = f(array({1., 2., 3.}));
  EXPECT_EQ(values(out), (List{2, 4, 6}));
  EXPECT_EQ(values(out, 1), (List{3, 2, 1}));
  const auto plain = function({x}, x * 2, {.mode = vm});
  const NDArray a = array({1., 2.});
  EXPECT_EQ(values(plain(a)), (List{2, 4}));
  EXPECT_EQ(list(a), (List{1, 2}));
  // Rows that do not lie one behind the other, and an argument that is the other one too.
  const NDArray every = NDArray::arange(6, float64).slice({slice({}, {}, 2)});
  const auto h = function({In(x, {.mutable_ = true}), y}, x + y, {.mode = vm});
  EXPECT_EQ(values(h(every, every)), (List{0, 4, 8}));
  EXPECT_EQ(list(every), (List{0, 2, 4}));
}

TEST_F(MutableInputs, a_shared_variable_never_comes_to_lie_in_an_argument) {
  const SharedVariable w = shared(array({0., 0.}), "w");
  const auto f = function({In(x, {.mutable_ = true})}, {}, {.updates = {{w, x * 2}}, .mode = vm});
  NDArray a = array({1., 2.});
  f(a);
  EXPECT_NE(NDArray(w.get_value(true)).raw(), a.raw());
  a.at<double>({0}) = 99;
  EXPECT_EQ(list(w.get_value()), (List{2, 4}));
}

TEST_F(MutableInputs, a_default_value_is_the_same_in_the_next_call) {
  const auto f =
      function({In(x, {.value = array({1., 2.}), .mutable_ = true})}, x * 2, {.mode = vm});
  for (int call = 0; call < 2; ++call) EXPECT_EQ(values(f()), (List{2, 4}));
}

TEST_F(MutableInputs, intermediates_lie_in_one_that_is_read_no_more) {
  Variable z = exp(x);
  for (int i = 0; i < 3; ++i) z = cumsum(z, 0);
  const auto arena = [&](bool is_mutable) {
    const auto f =
        function({In(x, {.mutable_ = is_mutable})}, sum(z), {.mode = vm, .profile = true});
    for (int call = 0; call < 2; ++call)
      EXPECT_EQ(f(NDArray::zeros({100})).item<double>(), 103. * 102 * 101 * 100 / 24);
    return f.profile().peak_bytes;
  };
  EXPECT_LT(arena(true), arena(false));
}
}  // namespace
