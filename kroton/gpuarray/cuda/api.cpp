// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/api.h"

#include "kroton/base/config.h"

namespace kroton::gpuarray::cuda {
std::string Api::code_text(int code) const {
  const char* name = nullptr;
  if (cuGetErrorName(code, &name) == 0 && name) return name;
  return "code " + std::to_string(code);
}

std::shared_ptr<const Api> Api::open(const std::string& path, std::string& why) {
  auto api = std::make_shared<Api>();
  api->library = base::Dynlib::try_open(path, &why);
  if (!api->library) return nullptr;
#define CUDA(name, parameters)                                                 \
  api->name = reinterpret_cast<decltype(api->name)>(api->library.find(#name)); \
  if (!api->name) {                                                            \
    why = path + " has no function " #name;                                    \
    return nullptr;                                                            \
  }
#include "kroton/gpuarray/cuda/api.def"
#undef CUDA
  // A library that is there need not work: the one that the toolkit links against refuses
  // here, as does a driver without a device.
  const int code = api->cuInit(0);
  if (code != 0) {
    why = "cuInit of " + path + " failed with " + api->code_text(code);
    return nullptr;
  }
  api->cuDriverGetVersion(&api->driver_version);
  api->library.leak();  // drivers have threads, and may run until the process ends
  return api;
}

std::shared_ptr<const Api> Api::get(std::string& why) {
  struct Opened {
    std::shared_ptr<const Api> api;
    std::string why;
  };
  static const Opened* const opened = [] {
    auto* made = new Opened;
    const std::string& flag = base::config().gpuarray_cuda();
    if (flag == "none") {
      made->why = "the flag gpuarray.cuda is none";
    } else {
      made->api = open(flag.empty() ? "libcuda.so.1" : flag, made->why);
    }
    return made;
  }();
  why = opened->why;
  return opened->api;
}

// The driver's documentation says of these that the context cannot be used any more.
bool loses_device(int code) {
  switch (code) {
    case 4:    // DEINITIALIZED
    case 46:   // DEVICE_UNAVAILABLE
    case 201:  // INVALID_CONTEXT
    case 214:  // ECC_UNCORRECTABLE
    case 220:  // NVLINK_UNCORRECTABLE
    case 700:  // ILLEGAL_ADDRESS
    case 702:  // LAUNCH_TIMEOUT
    case 709:  // CONTEXT_IS_DESTROYED
    case 710:  // ASSERT
    case 714:  // HARDWARE_STACK_ERROR
    case 715:  // ILLEGAL_INSTRUCTION
    case 716:  // MISALIGNED_ADDRESS
    case 717:  // INVALID_ADDRESS_SPACE
    case 718:  // INVALID_PC
    case 719:  // LAUNCH_FAILED
    case 999:  // UNKNOWN
      return true;
    default:
      return false;
  }
}
}  // namespace kroton::gpuarray::cuda
