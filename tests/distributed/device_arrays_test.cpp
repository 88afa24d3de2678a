// SPDX-License-Identifier: BSD-3-Clause
// Device arrays between ranks: messages and collectives take them where they lie, and what comes
// lies there too. Ranks are threads with a context each; loopback goes by way of the host.
#include <gtest/gtest.h>

#include <algorithm>

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
NDArray other_values(int rank) { return array({1. + rank, 2. + rank, 4. + rank}); }
int transfers(const Function& f) {
  const auto nodes = f.nodes();
  return static_cast<int>(std::count_if(nodes.begin(), nodes.end(), [](const Apply& node) {
    return as<HostFromGpu>(node) || as<GpuFromHost>(node);
  }));
}
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

TEST(DeviceArrays, C2_12_the_documented_four_take_them_as_they_are) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    if (mpi_rank() == 0) {
      const Variable x = GpuArrayType(float64, {false}, here)("x");
      const Function f = function({x}, send(x, 1, 5));
      EXPECT_EQ(transfers(f), 0);
      EXPECT_TRUE(f(other_values(0))[0].as<bool>());
      // Views have gaps.
      const Variable m = GpuArrayType(float64, {false, false}, here)("m");
      function({m}, send(m.T(), 1, 6))(array({1., 2., 3., 4.}, {2, 2}));
    } else {
      const Variable came = transfer(recv({3}, float64, 0, 5), here);
      EXPECT_EQ(elements(function({}, transfer(came * 2, here))()[0]),
                (std::vector<double>{2, 4, 8}));
      EXPECT_EQ(NDArray(function({}, recv({2, 2}, float64, 0, 6))()).to_vector<double>(),
                (std::vector<double>{1, 3, 2, 4}));
    }
  });
}

TEST(DeviceArrays, what_was_computed_there_is_not_brought_to_the_host_first) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    const SharedVariable w = shared(other_values(mpi_rank()), "w", {.target = here});
    // The graph says nothing of a device: w is read on the host there.
    const Variable total = distributed::all_reduce(w * 2 + 1);
    const Function f = function({}, transfer(total - 1, here));
    EXPECT_EQ(transfers(f), 0);
    EXPECT_EQ(elements(f()[0]), (std::vector<double>{2 * 3 + 1, 2 * 5 + 1, 2 * 9 + 1}));
    const Function sent = function(
        {}, transfer(distributed::send_receive(w * 2, 1 - mpi_rank(), 1 - mpi_rank(), 3), here));
    EXPECT_EQ(transfers(sent), 0);
    const int other = 1 - mpi_rank();
    EXPECT_EQ(elements(sent()[0]),
              (std::vector<double>{2. * (1 + other), 2. * (2 + other), 2. * (4 + other)}));
  });
}

TEST(DeviceArrays, gather_and_exchange_parts) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    const Variable x = GpuArrayType(float64, {false}, here)("x"),
                   m = GpuArrayType(float64, {false, false}, here)("m");
    const Function all = function({x}, transfer(distributed::all_gather(x), here));
    EXPECT_EQ(transfers(all), 0);
    EXPECT_EQ(elements(all(other_values(mpi_rank()))[0]), (std::vector<double>{1, 2, 4, 2, 3, 5}));
    const Function parts = function({m}, transfer(distributed::all_to_all(m), here));
    const double r = mpi_rank();
    EXPECT_EQ(elements(parts(array({10 + r, 20 + r, 30 + r, 40 + r}, {2, 2}))[0]),
              mpi_rank() == 0 ? (std::vector<double>{10, 20, 11, 21})
                              : (std::vector<double>{30, 40, 31, 41}));
    EXPECT_THROW(parts(array({1., 2., 3.}, {3, 1})), ShapeError);
    const Function from_1 = function({x}, transfer(distributed::broadcast(x, 1), here));
    EXPECT_EQ(elements(from_1(other_values(mpi_rank()))[0]), (std::vector<double>{2, 3, 5}));
    const Function root = function({x}, transfer(distributed::gather(x, 0), here));
    EXPECT_EQ(elements(root(other_values(mpi_rank()))[0]),
              mpi_rank() == 0 ? (std::vector<double>{1, 2, 4, 2, 3, 5})
                              : (std::vector<double>{0, 0, 0, 0, 0, 0}));
  });
}

TEST(DeviceArrays, what_comes_lies_where_through_does_and_its_gradient_goes_back) {
  NEEDS_DEVICE();
  distributed::loopback(2, [] {
    const std::string here = context_of_rank();
    const SharedVariable w = shared(other_values(mpi_rank()), "w", {.target = here});
    if (mpi_rank() == 0) {
      const Variable cost = distributed::send_to(w * w, 1, 5);
      const Variable g = grad(cost, w);
      EXPECT_EQ(elements(function({}, {transfer(g, here), cost})()[0]),
                (std::vector<double>{2 * 1. * 2, 2 * 2. * 3, 2 * 4. * 5}));
    } else {
      const Variable came = distributed::receive_from(w, {3}, float64, 0, 5);
      EXPECT_TRUE(came.type() == GpuArrayType(float64, {false}, here));
      // A complex array cannot be there.
      EXPECT_TRUE(distributed::receive_from(w, {3}, complex128, 0, 5).type() ==
                  TensorType(complex128, {false}));
      const Variable cost = (came * w).sum();
      const Function f = function({}, {cost, transfer(grad(cost, w), here)});
      const Outputs out = f();
      EXPECT_EQ(out.array(0).item<double>(), 1 * 2 + 4 * 3 + 16 * 5);
      EXPECT_EQ(elements(out[1]), (std::vector<double>{1, 4, 16}));
    }
  });
}

TEST(DeviceArrays, are_checked_before_they_are_sent) {
  NEEDS_DEVICE();
  const Variable x = GpuArrayType(float64, {false}, "dev0")("x"),
                 y = GpuArrayType(float64, {false}, "dev1")("y");
  const auto sends = function({x}, distributed::send_to(x, 1, 5));
  const auto receives = [&](DType dtype) {
    return function({y}, transfer(distributed::receive_from(y, {3}, dtype, 0, 5), "dev1"));
  };
  distributed::check_communication({sends, receives(float64)});
  try {
    distributed::check_communication({sends, receives(float32)});
    FAIL();
  } catch (const CommunicationError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("rank 0 sends float64 (?,) by SendTo"), std::string::npos) << text;
    EXPECT_NE(text.find("rank 1 receives float32 (3,) by ReceiveFrom{source: 0, tag: 5, type: "
                        "GpuArrayType<dev1>(float32, vector), lane"),
              std::string::npos)
        << text;
  }
}
