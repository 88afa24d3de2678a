// SPDX-License-Identifier: BSD-3-Clause
// Two contexts that stand for two devices, opened once for the whole binary: both on opencl0:0, or,
// where the environment has KROTON_TEST_CUDA, on the two devices of fake_cuda.cpp.
//   if (!has_device()) GTEST_SKIP() << missing_device();
#pragma once
#include <string>

#include "kroton/gpuarray/context.h"

namespace gpuarray_test {
bool on_cuda();
// Whether there is a device here; missing_device() says why not.
bool has_device();
std::string missing_device();
// "dev0" and "dev1".
kroton::gpuarray::GpuContext dev0();
kroton::gpuarray::GpuContext dev1();
}  // namespace gpuarray_test

// At the start of a test that needs a device: both contexts are open then.
#define NEEDS_DEVICE()                                                               \
  if (!gpuarray_test::has_device()) GTEST_SKIP() << gpuarray_test::missing_device(); \
  gpuarray_test::dev0(), gpuarray_test::dev1()
