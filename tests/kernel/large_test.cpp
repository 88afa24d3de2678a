// SPDX-License-Identifier: BSD-3-Clause
// More elements than 32 bits count: lengths, offsets and indices are 64 bits wide everywhere.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "kroton/kernel/accumulators.h"
#include "kroton/kernel/interpreter.h"
#include "kroton/kernel/launch.h"
#include "run_both.h"
#include "system_cc.h"

using namespace kernel_test;
using namespace kroton::kernel;
using kroton::float32, kroton::float64, kroton::int64;

namespace {
// total = sum of x, which = the index of its largest element
Kernel sum_and_argmax() {
  Builder b("large");
  int x = b.in("x", float32, 1), total = b.out("total", float64, 0),
      which = b.out("which", int64, 0);
  int sum = sum_accumulator(b, float64), most = argmax_accumulator(b, float32);
  b.stage();
  Affine i = Affine::axis(b.reduce(Affine::extent(b.extent("n", {{x, 0}}))));
  ExprId value = b.load(x, {i});
  b.accumulate(sum, {b.cast(float64, value)});
  b.accumulate(most, {value, b.index(i)});
  b.stage();
  b.store(total, {}, b.result(sum));
  b.store(which, {}, b.result(most, 1));
  return b.finish();
}

// total = sum of x[index]
Kernel sum_of_picked() {
  Builder b("picked");
  int x = b.in("x", float32, 1), index = b.in("index", int64, 1),
      total = b.out("total", float64, 0);
  b.extent("n", {{x, 0}});
  int sum = sum_accumulator(b, float64);
  b.stage();
  Affine k = Affine::axis(b.reduce(Affine::extent(b.extent("m", {{index, 0}}))));
  ExprId at = b.load(index, {k});
  b.accumulate(sum, {b.cast(float64, b.load(Access{x, {Affine::value(at)}, {}, true}))});
  b.stage();
  b.store(total, {}, b.result(sum));
  return b.finish();
}

// Runs compiled C on memory of the caller.
Fault run_c(const Kernel& kernel, const Shape& extents, std::vector<void*> pointers,
            const std::vector<Shape>& strides) {
  Specialised s = specialise(std::make_shared<Kernel>(kernel), extents, strides);
  CompiledKernel compiled = compile_c(print_c(s, "k_" + kernel.name));
  if (!compiled.owner) return {};
  Launch launch(s);
  launch.bind(pointers.data());
  return run(compiled, launch);
}

// Address space for `bytes` zeros, of which only what is touched takes memory.
struct Sparse {
  explicit Sparse(std::size_t size) : bytes(size) {
    at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
              -1, 0);
  }
  ~Sparse() {
    if (at != MAP_FAILED) munmap(at, bytes);
  }
  float* elements() const { return static_cast<float*>(at); }
  void* at;
  std::size_t bytes;
};
constexpr std::int64_t beyond = (std::int64_t{1} << 31) + 12345;
}  // namespace

TEST(Large, more_than_2_to_the_31_elements_are_summed_exactly) {
  if (system_compiler().empty())
    GTEST_SKIP() << "no C compiler, and the interpreter would take long";
  Builder b("count");
  int x = b.in("x", float32, 1), total = b.out("total", float64, 0),
      sum = sum_accumulator(b, float64);
  b.stage();
  Affine i = Affine::axis(b.reduce(Affine::extent(b.extent("n", {{x, 0}}))));
  b.accumulate(sum, {b.cast(float64, b.load(x, {i}))});
  b.stage();
  b.store(total, {}, b.result(sum));
  float half = 0.5f;
  double found = 0;
  // One element, repeated by a stride of zero.
  EXPECT_FALSE(run_c(b.finish(), {beyond}, {&half, &found}, {{0}, {}}));
  EXPECT_EQ(found, 0.5 * static_cast<double>(beyond));
}

TEST(Large, strides_and_offsets_beyond_32_bits) {
  constexpr std::int64_t count = 700, step = 4 * (beyond / count);
  Sparse memory(static_cast<std::size_t>(count * step));
  if (memory.at == MAP_FAILED) GTEST_SKIP() << "no address space for " << memory.bytes << " bytes";
  double expected = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    memory.elements()[k * step / 4] = static_cast<float>(k % 601);
    expected += static_cast<double>(k % 601);
  }
  std::vector<double> totals(2, -1);
  std::vector<std::int64_t> which(2, -1);
  const Kernel kernel = sum_and_argmax();
  EXPECT_FALSE(interpret(kernel, {count}, {memory.at, &totals[0], &which[0]}, {{step}, {}, {}}));
  EXPECT_EQ(totals[0], expected);
  EXPECT_EQ(which[0], 600);
  if (system_compiler().empty()) GTEST_SKIP() << "no C compiler";
  EXPECT_FALSE(run_c(kernel, {count}, {memory.at, &totals[1], &which[1]}, {{step}, {}, {}}));
  EXPECT_EQ(totals[1], expected);
  EXPECT_EQ(which[1], 600);
}

TEST(Large, gathered_indices_beyond_32_bits) {
  Sparse memory(static_cast<std::size_t>(beyond) * 4);
  if (memory.at == MAP_FAILED) GTEST_SKIP() << "no address space for " << memory.bytes << " bytes";
  Array index = zeros(int64, {90});
  double expected = 0;
  for (std::int64_t k = 0; k < 90; ++k) {
    index.at<std::int64_t>({k}) = beyond - 1 - k * 1000;
    memory.elements()[beyond - 1 - k * 1000] = static_cast<float>(k) / 8;
    expected += static_cast<double>(k) / 8;
  }
  double totals[2] = {-1, -1};
  const Kernel kernel = sum_of_picked();
  const Shape extents = extents_from_shapes(kernel, {{beyond}, {90}, {}});
  const std::vector<Shape> strides = {{4}, {8}, {}};
  const std::vector<void*> pointers = {memory.at, index.first(), &totals[0]},
                           pointers_of_c = {memory.at, index.first(), &totals[1]};
  EXPECT_FALSE(interpret(kernel, extents, pointers, strides));
  EXPECT_EQ(totals[0], expected);
  if (!system_compiler().empty()) {
    EXPECT_FALSE(run_c(kernel, extents, pointers_of_c, strides));
    EXPECT_EQ(totals[1], expected);
  }
  index.at<std::int64_t>({3}) = beyond;
  EXPECT_EQ(interpret(kernel, extents, pointers, strides).index, beyond);
  if (!system_compiler().empty()) {
    EXPECT_EQ(run_c(kernel, extents, pointers_of_c, strides).index, beyond);
  }
}
