// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/lift.h"

#include <gtest/gtest.h>

#include "../values.h"
#include "kroton/base/config.h"
#include "kroton/gpuarray/kernel_op.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/kroton.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
std::size_t count(const Function& f, const std::string& begin) {
  std::size_t n = 0;
  for (const Apply& node : f.nodes()) n += node.op().text().find(begin) == 0;
  return n;
}
}  // namespace

TEST(Lift, C6_8_a_node_that_stays_on_the_host_is_an_error_where_the_flag_asks_for_it) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x");
  const base::FlagScope flag("assert_no_cpu_op", "raise");
  try {
    function({x}, T::sort(x * 2));
    ADD_FAILURE() << "a function was made";
  } catch (const UnsupportedError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("function: Sort{axis: 0} made at "), 0u) << text;
    EXPECT_NE(text.find("lift_test.cpp:"), std::string::npos) << text;
    const std::string end =
        " runs on the host, and an input of it lies in dev0; docs/gpu.md says why, the flag "
        "assert_no_cpu_op=ignore allows it";
    const std::string line = text.substr(0, text.find('\n'));
    EXPECT_EQ(line.substr(line.size() - std::min(line.size(), end.size())), end);
  }
  EXPECT_EQ(list(function({x}, x * 2)(array({3., 1.}))[0]), (Doubles{6, 2}));
  const Variable h = dvector("h");
  EXPECT_EQ(list(function({h}, T::sort(h))(array({3., 1.}))[0]), (Doubles{1, 3}));
}

TEST(Lift, C6_8_a_node_that_stays_on_the_host_is_named_on_stderr_where_the_flag_asks_for_it) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x");
  const base::FlagScope flag("assert_no_cpu_op", "warn");
  testing::internal::CaptureStderr();
  const Function f = function({x}, T::sort(x));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("warning: function: Sort{axis: 0} made at "), std::string::npos) << said;
  EXPECT_EQ(list(f(array({3., 1.}))[0]), (Doubles{1, 3}));
}

TEST(Lift, C6_8_what_is_made_of_numbers_is_made_on_the_device) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x"), n = lscalar("n");
  const Function f =
      function({x, n}, x + T::arange(n), {.mode = Mode("vm", "None").including("gpuarray")});
  EXPECT_EQ(count(f, "GpuARange"), 1u) << debugprint(f);
  EXPECT_EQ(list(f(array({3., 1.}), 2)[0]), (Doubles{3, 2}));
}

TEST(Lift, C6_8_a_choice_between_device_arrays_is_made_of_handles) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x"), y = on("dev0", "y"), c = T::bscalar("c");
  const Function f = function({c, x, y}, transfer(T::ifelse(c, x, y * 2), "dev0"));
  EXPECT_EQ(count(f, "HostFromGpu") + count(f, "GpuFromHost"), 0u) << debugprint(f);
  const NDArray a = array({1., 2.}), b = array({3., 4.});
  EXPECT_EQ(list(f(std::int8_t{1}, a, b)[0]), (Doubles{1, 2}));
  EXPECT_EQ(list(f(std::int8_t{0}, a, b)[0]), (Doubles{6, 8}));
}

TEST(Lift, C6_8_complex_arrays_stay_on_the_host) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x");
  const Function f = function({x}, T::cast(x * 2, complex128));
  const Apply last = f.nodes().back();
  EXPECT_EQ(last.op().text().find("Gpu"), std::string::npos) << debugprint(f);
  EXPECT_EQ(f(array({3., 1.})).array(0).dtype(), complex128);
  // What is complex between arrays of the device alone is no array.
  const Function inside =
      function({x}, T::abs(T::cast(x, complex128) * std::complex<double>(0, 1)));
  EXPECT_EQ(list(inside(array({3., -1.}))[0]), (Doubles{3, 1}));
}
