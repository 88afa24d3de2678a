// SPDX-License-Identifier: BSD-3-Clause
// The CUDA driver, opened at run time: libcuda.so.1, or what the flag gpuarray.cuda names.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "kroton/base/dynlib.h"

namespace kroton::gpuarray::cuda {
using Address = std::uint64_t;

struct Api {
#define CUDA(name, parameters) int(*name) parameters = nullptr;
#include "kroton/gpuarray/cuda/api.def"
#undef CUDA
  base::Dynlib library;
  int driver_version = 0;  // 12040 is 12.4

  // "CUDA_ERROR_OUT_OF_MEMORY"
  std::string code_text(int code) const;
  // Null, and WHY, when the library cannot be opened, lacks a function or does not start.
  static std::shared_ptr<const Api> open(const std::string& path, std::string& why);
  // That of the flag, opened once.
  static std::shared_ptr<const Api> get(std::string& why);
};
// Whether nothing works on a context after this code.
bool loses_device(int code);

inline constexpr int out_of_memory = 2, capability_major = 75, capability_minor = 76,
                     multiprocessor_count = 16, pointer_memory_type = 2;
// Streams that do not wait for the one without a name; captures that leave other threads alone.
inline constexpr unsigned non_blocking = 1;
inline constexpr int capture_relaxed = 2;
}  // namespace kroton::gpuarray::cuda
