// SPDX-License-Identifier: BSD-3-Clause
// The OpenCL library, opened at run time: libOpenCL.so.1, or what the flag gpuarray.opencl names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kroton/base/dynlib.h"

namespace kroton::gpuarray::opencl {
using Status = std::int32_t;
using UInt = std::uint32_t;
using Bits = std::uint64_t;

struct Api {
#define OPENCL(result, name, parameters) result(*name) parameters = nullptr;
#include "kroton/gpuarray/opencl/api.def"
#undef OPENCL
  base::Dynlib library;

  // Null when it cannot be opened or lacks a function; WHY then says so.
  static const Api* get(std::string& why);
};
const char* code_name(Status);
bool loses_device(Status);

struct Platform {
  void* id;
  std::vector<void*> devices;
};
// All platforms that have devices, numbered as OpenCL numbers them, with those devices.
std::vector<Platform> platforms(const Api&, std::string& why);
std::string device_text(const Api&, void* device, UInt what);
template <class T>
T device_number(const Api& api, void* device, UInt what) {
  T value{};
  api.clGetDeviceInfo(device, what, sizeof value, &value, nullptr);
  return value;
}

// Numbers of the OpenCL headers.
inline constexpr UInt device_type = 0x1000, max_compute_units = 0x1002, max_mem_alloc_size = 0x1010,
                      global_mem_size = 0x101f, device_name = 0x102b, driver_version = 0x102d,
                      device_version = 0x102f, double_fp_config = 0x1032, single_fp_config = 0x101b,
                      native_vector_width_float = 0x103a;
inline constexpr Bits type_cpu = 2, type_all = 0xffffffff, correctly_rounded_divide_sqrt = 1 << 7;
}  // namespace kroton::gpuarray::opencl
