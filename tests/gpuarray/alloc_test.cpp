// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/alloc.h"

#include <gtest/gtest.h>

#include "kroton/kroton.h"
#include "values.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

TEST(GpuAlloc, lengths_that_differ_are_the_hosts_error) {
  NEEDS_DEVICE();
  const Variable x = GpuArrayType(float64, {false}, "dev0")("x"), n = lscalar("n");
  const Function f = function({x, n}, T::alloc(x, {n, 3}));
  const auto first_line = [&](const NDArray& value, std::int64_t length) -> std::string {
    try {
      f(value, length);
    } catch (const Error& error) {
      const std::string text = error.what();
      return text.substr(0, text.find('\n'));
    }
    return "";
  };
  EXPECT_EQ(
      first_line(array({1., 2.}), 2),
      "alloc: the value has shape (2,) and the result (2, 3); lengths must be equal, or 1 on an "
      "axis that the type marks broadcastable");
  EXPECT_EQ(first_line(array({1., 2., 3.}), -2), "alloc: length -2 of axis 0 is negative");
  EXPECT_EQ(list(f(array({1., 2., 3.}), 2)[0]), (Doubles{1, 2, 3, 1, 2, 3}));
}

TEST(GpuAlloc, takes_no_other_op_and_no_complex_numbers) {
  const Variable x = dvector("x");
  EXPECT_FALSE(gpuarray::GpuAlloc::of((x * 2).owner(), "dev0"));
  const Variable c = T::alloc(T::tensor(complex128, {false}, "c"), {2, 3});
  EXPECT_FALSE(gpuarray::GpuAlloc::of(c.owner(), "dev0"));
  EXPECT_TRUE(gpuarray::GpuAlloc::of(T::alloc(x, {2, 3}).owner(), "dev0"));
}
