// SPDX-License-Identifier: BSD-3-Clause
#include "opencl_host.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>

namespace kernel_test {
namespace {
// The few constants of the OpenCL 1.2 interface that are needed.
constexpr std::uint64_t device_type_cpu = 2, read_write_copy = (1 << 0) | (1 << 5);
constexpr std::uint32_t build_log = 0x1183;
}  // namespace

template <class F>
F* OpenClHost::call(const char* name) {
  return reinterpret_cast<F*>(dlsym(library_, name));
}

OpenClHost::OpenClHost() {
  library_ = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library_) {
    missing_ = "no libOpenCL.so.1";
    return;
  }
  void* platforms[8];
  std::uint32_t count = 0;
  call<int(std::uint32_t, void**, std::uint32_t*)>("clGetPlatformIDs")(8, platforms, &count);
  for (std::uint32_t p = 0; p < std::min(count, 8u) && !device_; ++p) {
    call<int(void*, std::uint64_t, std::uint32_t, void**, std::uint32_t*)>("clGetDeviceIDs")(
        platforms[p], device_type_cpu, 1, &device_, nullptr);
  }
  if (!device_) {
    missing_ = "OpenCL has no CPU device";
    return;
  }
  int status = 0;
  context_ = call<void*(const void*, std::uint32_t, void**, void*, void*, int*)>("clCreateContext")(
      nullptr, 1, &device_, nullptr, nullptr, &status);
  queue_ = call<void*(void*, void*, std::uint64_t, int*)>("clCreateCommandQueue")(context_, device_,
                                                                                  0, &status);
}

OpenClHost::~OpenClHost() {
  if (queue_) call<int(void*)>("clReleaseCommandQueue")(queue_);
  if (context_) call<int(void*)>("clReleaseContext")(context_);
}

bool OpenClHost::run(const kroton::kernel::Specialised& s, const kroton::kernel::Printed& printed,
                     const std::vector<kroton::kernel::DevicePhase>& phases,
                     std::vector<Array>& arrays, std::string& log) {
  int status = 0;
  const char* text = printed.text.c_str();
  void* program = call<void*(void*, std::uint32_t, const char**, const std::size_t*, int*)>(
      "clCreateProgramWithSource")(context_, 1, &text, nullptr, &status);
  status =
      call<int(void*, std::uint32_t, void* const*, const char*, void*, void*)>("clBuildProgram")(
          program, 1, &device_, "-cl-std=CL1.2 -w -cl-fp32-correctly-rounded-divide-sqrt", nullptr,
          nullptr);
  if (status != 0) {
    log.resize(100000);
    call<int(void*, void*, std::uint32_t, std::size_t, void*, std::size_t*)>(
        "clGetProgramBuildInfo")(program, device_, build_log, log.size(), log.data(), nullptr);
    log = std::string(log.c_str()) + printed.text;
    return false;
  }
  std::vector<void*> buffers;
  std::vector<char> scratch(static_cast<std::size_t>(std::max<std::int64_t>(s.scratch_bytes, 64)));
  auto buffer = [&](const void* bytes, std::size_t size) {
    std::vector<char> padded(std::max<std::size_t>(size, 8));  // OpenCL refuses empty buffers
    std::copy_n(static_cast<const char*>(bytes), size, padded.data());
    buffers.push_back(call<void*(void*, std::uint64_t, std::size_t, void*, int*)>("clCreateBuffer")(
        context_, read_write_copy, padded.size(), padded.data(), &status));
  };
  auto numbers = [&](const std::vector<std::int64_t>& v) {
    buffer(v.data(), v.size() * sizeof(std::int64_t));
  };
  numbers(s.lengths);
  numbers(s.strides);
  // Offsets count from the start of each array's memory here.
  std::vector<std::int64_t> offsets = s.offsets;
  for (std::size_t o = 0; o < offsets.size(); ++o) {
    if (s.params[o] >= 0) offsets[o] += arrays[static_cast<std::size_t>(s.params[o])].offset;
  }
  numbers(offsets);
  buffer(scratch.data(), scratch.size());
  for (Array& a : arrays) buffer(a.memory.data(), a.memory.size());
  for (const kroton::kernel::DevicePhase& phase : phases) {
    void* kernel = call<void*(void*, const char*, int*)>("clCreateKernel")(
        program, phase.entry.c_str(), &status);
    auto set = [&](std::uint32_t i, std::size_t size, const void* value) {
      call<int(void*, std::uint32_t, std::size_t, const void*)>("clSetKernelArg")(kernel, i, size,
                                                                                  value);
    };
    set(0, sizeof phase.units, &phase.units);
    for (std::size_t b = 0; b < buffers.size(); ++b)
      set(static_cast<std::uint32_t>(b + 1), sizeof(void*), &buffers[b]);
    // Few groups, so that the loops over units turn.
    auto local = static_cast<std::size_t>(phase.group_size);
    std::size_t global = local * 3;
    status = call<int(void*, void*, std::uint32_t, const std::size_t*, const std::size_t*,
                      const std::size_t*, std::uint32_t, void* const*, void**)>(
        "clEnqueueNDRangeKernel")(queue_, kernel, 1, nullptr, &global, &local, 0, nullptr, nullptr);
    if (status != 0) log += "clEnqueueNDRangeKernel gave " + std::to_string(status);
    call<int(void*)>("clFinish")(queue_);
    call<int(void*)>("clReleaseKernel")(kernel);
  }
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    call<int(void*, void*, std::uint32_t, std::size_t, std::size_t, void*, std::uint32_t,
             void* const*, void**)>("clEnqueueReadBuffer")(
        queue_, buffers[a + 4], 1, 0, arrays[a].memory.size(), arrays[a].memory.data(), 0, nullptr,
        nullptr);
  }
  for (void* b : buffers) call<int(void*)>("clReleaseMemObject")(b);
  call<int(void*)>("clReleaseProgram")(program);
  return log.empty();
}
}  // namespace kernel_test
