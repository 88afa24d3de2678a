// SPDX-License-Identifier: BSD-3-Clause
// Device arrays between ranks: messages and collectives take them, through the host's memory, and
// what comes goes to the device again. Ranks are threads with a context each.
#include <gtest/gtest.h>

#include "kroton/distributed/collectives.h"
#include "kroton/distributed/loopback.h"
#include "kroton/distributed/transport.h"
#include "kroton/kroton.h"
#include "tests/gpuarray/contexts.h"

using namespace kroton;
using gpuarray_test::dev0;
using gpuarray_test::dev1;

namespace {
std::string context_of_rank() { return mpi_rank() == 0 ? "dev0" : "dev1"; }
NDArray values(int rank) { return array({1. + rank, 2. + rank, 4. * rank}); }
std::vector<double> elements(const Value& value) {
  return value.as<GpuArray>().to_host().to_vector<double>();
}
}  // namespace

TEST(DeviceArrays, C2_12_are_sent_and_received) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    const Variable x = GpuArrayType(float64, {false}, here)("x");
    if (mpi_rank() == 0) {
      function({x}, distributed::send_to(x * 2, 1, 5))(values(0));
    } else {
      const Variable came = distributed::receive_from(x, {3}, float64, 0, 5);
      const Value sum = function({x}, transfer(came + x, here))(values(1))[0];
      EXPECT_TRUE(sum.as<GpuArray>().context() == dev1());
      EXPECT_EQ(elements(sum), (std::vector<double>{2 + 2, 4 + 3, 0 + 4}));
    }
  });
}

TEST(DeviceArrays, all_reduce_adds_those_of_all_ranks_and_their_gradients) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    const Variable x = GpuArrayType(float64, {false}, here)("x");
    const Variable total = distributed::all_reduce(x * x), cost = (total * x).sum();
    const Function f = function({x}, {transfer(total, here), grad(cost, x)});
    const Outputs out = f(values(mpi_rank()));
    EXPECT_TRUE(out[0].as<GpuArray>().context() == (mpi_rank() == 0 ? dev0() : dev1()));
    EXPECT_EQ(elements(out[0]), (std::vector<double>{1 + 4, 4 + 9, 16}));
    // d/dx_r of sum_s (total x_s) is total + 2 x_r (x_0 + x_1).
    const auto x_r = values(mpi_rank()).to_vector<double>();
    const auto found = NDArray(out[1]).to_vector<double>();
    const std::vector<double> both{3, 5, 4}, all{5, 13, 16};
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found[i], all[i] + 2 * x_r[i] * both[i]);
  });
}

TEST(DeviceArrays, a_mean_of_gradients_updates_a_shared_variable_on_each_device) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const SharedVariable w = shared(array({1., 1., 1.}), "w", {.target = context_of_rank()});
    const Variable x = dvector("x");
    const Variable cost = (w * x).sum();
    const Variable g = distributed::all_reduce(grad(cost, w), distributed::Reduction::mean);
    const Function step = function({x}, cost, {.updates = {{w, w - g}}});
    const auto place = [&] { return w.get_value(true, true).as<GpuArray>().device_pointer(); };
    const auto before = place();
    step(values(mpi_rank()));
    EXPECT_EQ(NDArray(w.get_value()).to_vector<double>(),
              (std::vector<double>{1 - 1.5, 1 - 2.5, 1 - 2.}));
    EXPECT_EQ(place(), before);
  });
}
