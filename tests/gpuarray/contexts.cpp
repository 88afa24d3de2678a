// SPDX-License-Identifier: BSD-3-Clause
#include "contexts.h"

#include <cstdlib>

#include "kroton/gpuarray/devices.h"

namespace gpuarray_test {
using namespace kroton::gpuarray;

bool on_cuda() { return std::getenv("KROTON_TEST_CUDA") != nullptr; }

bool has_device() {
  for (const Backend& backend : backends()) {
    if (backend.kind == (on_cuda() ? "cuda" : "opencl")) return !backend.devices.empty();
  }
  return false;
}

std::string missing_device() { return devices_text(); }

GpuContext dev0() {
  static const GpuContext context = init_dev(on_cuda() ? "cuda0" : "opencl0:0", "dev0");
  return context;
}
GpuContext dev1() {
  static const GpuContext context = init_dev(on_cuda() ? "cuda1" : "opencl0:0", "dev1");
  return context;
}
}  // namespace gpuarray_test
