// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/overlay.h"

#include <gtest/gtest.h>

#include <numeric>

#include "examples.h"
#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/interpreter.h"
#include "kroton/kernel/launch.h"
#include "system_cc.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float32, kroton::float64;
namespace f = kroton::kernel::builtin;

namespace {
// z[i] = x[READ] + y[i], i over n.
Kernel add_at(const std::function<Affine(Affine i, Affine n)>& read) {
  Builder b("add");
  const int x = b.in("x", float64, 1), y = b.in("y", float64, 1), z = b.out("z", float64, 1);
  const Affine n = Affine::extent(b.extent("n", {{x, 0}, {y, 0}, {z, 0}}));
  const Affine i = Affine::axis(b.outer(n));
  b.stage();
  b.store(z, {i}, b.apply(f::add, {b.load(x, {read(i, n)}), b.load(y, {i})}));
  return b.finish();
}

// z = x, then z[1 + i] = x[READ(i)], i over the m elements of y.
Kernel window(int read) {
  Builder b("window");
  const int x = b.in("x", float64, 1), y = b.in("y", float64, 1), z = b.out("z", float64, 1);
  const Affine n = Affine::extent(b.extent("n", {{x, 0}, {z, 0}}));
  const Affine m = Affine::extent(b.extent("m", {{y, 0}}));
  b.stage();
  const Affine i = Affine::axis(b.axis(n));
  b.store(z, {i}, b.load(x, {i}));
  b.stage();
  const Affine j = Affine::axis(b.axis(m));
  b.store(z, {j + 1}, read == 0 ? b.load(y, {j}) : b.load(x, {j + read}));
  return b.finish();
}

// The arrays after a run in which OUTPUT is INPUT's array.
struct Overlaid {
  std::vector<Array> arrays;
  std::vector<void*> pointers;
  Overlaid(std::vector<Array> given, int input, int output) : arrays(std::move(given)) {
    for (Array& a : arrays) pointers.push_back(a.first());
    pointers[static_cast<std::size_t>(output)] = pointers[static_cast<std::size_t>(input)];
    arrays[static_cast<std::size_t>(output)].strides =
        arrays[static_cast<std::size_t>(input)].strides;
  }
};
}  // namespace

TEST(Overlay, an_element_that_is_read_where_it_is_written_may_be_written_over) {
  const Kernel k = add_at([](Affine i, Affine) { return i; });
  EXPECT_TRUE(may_overlay(k, 0, 2));
  EXPECT_TRUE(may_overlay(k, 1, 2));
  EXPECT_FALSE(may_overlay(k, 2, 0));
}

TEST(Overlay, one_that_another_point_reads_may_not) {
  const Kernel shifted = add_at([](Affine i, Affine) { return i + 1; });
  EXPECT_FALSE(may_overlay(shifted, 0, 2));
  EXPECT_TRUE(may_overlay(shifted, 1, 2));
  EXPECT_FALSE(may_overlay(add_at([](Affine i, Affine n) { return n - i - 1; }), 0, 2));
  EXPECT_FALSE(may_overlay(add_at([](Affine, Affine) { return Affine(0); }), 0, 2));
}

TEST(Overlay, what_is_set_into_a_copy_may_be_set_into_the_array_itself) {
  EXPECT_TRUE(may_overlay(window(0), 0, 2));
  // Reads of another place meet what is set there; those of the same place what was copied.
  EXPECT_FALSE(may_overlay(window(2), 0, 2));
  EXPECT_TRUE(may_overlay(window(1), 0, 2));
  // A window is shorter than the array that it lies in; z is written before y is read.
  EXPECT_FALSE(may_overlay(window(0), 1, 2));
}

