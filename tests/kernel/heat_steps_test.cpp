// SPDX-License-Identifier: BSD-3-Clause
// Ten steps of the heat stencil between two buffers: only the inside is written, the borders stay.
#include <gtest/gtest.h>

#include "kroton/kernel/builder.h"
#include "kroton/kernel/builtin.h"
#include "kroton/kernel/interpreter.h"
#include "kroton/kernel/launch.h"
#include "run_both.h"
#include "system_cc.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float64;
namespace f = kroton::kernel::builtin;

namespace {
constexpr std::int64_t rows = 30, columns = 70, steps = 10;

Kernel inside_step() {
  Builder b("step");
  int u = b.in("u", float64, 2), out = b.param("out", float64, 2, Role::inout);
  Affine n = Affine::extent(b.extent("n", {{u, 0}, {out, 0}})),
         m = Affine::extent(b.extent("m", {{u, 1}, {out, 1}}));
  b.stage();
  Affine i = Affine::axis(b.axis(n - 2)), j = Affine::axis(b.axis(m - 2));
  auto at = [&](int di, int dj) { return b.load(u, {i + di, j + dj}); };
  ExprId around = b.apply(
      f::add, {b.apply(f::add, {at(0, 1), at(2, 1)}), b.apply(f::add, {at(1, 0), at(1, 2)})});
  ExprId laplacian =
      b.apply(f::sub, {around, b.apply(f::mul, {b.constant(float64, 4.0), at(1, 1)})});
  b.store(out, {i + 1, j + 1},
          b.apply(f::add, {at(1, 1), b.apply(f::mul, {b.constant(float64, 0.1), laplacian})}));
  return b.finish();
}

// Steps by `once` from one buffer to the other and back; the last is in the first buffer.
template <class Once>
Array after_steps(Array a, Once once) {
  Array b = a;
  for (std::int64_t k = 0; k < steps; ++k) once(k % 2 ? b : a, k % 2 ? a : b);
  return a;
}
}  // namespace

TEST(HeatSteps, two_buffers_in_turn_agree_with_plain_loops_and_with_the_interpreter) {
  const Kernel kernel = inside_step();
  const Array start = random(float64, {rows, columns});
  Array by_interpreter = after_steps(start, [&](Array& from, Array& to) {
    EXPECT_FALSE(
        interpret(kernel, {rows, columns}, {from.first(), to.first()}, {from.strides, to.strides}));
  });
  Array by_loops = after_steps(start, [&](Array& from, Array& to) {
    auto u = [&](std::int64_t i, std::int64_t j) { return from.at<double>({i, j}); };
    for (std::int64_t i = 1; i + 1 < rows; ++i) {
      for (std::int64_t j = 1; j + 1 < columns; ++j) {
        double around = (u(i - 1, j) + u(i + 1, j)) + (u(i, j - 1) + u(i, j + 1));
        to.at<double>({i, j}) = u(i, j) + 0.1 * (around - 4 * u(i, j));
      }
    }
  });
  expect_values(by_interpreter, [&](const Shape& i) { return by_loops.at<double>(i); }, 1e-13);
  if (system_compiler().empty()) GTEST_SKIP() << "no C compiler";
  Specialised s = specialised(kernel, {start, start});
  CompiledKernel compiled = compile_c(print_c(s, "step"));
  ASSERT_TRUE(compiled.owner);
  Launch launch(s);
  Array by_c = after_steps(start, [&](Array& from, Array& to) {
    void* pointers[] = {from.first(), to.first()};
    launch.bind(pointers);
    EXPECT_FALSE(run(compiled, launch));
  });
  EXPECT_EQ(by_c.memory, by_interpreter.memory);
}
