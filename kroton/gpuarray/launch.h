// SPDX-License-Identifier: BSD-3-Clause
// Runs kernels on device arrays: the loops are chosen for the arrays' lengths and strides, the text
// is printed in the device's dialect, and its program is kept by the context and the artifact
// cache.
//   static DeviceKernel twice(make_twice());                  // a kernel::Kernel
//   twice.run("twice", {x, z});                               // one array per param
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/gpuarray/array.h"
#include "kroton/kernel/fault.h"
#include "kroton/kernel/form.h"

namespace kroton::gpuarray {
class KROTON_API DeviceKernel {
 public:
  explicit DeviceKernel(std::shared_ptr<const kernel::Kernel> kernel);
  explicit DeviceKernel(kernel::Kernel kernel);
  ~DeviceKernel();

  const kernel::Kernel& kernel() const { return *kernel_; }
  // One array per param, all of one context; an output may be an input of its alias group, the same
  // array. GIVEN: the numbers that the kernel asks its caller for. ShapeError, TypeError and
  // CompileError begin with WHO. Returns when the work is queued, but for kernels with checked
  // indices, whose fault it waits for.
  kernel::Fault run(const std::string& who, std::span<const GpuArray> arrays,
                    std::span<const std::int64_t> given = {}) const;
  kernel::Fault run(const std::string& who, std::initializer_list<GpuArray> arrays) const {
    return run(who, std::span<const GpuArray>(arrays.begin(), arrays.size()));
  }
  // The same when the lengths of all extents are known.
  kernel::Fault run_with(const std::string& who, std::span<const GpuArray> arrays,
                         const std::vector<std::int64_t>& extents) const;

 private:
  struct Ready;
  std::shared_ptr<const Ready> ready(const std::string& who, OpenContext& context,
                                     std::span<const GpuArray> arrays,
                                     const std::vector<std::int64_t>& extents) const;
  std::shared_ptr<const kernel::Kernel> kernel_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Ready>> ready_;  // the latest last
};
}  // namespace kroton::gpuarray
