// SPDX-License-Identifier: BSD-3-Clause
// Lengths around those of a warp, a group and a block, and memory that is not laid out for loads of
// 16 bytes: the CUDA device that fake_cuda.cpp plays gives the host's bits.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "kroton/gpuarray/transfer.h"
#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
// Few different numbers, so that a maximum is there several times.
NDArray numbers(Shape shape, DType dtype) {
  static std::mt19937 random(11);
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  const bool is_small = itemsize(dtype) == 1;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i)
    values.push_back(static_cast<double>(random() % 1000) / (is_small ? 10. : 7.));
  const NDArray all = array(values, std::move(shape));
  return dtype == bool_ ? all.astype(int32).astype(bool_) : all.astype(dtype);
}

void expect_same(const Value& found, const Value& expected) {
  const NDArray a = NDArray(found).copy(), b = NDArray(expected).copy();
  ASSERT_EQ(a.dtype(), b.dtype());
  ASSERT_EQ(a.shape(), b.shape());
  const std::size_t size = itemsize(a.dtype());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(static_cast<const char*>(a.raw()) + i * size,
                    static_cast<const char*>(b.raw()) + i * size, size) == 0)
      continue;
    ADD_FAILURE() << "element " << i << " of " << a.size() << " is "
                  << a.astype(float64).to_vector<double>()[i] << " instead of "
                  << b.astype(float64).to_vector<double>()[i];
    return;
  }
}

// The same graph for arrays of the device and of the host.
struct Both {
  using Graph = std::function<Variables(const Variable&)>;
  Both(DType dtype, std::size_t ndim, const Graph& graph) {
    const std::vector<bool> open(ndim, false);
    const Variable there = GpuArrayType(dtype, open, "dev0")("x"),
                   here = T::tensor(dtype, open, "x");
    const Mode mode = Mode("FAST_RUN").excluding("gpu_sequences_on_cuda");
    device = function({there}, graph(there), {.mode = mode});
    host = function({here}, graph(here), {.mode = mode});
  }
  // X, and what is the same on the device.
  void check(const NDArray& x, const GpuArray& there) const {
    const Outputs found = device(there), expected = host(x);
    for (std::size_t o = 0; o < found.size(); ++o) {
      SCOPED_TRACE("output " + std::to_string(o));
      expect_same(found[o], expected[o]);
    }
  }
  void check(const NDArray& x) const { check(x, on_dev0(x)); }
  Function device, host;
};

class Edges : public testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << missing_device();
    dev0();
  }
};
std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t n : shape) text += std::to_string(n) + " ";
  return text;
}
}  // namespace

TEST_P(Edges, reductions_of_lengths_around_warps_groups_and_blocks) {
  const DType d = GetParam();
  for (const int axis : {0, 1}) {
    const Both both(d, 2, [&](const Variable& x) -> Variables {
      return {T::sum(x, axis), T::max(x, axis), T::argmax(x, axis)};
    });
    for (const std::int64_t n : {1, 2, 31, 32, 33, 63, 64, 65, 127, 129, 4095, 4096, 4097, 8193}) {
      for (const std::int64_t m : {1, 3, 33}) {
        if (n * m > 30000) continue;
        const Shape shape = axis == 0 ? Shape{n, m} : Shape{m, n};
        SCOPED_TRACE("axis " + std::to_string(axis) + " of " + text_of(shape));
        both.check(numbers(shape, d));
      }
    }
  }
}

TEST_P(Edges, reductions_of_everything) {
  const DType d = GetParam();
  const Both both(d, 1, [](const Variable& x) -> Variables {
    return {T::sum(x), T::max(x), T::argmax(x), T::mean(x)};
  });
  for (const std::int64_t n : {1, 33, 64, 65, 4095, 4096, 4097, 12288, 40000}) {
    SCOPED_TRACE(text_of({n}));
    both.check(numbers({n}, d));
  }
}

TEST_P(Edges, neighbours_that_cannot_be_moved_together) {
  const DType d = GetParam();
  const Both vectors(d, 1,
                     [](const Variable& x) -> Variables { return {x + x, T::maximum(x, x * x)}; });
  for (const std::int64_t n : {1, 3, 15, 16, 17, 31, 64, 65, 1000, 1001}) {
    const NDArray all = numbers({2 * n + 40}, d);
    const GpuArray there = on_dev0(all);
    const auto check = [&](const char* what, const Slice& part) {
      SCOPED_TRACE(std::string(what) + ", " + std::to_string(n));
      vectors.check(all.slice({part}), there.slice({part}));
    };
    check("from the start", slice(0, n));
    check("one element further", slice(1, n + 1));
    check("three elements further", slice(3, n + 3));
    check("every other one", slice(1, 2 * n + 1, 2));
    check("backward", slice(n, 0, -1));
  }
  const Both matrices(d, 2, [](const Variable& x) -> Variables { return {x + x, x * x}; });
  for (const auto& [rows, columns] : {std::pair{5, 16}, {5, 17}, {7, 64}, {3, 33}}) {
    const NDArray all = numbers({rows + 2, columns + 5}, d);
    const GpuArray there = on_dev0(all);
    SCOPED_TRACE(text_of({rows, columns}));
    matrices.check(all, there);
    matrices.check(all.transpose(), there.transpose());
    for (const std::int64_t first : {0, 1, 4}) {
      const Slice part = slice(first, first + columns);
      matrices.check(all.slice({slice(1, {}), part}), there.slice({slice(1, {}), part}));
    }
  }
}

TEST_P(Edges, tiles_of_what_lies_across) {
  const Both both(GetParam(), 2, [](const Variable& x) -> Variables {
    const Variable part = x[{slice(0, T::minimum(x.shape(0), x.shape(1))),
                             slice(0, T::minimum(x.shape(0), x.shape(1)))}];
    return {T::maximum(x.T(), 3), part + part.T()};
  });
  for (const Shape& shape : {Shape{1, 33}, {31, 32}, {32, 32}, {33, 64}, {65, 31}, {2, 100}}) {
    SCOPED_TRACE(text_of(shape));
    both.check(numbers(shape, GetParam()));
  }
  const Both cubes(GetParam(), 3, [](const Variable& x) -> Variables {
    return {T::maximum(x.dimshuffle({2, 1, 0}), 3), T::maximum(x.dimshuffle({1, 2, 0}), 3)};
  });
  cubes.check(numbers({35, 3, 40}, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(dtype, Edges,
                         testing::Values(bool_, int32, float16, bfloat16, float32, float64),
                         [](const auto& given) { return name(given.param); });