TEST(Overlay, boxes_that_share_no_element_are_written_in_any_order) {
  Builder b("pieces");
  const int x = b.in("x", float64, 1), y = b.in("y", float64, 1), z = b.out("z", float64, 1);
  const Affine n = Affine::extent(b.extent("n", {{x, 0}, {z, 0}}));
  const Affine m = Affine::extent(b.extent("m", {{y, 0}}));
  b.stage();
  const Affine i = Affine::axis(b.axis(m));
  b.store(z, {i}, b.apply(f::mul, {b.load(x, {i}), b.load(y, {i})}));
  b.stage();
  const Affine j = Affine::axis(b.axis(n - m));
  b.store(z, {m + j}, b.apply(f::add, {b.load(x, {m + j}), b.load(x, {m + j})}));
  const Kernel k = b.finish();
  EXPECT_TRUE(may_overlay(k, 0, 2));
}

TEST(Overlay, groups_hold_inputs_that_each_of_their_outputs_may_overlay) {
  Kernel k = add_at([](Affine i, Affine) { return i + 1; });
  group_overlays(k);
  EXPECT_EQ(k.params[0].alias_group, -1);
  EXPECT_EQ(k.params[1].alias_group, 0);
  EXPECT_EQ(k.params[2].alias_group, 0);
  k.params[1].alias_group = k.params[2].alias_group = -1;
  k.params[0].alias_group = 7;
  group_overlays(k);
  EXPECT_EQ(k.params[2].alias_group, -1) << "a kernel with groups of its own stays as it is";
}

TEST(Overlay, values_are_the_same_over_an_input_in_all_examples) {
  int pairs = 0;
  for (const Example& e : examples()) {
    const int count = static_cast<int>(e.kernel.params.size());
    for (int input = 0; input < count; ++input) {
      for (int output = 0; output < count; ++output) {
        const auto x = static_cast<std::size_t>(input), z = static_cast<std::size_t>(output);
        if (!may_overlay(e.kernel, input, output) || e.arrays[x].shape != e.arrays[z].shape)
          continue;
        ++pairs;
        std::vector<Array> apart = interpreted(e.kernel, e.arrays);
        const std::vector<double> expected = values(apart[z]);
        Overlaid by_interpreter(e.arrays, input, output);
        std::vector<Shape> shapes, strides;
        for (const Array& a : by_interpreter.arrays) {
          shapes.push_back(a.shape);
          strides.push_back(a.strides);
        }
        const auto extents = extents_from_shapes(e.kernel, shapes);
        EXPECT_FALSE(interpret(e.kernel, extents, by_interpreter.pointers, strides));
        EXPECT_EQ(values(by_interpreter.arrays[x]), expected) << e.name;
        if (system_compiler().empty()) continue;

        std::vector<int> overlays(e.kernel.params.size());
        std::iota(overlays.begin(), overlays.end(), 0);
        overlays[z] = input;
        const Specialised s =
            specialise(std::make_shared<Kernel>(e.kernel), extents, strides, overlays);
        CompiledKernel compiled = compile_c(print_c(s, "k_" + e.name));
        ASSERT_TRUE(compiled.owner);
        Overlaid by_text(e.arrays, input, output);
        Launch launch(s);
        launch.bind(by_text.pointers.data());
        EXPECT_FALSE(run(compiled, launch));
        EXPECT_EQ(values(by_text.arrays[x]), expected) << e.name << " " << s.key;
      }
    }
  }
  EXPECT_GE(pairs, 20);
}

TEST(Overlay, a_copy_onto_itself_is_left_out) {
  const std::vector<Array> arrays = {random(float64, {40}), random(float64, {5}),
                                     zeros(float64, {40})};
  std::vector<Shape> strides;
  for (const Array& a : arrays) strides.push_back(a.strides);
  const auto kernel = std::make_shared<Kernel>(window(0));
  EXPECT_EQ(specialise(kernel, {40, 5}, strides).nests.size(), 2U);
  EXPECT_EQ(specialise(kernel, {40, 5}, strides, {0, 1, 0}).nests.size(), 1U);
}
