// SPDX-License-Identifier: BSD-3-Clause
#include "cuda_host.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>

namespace kernel_test {
namespace {
using Address = std::uint64_t;

template <class... P>
int call_in(void* library, const char* name, P... arguments) {
  return reinterpret_cast<int (*)(P...)>(dlsym(library, name))(arguments...);
}
}  // namespace

// What fails says so in the log.
template <class... P>
void CudaHost::call(const char* name, P... arguments) {
  const int code = call_in(driver_, name, arguments...);
  if (code == 0) return;
  log_ += std::string(name) + " gave " + std::to_string(code) + ": " +
          reinterpret_cast<const char* (*)()>(dlsym(driver_, "fake_report"))() + '\n';
}

CudaHost::CudaHost(const std::vector<kroton::kernel::Printed>& texts) {
  nvrtc_ = dlopen(FAKE_NVRTC, RTLD_NOW | RTLD_LOCAL);
  driver_ = dlopen(FAKE_CUDA, RTLD_NOW | RTLD_LOCAL);
  if (!nvrtc_ || !driver_) {
    log_ = dlerror();
    return;
  }
  // Each has functions and types of the same names.
  std::string text;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = "text" + std::to_string(i);
    text += "namespace " + name + " {\n" + texts[i].text + "}\nusing namespace " + name + ";\n";
  }
  void* program = nullptr;
  call_in(nvrtc_, "nvrtcCreateProgram", &program, text.c_str(), "kernel.cu", 0,
          static_cast<const char* const*>(nullptr), static_cast<const char* const*>(nullptr));
  const char* const options[] = {"--fmad=false"};
  const int code =
      call_in(nvrtc_, "nvrtcCompileProgram", program, 1, static_cast<const char* const*>(options));
  std::size_t size = 0;
  call_in(nvrtc_, "nvrtcGetProgramLogSize", program, &size);
  std::string said(size, '\0');
  call_in(nvrtc_, "nvrtcGetProgramLog", program, said.data());
  call_in(nvrtc_, "nvrtcGetCUBINSize", program, &size);
  std::string binary(size, '\0');
  call_in(nvrtc_, "nvrtcGetCUBIN", program, binary.data());
  call_in(nvrtc_, "nvrtcDestroyProgram", &program);
  if (code != 0) {
    log_ = said.c_str() + text;
    return;
  }
  call("cuInit", 0U);
  call("cuCtxCreate_v2", &context_, 0U, 0);
  call("cuStreamCreate", &stream_, 1U);
  call("cuModuleLoadData", &module_, static_cast<const void*>(binary.data()));
}

CudaHost::~CudaHost() {
  if (stream_) call("cuStreamDestroy_v2", stream_);
  if (context_) call("cuCtxDestroy_v2", context_);
}

std::string CudaHost::run(const kroton::kernel::Specialised& s,
                          const std::vector<kroton::kernel::DevicePhase>& phases,
                          std::vector<Array>& arrays, int shift, int order) {
  reinterpret_cast<void (*)(int)>(dlsym(driver_, "fake_order"))(order);
  std::vector<Address> memory;
  const auto allocate = [&](std::size_t bytes) {
    call("cuMemAlloc_v2", &memory.emplace_back(), std::max<std::size_t>(bytes, 1));
  };
  const auto write = [&](std::size_t place, const void* from, std::size_t bytes) {
    if (bytes > 0) call("cuMemcpyHtoDAsync_v2", memory.back() + place, from, bytes, stream_);
  };
  // Arrays lie behind the start of their memory.
  const auto place = [&](std::size_t a) {
    return static_cast<std::size_t>(shift) * kroton::itemsize(arrays[a].dtype);
  };
  std::vector<std::int64_t> offsets = s.offsets;
  for (std::size_t o = 0; o < offsets.size(); ++o) {
    if (s.params[o] < 0) continue;
    const auto a = static_cast<std::size_t>(s.params[o]);
    offsets[o] += arrays[a].offset + static_cast<std::int64_t>(place(a));
  }
  for (const auto& numbers : {s.lengths, s.strides, offsets}) {
    allocate(numbers.size() * sizeof(std::int64_t));
    write(0, numbers.data(), numbers.size() * sizeof(std::int64_t));
  }
  allocate(static_cast<std::size_t>(std::max<std::int64_t>(s.scratch_bytes, 32)));
  call("cuMemsetD8Async", memory.back(), static_cast<unsigned char>(0), std::size_t{32}, stream_);
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    allocate(arrays[a].memory.size() + place(a));
    write(place(a), arrays[a].memory.data(), arrays[a].memory.size());
  }
  for (const kroton::kernel::DevicePhase& phase : phases) {
    void* function = nullptr;
    call("cuModuleGetFunction", &function, module_, phase.entry.c_str());
    std::int64_t units = phase.units;
    std::vector<void*> arguments{&units};
    for (Address& address : memory) arguments.push_back(&address);
    // Few groups, so that the loops over units turn.
    if (function)
      call("cuLaunchKernel", function, 3U, 1U, 1U, static_cast<unsigned>(phase.group_size), 1U, 1U,
           0U, stream_, arguments.data(), static_cast<void**>(nullptr));
  }
  call("cuStreamSynchronize", stream_);
  for (std::size_t a = 0; a < arrays.size(); ++a) {
    if (!arrays[a].memory.empty())
      call("cuMemcpyDtoHAsync_v2", static_cast<void*>(arrays[a].memory.data()),
           memory[4 + a] + place(a), arrays[a].memory.size(), stream_);
  }
  for (const Address address : memory) call("cuMemFree_v2", address);
  return log_;
}
}  // namespace kernel_test
