// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/sequences.h"

#include <gtest/gtest.h>

#include "../values.h"
#include "kroton/gpuarray/sequence.h"
#include "kroton/kroton.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
const Mode alone = Mode("vm", "None").including("gpuarray:gpu_sequences");
std::string kinds(const Function& f) {
  std::string text;
  for (const Apply& node : f.nodes()) {
    const std::string op = node.op().text();
    text += op.substr(0, op.find('{')) + " ";
  }
  return text;
}
}  // namespace

TEST(GpuSequences, neighbours_on_one_device_become_one_node) {
  NEEDS_DEVICE();
  const Variable x = on("dev0");
  EXPECT_EQ(kinds(function({x}, T::exp(T::cumsum(x, 0)), {.mode = alone})),
            "GpuSequence HostFromGpu ");
}

TEST(GpuSequences, one_node_and_other_devices_stay_as_they_are) {
  NEEDS_DEVICE();
  const Variable x = on("dev0"), y = on("dev1");
  EXPECT_EQ(kinds(function({x}, T::exp(x), {.mode = alone})), "GpuElemwise HostFromGpu ");
  // Only where it is asked for, on OpenCL.
  const Function f = function({x}, T::exp(T::cumsum(x, 0)), {.mode = "FAST_RUN"});
  EXPECT_EQ(kinds(f).find("GpuSequence") != std::string::npos, on_cuda());
  const Function g = function(
      {x, y}, T::exp(T::cumsum(x, 0)) * transfer(T::exp(T::cumsum(y, 0)), "dev0"), {.mode = alone});
  EXPECT_EQ(kinds(g).find("GpuExp"), std::string::npos) << kinds(g);
  const NDArray a = array({1., 2.});
  EXPECT_EQ(list(g(a, a)[0]), list(function({x}, T::sqr(T::exp(T::cumsum(x, 0))))(a)[0]));
}

TEST(GpuSequences, the_host_in_between_divides_them) {
  NEEDS_DEVICE();
  const auto layers = [](const Variable& v) {
    const Variable first = T::exp(T::cumsum(v, 0));
    return T::exp(T::cumsum(T::sort(first) * v, 0)) + first;
  };
  const Variable x = on("dev0"), h = T::dvector("h");
  const Function f = function({x}, layers(x), {.mode = alone});
  EXPECT_EQ(kinds(f), "GpuSequence HostFromGpu Sort GpuFromHost GpuSequence HostFromGpu ");
  const NDArray a = array({0.5, -0.75, 0.25});
  for (int call = 0; call < 3; ++call)
    EXPECT_EQ(list(f(a)[0]), list(function({h}, layers(h))(a)[0]));
}

TEST(GpuSequences, what_waits_for_a_verdict_and_what_lends_its_memory_stays_outside) {
  NEEDS_DEVICE();
  const Variable x = on("dev0"), i = on("dev0", "i", int64);
  const Function f = function({x, i}, T::exp(T::exp(x[{i}]) * 2.0), {.mode = alone});
  EXPECT_NE(kinds(f).find("GpuAdvancedSubtensor "), std::string::npos) << kinds(f);
  EXPECT_NE(kinds(f).find("GpuSequence HostFromGpu "), std::string::npos) << kinds(f);
  const Function g =
      function({x}, transfer(T::exp(T::exp(x))[{slice({}, {}, -1)}], "dev0"), {.mode = alone});
  EXPECT_EQ(kinds(g).find("GpuSequence GpuSubtensor"), 0u) << kinds(g);
  const NDArray a = array({0., 0.});
  for (int call = 0; call < 3; ++call) EXPECT_NEAR(list(g(a)[0])[1], std::exp(1.), 1e-15);
}
