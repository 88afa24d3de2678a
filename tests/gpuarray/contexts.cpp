// SPDX-License-Identifier: BSD-3-Clause
#include "contexts.h"

#include "kroton/gpuarray/devices.h"

namespace gpuarray_test {
using namespace kroton::gpuarray;

bool has_device() {
  for (const Backend& backend : backends()) {
    if (backend.kind == "opencl") return !backend.devices.empty();
  }
  return false;
}

std::string missing_device() { return devices_text(); }

GpuContext dev0() {
  static const GpuContext context = init_dev("opencl0:0", "dev0");
  return context;
}
GpuContext dev1() {
  static const GpuContext context = init_dev("opencl0:0", "dev1");
  return context;
}
}  // namespace gpuarray_test
