// SPDX-License-Identifier: BSD-3-Clause
// Which devices this machine has, by their strings: "cuda0", "opencl0:1" (platform and device);
// "cuda" is the first CUDA device. Driver libraries are opened when they are first asked for: flags
// gpuarray.opencl, gpuarray.cuda.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::gpuarray {
class Driver;

struct FoundDevice {
  std::string device, name, version;
  std::size_t memory = 0;
};
struct Backend {
  std::string kind;                  // "cuda", "opencl"
  std::vector<FoundDevice> devices;  // usable ones
  std::string absent;                // why there is none
};
KROTON_API std::vector<Backend> backends();
// "devices here: opencl0:0 (NAME); cuda has none (WHY)", for errors.
KROTON_API std::string devices_text();

struct DeviceAddress {
  bool cuda = false;
  int platform = 0, index = 0;
  std::string text;  // "cuda0", "opencl0:1"
};
// ValueError, beginning with WHO, that lists the devices, for what is no device string.
KROTON_API DeviceAddress parse_device(std::string_view who, std::string_view device);
// Opens the device; DeviceError that lists the devices when there is no such one.
KROTON_API std::shared_ptr<Driver> open_driver(std::string_view who, const DeviceAddress& address);
}  // namespace kroton::gpuarray
