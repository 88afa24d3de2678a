// SPDX-License-Identifier: BSD-3-Clause
// Devices: transfers, elementwise work, reductions and indexing as shares of the device's own
// copying, products, small kernels and a step of training, each beside the same on the host. The
// device: the flag device, else the first one there is. Times are lower quartiles: what else the
// machine does takes a pool of threads longer than one thread. ./dev bench gpu runs
// peers/gpu_rows.py behind it.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/measure.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/text.h"
#include "kroton/gpuarray/devices.h"
#include "kroton/gpuarray/gemm.h"
#include "kroton/kroton.h"

using namespace kroton;

namespace {
std::string first_device() {
  for (const auto& backend : gpuarray::backends()) {
    if (!backend.devices.empty()) return backend.devices[0].device;
  }
  return "";
}

void rate_row(const std::string& label, double bytes, const bench::Timing& timing, double copy) {
  const double rate = bytes / timing.low;
  std::printf("%-34s %10s %8.2f GB/s %6.0f %% of copying\n", label.c_str(),
              bench::time_text(timing.low).c_str(), rate / 1e9, 100 * rate / copy);
}

// The second timing is the host's.
void host_row(const std::vector<bench::Timing>& timings) {
  std::printf("%-34s %10s %27.2f times as fast\n", "    the device against the host",
              bench::time_text(timings[1].low).c_str(), timings[1].low / timings[0].low);
}

// Host memory that the driver of CUDA knows; nothing, and WHY, where there is none. The context's
// last call made it this thread's.
NDArray pinned(const GpuContext& context, std::int64_t n, std::string& why) {
  why = "the device is none of CUDA";
  if (context.kind() != "cuda") return NDArray();
  const auto driver = std::make_shared<base::Dynlib>("libcuda.so.1");
  auto* const take = driver->function<int(void**, std::size_t, unsigned)>("cuMemHostAlloc");
  void* memory = nullptr;
  const int code = take(&memory, 4 * static_cast<std::size_t>(n), 0);
  why = "cuMemHostAlloc gave code " + std::to_string(code);
  if (code != 0) return NDArray();
  const std::shared_ptr<void> owner(
      memory, [driver](void* p) { driver->function<int(void*)>("cuMemFreeHost")(p); });
  return NDArray::wrap(memory, {n}, {4}, float32, owner);
}

// Bytes per second of the device's own copies, read and written counted.
double transfers(const GpuContext& context, std::int64_t n) {
  const NDArray host = NDArray::full({n}, 1, float32);
  GpuArray a = GpuArray::from_host(host, context), b = GpuArray::from_host(host, context);
  const double bytes = 4.0 * static_cast<double>(n);
  const auto timings = bench::measure({{"copy",
                                        [&] {
                                          b.write(a);
                                          context.synchronize();
                                        }},
                                       {"to the device",
                                        [&] {
                                          a.write(host);
                                          context.synchronize();
                                        }},
                                       {"to the host", [&] { a.to_host(); }}});
  const double copy = 2 * bytes / timings[0].low;
  std::printf("%lld float32\n", static_cast<long long>(n));
  rate_row("device to device", 2 * bytes, timings[0], copy);
  rate_row("host to device, pageable", bytes, timings[1], copy);
  rate_row("device to host, pageable", bytes, timings[2], copy);
  context.synchronize();
  std::string why;
  if (const NDArray known = pinned(context, n, why); known.size() == static_cast<std::size_t>(n)) {
    const auto direct = bench::measure({{"to the device", [&] { a.write(known); }}});
    rate_row("host to device, pinned", bytes, direct[0], copy);
  } else {
    std::printf("not measured: transfers of pinned memory: %s\n", why.c_str());
  }
  return copy;
}

void compare(const std::string& label, const Variable& there, const Variable& here,
             const Variable& x_there, const Variable& x_here, const GpuArray& a, const NDArray& h,
             double bytes, double copy) {
  const GpuContext context = a.context();
  const Function on_device = function({x_there}, transfer(there, "bench")),
                 on_host = function({x_here}, here);
  const std::vector<bench::Candidate> candidates{{"device",
                                                  [&] {
                                                    on_device(a);
                                                    context.synchronize();
                                                  }},
                                                 {"host", [&] { on_host(h); }}};
  const auto timings = bench::measure(candidates);
  rate_row(label, bytes, timings[0], copy);
  host_row(timings);
}

void computing(const GpuContext& context, std::int64_t n, double copy) {
  const NDArray h = NDArray::full({n / 1000, 1000}, 0.5, float32);
  const GpuArray a = GpuArray::from_host(h, context);
  const Variable x = fmatrix("x"), gx = GpuArrayType(float32, {false, false}, "bench")("x");
  const double bytes = 4.0 * static_cast<double>(n);
  const auto row = [&](const std::string& label, double traffic, auto graph) {
    compare(label, graph(gx), graph(x), gx, x, a, h, traffic, copy);
  };
  row("x * 2 + 1", 2 * bytes, [](const Variable& v) { return v * 2.f + 1.f; });
  row("tanh(x) * sigmoid(x)", 2 * bytes,
      [](const Variable& v) { return tanh(v) * nnet::sigmoid(v); });
  row("sum of all", bytes, [](const Variable& v) { return v.sum(); });
  row("sum of rows", bytes, [](const Variable& v) { return v.sum(1); });
  row("sum of columns", bytes, [](const Variable& v) { return v.sum(0); });
  row("softmax", 2 * bytes, [](const Variable& v) { return nnet::softmax(v); });
  row("transposed", 2 * bytes, [](const Variable& v) { return v.T() + 0.f; });
  NDArray places = NDArray::zeros({n / 1000}, int64);
  for (std::int64_t i = 0; i < n / 1000; ++i)
    places.data<std::int64_t>()[i] = i * 7919 % (n / 1000);
  row("rows by number", 2 * bytes,
      [&](const Variable& v) { return tensor::take(v, constant(places), 0); });
}

// Calls that take and give device arrays, with one synchronisation behind a thousand of them.
void small_kernels(const GpuContext& context) {
  const Variable gx = GpuArrayType(float32, {false}, "bench")("x");
  Variable y = gx;
  for (int k = 0; k < 20; ++k) y = k % 2 ? tensor::cumsum(y, 0) : tensor::tanh(y);
  const Function f =
      function({gx}, transfer(y, "bench"), {.mode = Mode("FAST_RUN").excluding("fusion")});
  const GpuArray a = GpuArray::from_host(NDArray::full({100}, 0.01, float32), context);
  for (int call = 0; call < 10; ++call) f(a);
  const auto timings = bench::measure({{"calls", [&] {
                                          for (int call = 0; call < 1000; ++call) f(a);
                                          context.synchronize();
                                        }}});
  std::printf("%-34s %10s a call\n", "20 kernels of 100 elements",
              bench::time_text(timings[0].low / 1000).c_str());
}

// A network of two layers, its cost and a step downhill.
Function training_step(const std::string& target) {
  const auto weights = [&](std::int64_t rows, std::int64_t columns, const char* name) {
    return shared(NDArray::full({rows, columns}, 0.01, float32), name, {.target = target});
  };
  const SharedVariable w = weights(512, 512, "w"), v = weights(512, 64, "v");
  const Variable x = fmatrix("x"), labels = lvector("labels");
  const Variable z = nnet::logsoftmax(dot(tensor::tanh(dot(x, w)), v));
  const Variable cost = -nnet::pick(z, labels).mean();
  const Variables g = grad(cost, {w, v});
  return function({x, labels}, cost, {.updates = {{w, w - 0.1f * g[0]}, {v, v - 0.1f * g[1]}}});
}
void training() {
  const NDArray x = NDArray::full({256, 512}, 0.5, float32);
  const NDArray labels = NDArray::full({256}, 3, int64);
  const Function there = training_step("bench"), here = training_step("cpu");
  const auto timings =
      bench::measure({{"device", [&] { there(x, labels); }}, {"host", [&] { here(x, labels); }}});
  std::printf("%-34s %10s\n", "a step of training, 256 x 512 x 64",
              bench::time_text(timings[0].low).c_str());
  host_row(timings);
}

void say_what_is_missing() {
  for (const auto& backend : gpuarray::backends()) {
    if (backend.devices.empty())
      std::printf("not measured: %s: %s\n", backend.kind.c_str(), backend.absent.c_str());
  }
}

void products(const GpuContext& context, std::int64_t n) {
  const NDArray h = NDArray::full({n, n}, 0.5, float32);
  const GpuArray a = GpuArray::from_host(h, context);
  const Variable gx = GpuArrayType(float32, {false, false}, "bench")("x");
  const Function product = function({gx}, transfer(dot(gx, gx), "bench"));
  const Variable x = fmatrix("x");
  const Function host = function({x}, dot(x, x));
  // What computes it, without a graph around.
  const GpuArray stack = a.view({1, n, n}, {0, 4 * n, 4}),
                 z = GpuArray::empty({1, n, n}, float32, context);
  const std::vector<bench::Candidate> candidates{{"device",
                                                  [&] {
                                                    product(a);
                                                    context.synchronize();
                                                  }},
                                                 {"host", [&] { host(h); }},
                                                 {"directly", [&] {
                                                    gpuarray::multiply("bench", z, stack, stack);
                                                    context.synchronize();
                                                  }}};
  const auto timings = bench::measure(candidates);
  const double size = static_cast<double>(n);
  const auto row = [&](const std::string& label, const bench::Timing& timing) {
    std::printf("%-34s %10s %8.1f Gflop/s %4.0f %% of the direct call\n", label.c_str(),
                bench::time_text(timing.low).c_str(), 2 * size * size * size / timing.low / 1e9,
                100 * timings[2].low / timing.low);
  };
  row("dot of " + std::to_string(n) + " x " + std::to_string(n), timings[0]);
  row(context.kind() == "cuda" ? "cuBLAS, or our kernel, directly" : "our kernel, directly",
      timings[2]);
  host_row(timings);
}
}  // namespace

int main() {
  bench::begin("devices");
  const std::string& flag = base::config().device();
  const std::string device = flag == "cpu" ? first_device() : flag;
  say_what_is_missing();
  if (device.empty()) return 0;
  const GpuContext context = init_dev(device, "bench");
  std::printf("%s, %s\n", context.device_name().c_str(), context.version().c_str());
  const bool large = context.kind() == "cuda";
  const std::int64_t n = large ? 100'000'000 : 10'000'000;
  const double copy = transfers(context, n);
  computing(context, n, copy);
  products(context, large ? 8192 : 1024);
  small_kernels(context);
  training();
  return 0;
}
