// SPDX-License-Identifier: BSD-3-Clause
// Arrays of a CUDA device as messages. The tests' CUDA driver plays the device: its memory is the
// host's, so that any MPI can be told to take it as it is.
#include <dlfcn.h>

#include "scenarios.h"

using namespace kroton;
using distributed::block_of, distributed::world;

namespace scenarios {
namespace {
// While one lives no copy between the host and the device works.
class NoCopies {
 public:
  NoCopies() { fail(1); }
  ~NoCopies() { fail(0); }

 private:
  static void fail(int code) {
    void* const driver = dlopen(FAKE_CUDA, RTLD_NOW);
    const auto fake_fail = reinterpret_cast<void (*)(const char*, int)>(dlsym(driver, "fake_fail"));
    for (const char* call : {"cuMemcpyDtoHAsync_v2", "cuMemcpyHtoDAsync_v2"}) fake_fail(call, code);
  }
};

NDArray numbers(std::int64_t n, int from) {
  NDArray a = NDArray::empty({n}, float32);
  for (std::int64_t i = 0; i < n; ++i) a.data<float>()[i] = static_cast<float>(from + i);
  return a;
}
void require_values(const Value& there, const NDArray& expected) {
  require(there.is<GpuArray>(), "what came lies on the device");
  const NDArray values = there.as<GpuArray>().to_host();
  require(values.shape() == expected.shape(), "shape");
  require(values.to_vector<float>() == expected.to_vector<float>(), "values");
}

template <class Call>
auto run(bool copies, Call call) {
  if (copies) return call();
  const NoCopies none;
  return call();
}

GpuArray room(std::int64_t n) { return GpuArray::zeros({n}, float32, get_context("dev0")); }
void receive(const GpuArray& to, int source, int tag) {
  const auto message = world()->receive(block_of(to), source, tag);
  distributed::finish(*world(), *message, "receive");
}

// Small messages travel otherwise than large ones.
void swap(std::int64_t n, bool copies) {
  const int me = mpi_rank(), other = 1 - me;
  const Variable gx = GpuArrayType(float32, {false}, "dev0")("x");
  const GpuArray x = GpuArray::from_host(numbers(n, me), get_context("dev0"));
  const auto swapped =
      function({gx}, transfer(distributed::send_receive(gx, other, other, 5), "dev0"));
  require_values(run(copies, [&] { return swapped(x); })[0], numbers(n, other));
  const auto all = function({gx}, transfer(distributed::all_gather(gx), "dev0"));
  NDArray both = NDArray::empty({2, n}, float32);
  for (std::int64_t i = 0; i < 2 * n; ++i)
    both.data<float>()[i] = static_cast<float>(i < n ? i : i - n + 1);
  require_values(run(copies, [&] { return all(x); })[0], both);
  // A sum is taken on the host, and comes back.
  const auto total = function({gx}, transfer(distributed::all_reduce(gx), "dev0"));
  NDArray sums = numbers(n, 0);
  for (std::int64_t i = 0; i < n; ++i) sums.data<float>()[i] = static_cast<float>(2 * i + 1);
  require_values(total(x)[0], sums);
}

void one_way(std::int64_t n, bool copies) {
  const Variable gx = GpuArrayType(float32, {false}, "dev0")("x");
  if (mpi_rank() == 0) {
    const GpuArray x = GpuArray::from_host(numbers(n, 0), get_context("dev0"));
    const auto sends = function({gx}, {send(gx, 1, 6), distributed::send_to(gx, 1, 6)});
    run(copies, [&] { return sends(x); });
    function({}, send(constant(numbers(n, 7)), 1, 7))();
  } else {
    // From a device to a host, to a device, and from a host to a device.
    const NDArray came = function({}, recv({n}, float32, 0, 6))();
    require(came.to_vector<float>() == numbers(n, 0).to_vector<float>(), "what the host receives");
    const Variable there = distributed::receive_from(gx, {n}, float32, 0, 6);
    const auto receives = function({gx}, transfer(there, "dev0"));
    const GpuArray through = room(1);
    require_values(run(copies, [&] { return receives(through); })[0], numbers(n, 0));
    const GpuArray from_host = room(n);
    receive(from_host, 0, 7);
    require_values(from_host, numbers(n, 7));
  }
}

// One rank has a device, the other has none.
void mixed(std::int64_t n) {
  const std::vector<bool> open{false};
  const Variable x = mpi_rank() == 0 ? Variable(TensorType(float32, open)("x"))
                                     : Variable(GpuArrayType(float32, open, "dev0")("x"));
  const auto all = function({x}, distributed::all_gather(x));
  const NDArray both = all(numbers(n, mpi_rank()));
  for (int r = 0; r < 2; ++r) {
    require(both.slice({r}).to_vector<float>() == numbers(n, r).to_vector<float>(),
            "what comes from a rank without a device, or with one");
  }
}

// What does not fit is refused as any other, and the next one is received.
void refused() {
  const Variable gx = GpuArrayType(float32, {false}, "dev0")("x");
  if (mpi_rank() == 0) {
    const GpuArray x = GpuArray::from_host(numbers(5, 0), get_context("dev0"));
    function({gx}, {send(gx, 1, 8), send(gx, 1, 8)})(x);
  } else {
    require_error(error_of([] { return receive(room(4), 0, 8), 0; }),
                  "receive: rank 0 sent float32 (5,) with tag 8 and rank 1 receives float32 (4,); "
                  "both sides must say the same dtype and shape");
    const GpuArray there = room(5);
    receive(there, 0, 8);
    require_values(there, numbers(5, 0));
  }
}

void exchange(bool copies) {
  init_dev("cuda0", "dev0");
  require(world()->takes_device_memory() == !copies, "what is said of the memory of devices");
  for (const std::int64_t n : {std::int64_t{3}, std::int64_t{0}, std::int64_t{100'000}}) {
    swap(n, copies);
    one_way(n, copies);
    mixed(n);
  }
  refused();
  // The transport may still hold arrays: they go first.
  meet();
}
void device_memory_as_it_is() { exchange(false); }
void device_memory_by_way_of_the_host() { exchange(true); }
void device_memory_as_mpi_says() { exchange(!world()->takes_device_memory()); }
}  // namespace

const std::map<std::string, Scenario> devices{
    {"device_memory_as_it_is", &device_memory_as_it_is},
    {"device_memory_by_way_of_the_host", &device_memory_by_way_of_the_host},
    {"device_memory_as_mpi_says", &device_memory_as_mpi_says}};
}  // namespace scenarios
