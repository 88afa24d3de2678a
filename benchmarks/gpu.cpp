// SPDX-License-Identifier: BSD-3-Clause
// Devices: transfers as shares of the device's own copying, elementwise work and reductions there
// against the same function on the host. The device: the flag device, else the first one there is.
#include <cstdio>
#include <string>

#include "benchmarks/measure.h"
#include "kroton/base/text.h"
#include "kroton/gpuarray/devices.h"
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
  const double rate = bytes / timing.median;
  std::printf("%-34s %10s %8.2f GB/s %6.0f %% of copying\n", label.c_str(),
              bench::time_text(timing.median).c_str(), rate / 1e9, 100 * rate / copy);
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
  const double copy = 2 * bytes / timings[0].median;
  std::printf("%lld float32\n", static_cast<long long>(n));
  rate_row("device to device", 2 * bytes, timings[0], copy);
  rate_row("host to device, pageable", bytes, timings[1], copy);
  rate_row("device to host, pageable", bytes, timings[2], copy);
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
  std::printf("%-34s %10s\n", "    on the host", bench::time_text(timings[1].median).c_str());
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
}

void products(const GpuContext& context, std::int64_t n) {
  const NDArray h = NDArray::full({n, n}, 0.5, float32);
  const GpuArray a = GpuArray::from_host(h, context);
  const Variable gx = GpuArrayType(float32, {false, false}, "bench")("x");
  const Function product = function({gx}, transfer(dot(gx, gx), "bench"));
  const auto timings = bench::measure({{"dot", [&] {
                                          product(a);
                                          context.synchronize();
                                        }}});
  const double size = static_cast<double>(n);
  std::printf("dot of %lld x %lld %22s %8.1f Gflop/s\n", static_cast<long long>(n),
              static_cast<long long>(n), bench::time_text(timings[0].median).c_str(),
              2 * size * size * size / timings[0].median / 1e9);
}
}  // namespace

int main() {
  bench::begin("devices");
  const std::string& flag = base::config().device();
  const std::string device = flag == "cpu" ? first_device() : flag;
  if (device.empty()) {
    std::printf("nothing was measured: %s\n", gpuarray::devices_text().c_str());
    return 0;
  }
  const GpuContext context = init_dev(device, "bench");
  std::printf("%s, %s\n", context.device_name().c_str(), context.version().c_str());
  const std::int64_t n = 10'000'000;
  const double copy = transfers(context, n);
  computing(context, n, copy);
  products(context, 1024);
  return 0;
}
