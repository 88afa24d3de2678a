// SPDX-License-Identifier: BSD-3-Clause
// CUDA devices, by the driver's library. A context of ours is a context of the driver; its work
// goes to the default stream, so it runs in one order.
#pragma once
#include <memory>

#include "kroton/gpuarray/cuda/api.h"
#include "kroton/gpuarray/devices.h"
#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray::cuda {
Backend find_devices();
// Null when there is no such device.
std::shared_ptr<Driver> open(const DeviceAddress& address);
// The same by a library that was opened already: for tests, which bring their own.
Backend find_devices(const std::shared_ptr<const Api>& api);
std::shared_ptr<Driver> open(std::shared_ptr<const Api> api, const DeviceAddress& address);
}  // namespace kroton::gpuarray::cuda
