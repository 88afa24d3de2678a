// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/nvrtc.h"

#include <algorithm>

#include "kroton/base/config.h"
#include "kroton/gpuarray/cuda/toolkit.h"

namespace kroton::gpuarray::cuda {
std::shared_ptr<const Nvrtc> Nvrtc::open(const std::string& path, std::string& why) {
  auto nvrtc = std::make_shared<Nvrtc>();
  nvrtc->library_ = open_toolkit_library(path, "libnvrtc.so", {"13", "12", "11.2"}, why);
  if (!nvrtc->library_) return nullptr;
#define NVRTC(name, parameters) \
  if (!find_function(nvrtc->library_, #name, nvrtc->name##_, why)) return nullptr;
#include "kroton/gpuarray/cuda/nvrtc.def"
#undef NVRTC
  int count = 0;
  nvrtc->nvrtcGetNumSupportedArchs_(&count);
  std::vector<int> known(static_cast<std::size_t>(std::max(count, 1)));
  nvrtc->nvrtcGetSupportedArchs_(known.data());
  nvrtc->newest_ = *std::max_element(known.begin(), known.end());
  nvrtc->library_.leak();
  return nvrtc;
}

std::shared_ptr<const Nvrtc> Nvrtc::get(std::string& why) {
  static const auto* const found =
      new ByFlag<Nvrtc>("gpuarray.nvrtc", base::config().gpuarray_nvrtc());
  why = found->why;
  return found->library;
}

std::string Nvrtc::version() const {
  int major = 0, minor = 0;
  nvrtcVersion_(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

std::optional<std::string> Nvrtc::compile(const std::string& text, int capability,
                                          std::string& log) const {
  void* program = nullptr;
  if (nvrtcCreateProgram_(&program, text.c_str(), "kernel.cu", 0, nullptr, nullptr) != 0) {
    log = "nvrtcCreateProgram failed";
    return std::nullopt;
  }
  const bool native = capability <= newest_;
  const std::string target = "--gpu-architecture=" + std::string(native ? "sm_" : "compute_") +
                             std::to_string(std::min(capability, newest_));
  // Products and sums are not joined, so that all dialects give the same bits.
  const char* const options[] = {target.c_str(), "--fmad=false", "--std=c++17", "-w"};
  const int code = nvrtcCompileProgram_(program, 4, options);
  std::optional<std::string> binary;
  std::size_t size = 0;
  if (code != 0) {
    nvrtcGetProgramLogSize_(program, &size);
    log.resize(size);
    nvrtcGetProgramLog_(program, log.data());
    log = "nvrtcCompileProgram failed with code " + std::to_string(code) + " for " +
          target.substr(target.find('=') + 1) + '\n' + log.c_str();
  } else if (native) {
    nvrtcGetCUBINSize_(program, &size);
    binary.emplace(size, '\0');
    nvrtcGetCUBIN_(program, binary->data());
  } else {
    nvrtcGetPTXSize_(program, &size);
    binary.emplace(size, '\0');
    nvrtcGetPTX_(program, binary->data());
  }
  nvrtcDestroyProgram_(&program);
  return binary;
}
}  // namespace kroton::gpuarray::cuda
