// SPDX-License-Identifier: BSD-3-Clause
// The examples by interpreter and printed C: the same bits, and right.
#include "examples.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/kernel/interpreter.h"

using namespace kernel_test;

TEST(KernelExamples, interpreter_and_C_agree_with_plain_loops) {
  for (Example& e : examples()) {
    SCOPED_TRACE(e.name);
    auto arrays = run_both(e.kernel, e.arrays);
    e.check(arrays);
  }
}

TEST(KernelExamples, an_index_outside_is_reported_and_not_followed) {
  for (Example& e : examples()) {
    if (e.name != "take" && e.name != "scatter_add") continue;
    int param = e.name == "take" ? 1 : 0;
    e.arrays[static_cast<std::size_t>(param)].at<std::int64_t>({7}) = 1000000;
    std::vector<Shape> shapes, strides;
    std::vector<void*> pointers;
    for (Array& a : e.arrays) {
      shapes.push_back(a.shape);
      strides.push_back(a.strides);
      pointers.push_back(a.first());
    }
    auto fault = kroton::kernel::interpret(
        e.kernel, kroton::kernel::extents_from_shapes(e.kernel, shapes), pointers, strides);
    EXPECT_EQ(fault.index, 1000000) << e.name;
    EXPECT_EQ(fault.dim, 0) << e.name;
    run_both(e.kernel, e.arrays);
  }
}

TEST(KernelExamples, shapes_that_do_not_fit_are_named) {
  for (Example& e : examples()) {
    if (e.name != "cumsum") continue;
    try {
      kroton::kernel::extents_from_shapes(e.kernel, {{3}, {4}});
      FAIL();
    } catch (const kroton::ShapeError& error) {
      EXPECT_STREQ(error.what(),
                   "cumsum: x has length 3 in dimension 0 and out has length 4 in dimension 0; "
                   "both must be n");
    }
  }
}
