// SPDX-License-Identifier: BSD-3-Clause
// Compiles CUDA C++ to code for one architecture by NVRTC, a library that is opened at run time. No
// GPU and no driver are needed.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/base/dynlib.h"

namespace kroton::gpuarray::cuda {
class KROTON_API Nvrtc {
 public:
  // Null when there is none; WHY then says what was tried.
  static std::shared_ptr<const Nvrtc> open(const std::string& path, std::string& why);
  // That of the flag gpuarray.nvrtc, opened once.
  static std::shared_ptr<const Nvrtc> get(std::string& why);

  // "12.4"
  std::string version() const;
  // CAPABILITY: 90 for sm_90. A cubin, or PTX of the newest architecture that NVRTC knows where
  // that is older than the device. Nothing when the text is wrong; the log says why.
  std::optional<std::string> compile(const std::string& text, int capability,
                                     std::string& log) const;

 private:
#define NVRTC(name, parameters) int(*name##_) parameters = nullptr;
#include "kroton/gpuarray/cuda/nvrtc.def"
#undef NVRTC
  base::Dynlib library_;
  int newest_ = 0;
};
}  // namespace kroton::gpuarray::cuda
