// SPDX-License-Identifier: BSD-3-Clause
// Runs printed CUDA on the driver that tests/gpuarray/fake_cuda.cpp plays, compiled by
// fake_nvrtc.cpp.
#pragma once
#include <string>
#include <vector>

#include "kroton/kernel/print.h"
#include "run_both.h"

namespace kernel_test {
class CudaHost {
 public:
  // Several texts are compiled as one, which takes less time.
  explicit CudaHost(const std::vector<kroton::kernel::Printed>& texts);
  ~CudaHost();
  CudaHost(const CudaHost&) = delete;
  CudaHost& operator=(const CudaHost&) = delete;
  // What the compiler said, or "".
  const std::string& log() const { return log_; }
  // Runs all phases; the arrays, which begin SHIFT elements behind the start of their memory, hold
  // what the device left. What went wrong, or "". ORDER: 0 forward, -1 backward, else a seed.
  std::string run(const kroton::kernel::Specialised&,
                  const std::vector<kroton::kernel::DevicePhase>&, std::vector<Array>&, int shift,
                  int order);

 private:
  template <class... P>
  void call(const char* name, P... arguments);
  void *nvrtc_ = nullptr, *driver_ = nullptr;
  void *context_ = nullptr, *stream_ = nullptr, *module_ = nullptr;
  std::string log_;
};
}  // namespace kernel_test
