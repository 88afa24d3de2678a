// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/specialise.h"

#include <gtest/gtest.h>

#include <cstring>

#include "examples.h"
#include "kroton/base/errors.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/launch.h"
#include "system_cc.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float32;

namespace {
Kernel add() {
  Builder b("add");
  int x = b.in("x", float32, 2), y = b.in("y", float32, 2), out = b.out("out", float32, 2);
  int n = b.extent("n", {{x, 0}, {y, 0}, {out, 0}}), m = b.extent("m", {{x, 1}, {y, 1}, {out, 1}});
  Affine i = Affine::axis(b.outer(Affine::extent(n))), j = Affine::axis(b.outer(Affine::extent(m)));
  b.stage();
  b.store(out, {i, j}, b.apply(builtin::add, {b.load(x, {i, j}), b.load(y, {i, j})}));
  return b.finish();
}
// The choices, without the kernel's hash.
std::string choices(const std::vector<Array>& arrays) {
  return specialised(add(), arrays).key.substr(32);
}
}  // namespace

TEST(Specialise, contiguous_axes_collapse) {
  Array a = zeros(float32, {6, 7});
  EXPECT_EQ(choices({a, a, a}), "|pointwise (0 1) :ccc rrr");
}

TEST(Specialise, the_smallest_strides_go_innermost) {
  Array a = transposed(zeros(float32, {6, 7})), b = zeros(float32, {7, 6});
  EXPECT_EQ(choices({a, a, a}), "|pointwise (1 0) :ccc rrr");
  EXPECT_EQ(choices({a, b, b}), "|pointwise (0)(1) across 0 :gcc rxrr");
  // Among strides of a line of memory and more, that of what is written decides.
  const Array far = transposed(zeros(float32, {600, 700}));
  EXPECT_EQ(choices({far, far, zeros(float32, {700, 600})}),
            "|pointwise (1)(0) across 0 :ccg rrrx");
}

TEST(Specialise, what_lies_across_the_innermost_loop_makes_tiles) {
  const Array turned = transposed(zeros(float32, {130, 70})), straight = zeros(float32, {70, 130});
  const auto text = [](const std::vector<Array>& arrays) {
    return print_c(specialised(add(), arrays), "k").text;
  };
  const auto has = [](const std::string& text, const char* words) {
    return text.find(words) != std::string::npos;
  };
  EXPECT_FALSE(has(text({straight, straight, straight}), "row"));
  EXPECT_TRUE(has(text({turned, straight, straight}), "c0 < row + rows"));
  EXPECT_FALSE(has(text({turned, straight, straight}), "b0["));
  // Every 512 bytes: such lines push each other out of the cache.
  const Array crowded = transposed(zeros(float32, {130, 128}));
  const Array beside = zeros(float32, {128, 130});
  EXPECT_EQ(choices({crowded, beside, beside}), "|pointwise (0)(1) across 0 crowded :gcc rxrr");
  EXPECT_TRUE(has(text({crowded, beside, beside}), "b0["));
  // Which of two operands lies so is part of the text.
  const Array apart = sliced(transposed(zeros(float32, {130, 140})), 0, 0, 140, 2);
  EXPECT_EQ(choices({turned, apart, straight}), "|pointwise (0)(1) across 0 :ggc rxrr");
  EXPECT_EQ(choices({apart, turned, straight}), "|pointwise (0)(1) across 0 :ggc rrxr");
  // Steps are no other way to lie.
  const Array steps = sliced(zeros(float32, {70, 262}), 1, 0, 260, 2);
  EXPECT_EQ(choices({steps, straight, straight}), "|pointwise (0)(1) :gcc rrr");
}

TEST(Specialise, what_runs_backward_has_a_class_of_its_own) {
  Array a = zeros(float32, {7}), b = sliced(zeros(float32, {7}), 0, 6, -1, -1);
  a.shape.insert(a.shape.begin(), 1), b.shape.insert(b.shape.begin(), 1);
  a.strides.insert(a.strides.begin(), 28), b.strides.insert(b.strides.begin(), 28);
  EXPECT_EQ(choices({b, a, a}), "|pointwise (1) :bcc rrr");
}

TEST(Specialise, other_shapes_with_the_same_layout_share_the_text) {
  Array a = zeros(float32, {6, 7}), b = zeros(float32, {60, 70});
  Specialised s = specialised(add(), {a, a, a}), t = specialised(add(), {b, b, b});
  EXPECT_EQ(s.key, t.key);
  EXPECT_EQ(print_c(s, "k").text, print_c(t, "k").text);
  EXPECT_NE(choices({zeros(float32, {1, 7}), zeros(float32, {1, 7}), zeros(float32, {1, 7})}),
            choices({a, a, a}));
}

TEST(Launch, pieces_do_not_change_a_bit) {
  if (system_compiler().empty()) GTEST_SKIP() << "no C compiler";
  for (Example& e : examples()) {
    Specialised s = specialised(e.kernel, e.arrays);
    CompiledKernel compiled = compile_c(print_c(s, "k_" + e.name));
    ASSERT_TRUE(compiled.owner);
    std::vector<Array> pieces = e.arrays;
    std::vector<void*> pointers;
    for (Array& a : pieces) pointers.push_back(a.first());
    Launch launch(s);
    launch.bind(pointers.data());
    std::vector<char> scratch(static_cast<std::size_t>(s.scratch_bytes) + 64);
    void* aligned =
        scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64) % 64;
    for (std::size_t p = 0; p < launch.phases.size(); ++p) {
      for (std::int64_t u = launch.phases[p].units; u > 0;) {
        std::int64_t begin = std::max<std::int64_t>(0, u - 3);
        compiled.entries[p](begin, u, launch.extents.data(), launch.pointers.data(),
                            launch.strides.data(), aligned);
        u = begin;
      }
    }
    std::vector<Array> whole = e.arrays;
    pointers.clear();
    for (Array& a : whole) pointers.push_back(a.first());
    launch.bind(pointers.data());
    EXPECT_FALSE(run(compiled, launch));
    for (std::size_t a = 0; a < whole.size(); ++a)
      EXPECT_EQ(whole[a].memory, pieces[a].memory) << e.name;
  }
}

TEST(PrintC, a_row_that_calls_an_unknown_function_is_named) {
  Builder b("odd");
  int x = b.in("x", float32, 1), out = b.out("out", float32, 1);
  int i = b.outer(Affine::extent(b.extent("n", {{x, 0}, {out, 0}})));
  b.stage();
  auto row = std::make_shared<ScalarFunction>(
      ScalarFunction{"odd", 1, "nowhere(x)", {}, ResultRule::same, 1, false});
  b.store(out, {Affine::axis(i)}, b.apply(row, {b.load(x, {Affine::axis(i)})}));
  Kernel k = b.finish();
  Array a = zeros(float32, {4});
  try {
    print_c(specialised(k, {a, a}), "k");
    FAIL();
  } catch (const kroton::UnsupportedError& e) {
    EXPECT_STREQ(
        e.what(),
        "odd: its text for float32 calls nowhere_f32, which kernels do not have; write it with "
        "functions of the prelude");
  }
  try {
    interpreted(k, {a, a});
    FAIL();
  } catch (const kroton::UnsupportedError& e) {
    EXPECT_STREQ(e.what(), "odd: odd has no host value for float32; give the function one");
  }
}
