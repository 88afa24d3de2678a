// SPDX-License-Identifier: BSD-3-Clause
// OpenCL devices. PoCL makes one of the CPU; two contexts there stand for two devices in tests.
#pragma once
#include <memory>
#include <optional>

#include "kroton/gpuarray/devices.h"
#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray::opencl {
Backend find_devices();
// Null when there is no such device.
std::shared_ptr<Driver> open(const DeviceAddress& address);
}  // namespace kroton::gpuarray::opencl
