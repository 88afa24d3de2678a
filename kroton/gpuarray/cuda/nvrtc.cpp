// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/cuda/nvrtc.h"

#include <algorithm>
#include <cstdlib>

#include "kroton/base/config.h"

namespace kroton::gpuarray::cuda {
base::Dynlib open_toolkit_library(const std::string& stem, const std::vector<std::string>& versions,
                                  std::string& why) {
  std::vector<std::string> folders{""};
  if (const char* path = std::getenv("CUDA_PATH")) folders.push_back(std::string(path) + "/lib64/");
  folders.push_back("/usr/local/cuda/lib64/");
  for (const std::string& folder : folders) {
    for (const std::string& version : versions) {
      if (auto library = base::Dynlib::try_open(folder + stem + "." + version)) return library;
    }
  }
  why = "no " + stem + "." + versions.front() + " is found, nor an older one; it comes with the " +
        "CUDA toolkit";
  return {};
}

std::shared_ptr<const Nvrtc> Nvrtc::open(const std::string& path, std::string& why) {
  auto nvrtc = std::make_shared<Nvrtc>();
  nvrtc->library_ = path.empty() ? open_toolkit_library("libnvrtc.so", {"13", "12", "11.2"}, why)
                                 : base::Dynlib::try_open(path, &why);
  if (!nvrtc->library_) return nullptr;
#define NVRTC(name, parameters)                                                             \
  nvrtc->name##_ = reinterpret_cast<decltype(nvrtc->name##_)>(nvrtc->library_.find(#name)); \
  if (!nvrtc->name##_) {                                                                    \
    why = nvrtc->library_.path() + " has no function " #name;                               \
    return nullptr;                                                                         \
  }
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
  struct Opened {
    std::shared_ptr<const Nvrtc> nvrtc;
    std::string why;
  };
  static const Opened* const opened = [] {
    auto* made = new Opened;
    const std::string& flag = base::config().gpuarray_nvrtc();
    if (flag == "none") {
      made->why = "the flag gpuarray.nvrtc is none";
    } else {
      made->nvrtc = open(flag, made->why);
    }
    return made;
  }();
  why = opened->why;
  return opened->nvrtc;
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
