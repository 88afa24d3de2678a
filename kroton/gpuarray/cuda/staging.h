// SPDX-License-Identifier: BSD-3-Clause
// Transfers of memory that the CUDA driver does not know: through two pieces of pinned memory, one
// of which the device reads or writes while the host's threads fill or empty the other.
#pragma once
#include <array>
#include <cstddef>
#include <memory>

#include "kroton/gpuarray/cuda/api.h"

namespace kroton::gpuarray::cuda {
class Staging {
 public:
  // Smaller transfers are the driver's own.
  static constexpr std::size_t piece = std::size_t{4} << 20, worth = std::size_t{1} << 18;

  Staging(std::shared_ptr<const Api> api, void* stream);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // False when there is no pinned memory to have; nothing was done then. Each call below returns a
  // code. After write() the host's memory has been read, after read() it has been written.
  bool ready();
  int write(Address to, const void* from, std::size_t bytes);
  int read(void* to, Address from, std::size_t bytes);

 private:
  std::shared_ptr<const Api> api_;
  void* stream_;
  bool tried_ = false;
  std::array<void*, 2> memory_{}, event_{};
};
}  // namespace kroton::gpuarray::cuda
