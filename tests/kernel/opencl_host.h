// SPDX-License-Identifier: BSD-3-Clause
// Runs printed OpenCL on the first CPU device, through a loader opened at run time.
#pragma once
#include <string>
#include <vector>

#include "kroton/kernel/print.h"
#include "run_both.h"

namespace kernel_test {
class OpenClHost {
 public:
  OpenClHost();
  ~OpenClHost();
  OpenClHost(const OpenClHost&) = delete;
  OpenClHost& operator=(const OpenClHost&) = delete;
  // Why nothing can run, or "".
  const std::string& missing() const { return missing_; }
  // Runs all phases; the arrays hold what the device left. False with the build log on failure.
  bool run(const kroton::kernel::Specialised&, const kroton::kernel::Printed&,
           const std::vector<kroton::kernel::DevicePhase>&, std::vector<Array>&, std::string& log);

 private:
  template <class F>
  F* call(const char* name);
  void* library_ = nullptr;
  void *device_ = nullptr, *context_ = nullptr, *queue_ = nullptr;
  std::string missing_;
};
}  // namespace kernel_test
