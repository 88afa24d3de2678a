// SPDX-License-Identifier: BSD-3-Clause
// What a kernel reports when a checked index lies outside its array: nothing was read or written
// there.
#pragma once
#include <cstdint>
#include <string>

#include "kroton/base/api.h"

namespace kroton::kernel {
struct Fault {
  std::int64_t param = -1, dim = 0, index = 0;
  explicit operator bool() const { return param >= 0; }
};
}  // namespace kroton::kernel
