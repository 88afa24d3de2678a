// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/rewrites/transfers.h"

#include <gtest/gtest.h>

#include "../values.h"
#include "kroton/compile/function.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/shape.h"

using namespace kroton;
using namespace kroton::gpuarray;
using namespace gpuarray_test;
namespace T = kroton::tensor;

namespace {
// What computes X after the rewrite, or X's own op.
Variable cut(const Variable& x) {
  const FunctionGraph fgraph({}, {}, false);
  const auto found = local_cut_transfers(fgraph, x.owner());
  return found ? found->at(0) : Variable();
}
int transfers(const Function& f) {
  int count = 0;
  for (const Apply& node : f.nodes())
    count += as<GpuFromHost>(node) || as<HostFromGpu>(node) || as<GpuToGpu>(node);
  return count;
}
}  // namespace

TEST(LocalCutTransfers, C6_8_round_trips_cancel) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = on("dev0", "x");
  EXPECT_EQ(cut(HostFromGpu()(GpuFromHost("dev0")(h))), h);
  EXPECT_EQ(cut(GpuFromHost("dev0")(HostFromGpu()(x))), x);
  EXPECT_EQ(cut(GpuToGpu("dev0")(GpuToGpu("dev1")(x))), x);
  EXPECT_EQ(cut(GpuToGpu("dev0")(x)), x);
  EXPECT_EQ(cut(HostFromGpu()(GpuToGpu("dev1")(GpuFromHost("dev0")(h)))), h);
}

TEST(LocalCutTransfers, detours_are_shortened) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = on("dev0", "x");
  const auto is = [](const Variable& z, const Op& op, const Variable& from) {
    return z && z.owner() && z.owner().op() == op && z.owner().inputs()[0] == from;
  };
  EXPECT_TRUE(is(cut(GpuFromHost("dev1")(HostFromGpu()(x))), GpuToGpu("dev1"), x));
  EXPECT_TRUE(is(cut(GpuToGpu("dev1")(GpuFromHost("dev0")(h))), GpuFromHost("dev1"), h));
  EXPECT_TRUE(is(cut(HostFromGpu()(GpuToGpu("dev1")(x))), HostFromGpu(), x));
}

TEST(LocalCutTransfers, single_transfers_stay) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = on("dev0", "x");
  for (const Variable& z : {GpuFromHost("dev0")(h), HostFromGpu()(x), GpuToGpu("dev1")(x)})
    EXPECT_FALSE(static_cast<bool>(cut(z))) << z.text();
}

TEST(LocalCutTransfers, C6_8_in_the_default_mode_and_with_the_same_value) {
  NEEDS_DEVICE();
  const Variable h = T::dvector("h"), x = on("dev0", "x");
  const NDArray a = array({1., 2.});
  for (const char* mode : {"FAST_RUN", "FAST_COMPILE"}) {
    const Function back = function({h}, h.transfer("dev0").transfer("cpu"), {.mode = mode});
    EXPECT_EQ(transfers(back), 0);
    EXPECT_EQ(list(back(a)[0]), (Doubles{1, 2}));
    const Function there = function({x}, x.transfer("dev1").transfer("dev0"), {.mode = mode});
    EXPECT_EQ(transfers(there), 0);
    EXPECT_EQ(there(a)[0].as<GpuArray>().context(), dev0());
    const Function far = function({x}, x.transfer("dev1"), {.mode = mode});
    EXPECT_EQ(transfers(far), 1);
    EXPECT_EQ(far(a)[0].as<GpuArray>().context(), dev1());
  }
}

TEST(LocalShapeOfTransfer, lengths_need_no_transfer) {
  NEEDS_DEVICE();
  const Variable x = on("dev0", "x");
  const Function f = function({x}, {host_from_gpu(x).shape(0), T::ShapeOf()(host_from_gpu(x))});
  EXPECT_EQ(transfers(f), 0);
  const Outputs out = f(array({1., 2., 3.}));
  EXPECT_EQ(out.item<std::int64_t>(0), 3);
  EXPECT_EQ(list(out[1]), (Doubles{3}));
  const FunctionGraph fgraph({}, {}, false);
  EXPECT_FALSE(local_shape_of_transfer(fgraph, T::Shape_i(0)(x).owner()));
}
