// SPDX-License-Identifier: BSD-3-Clause
// Names of contexts as users give them.
#pragma once
#include <utility>

#include "kroton/gpuarray/context.h"

namespace kroton::gpuarray {
// An empty name is the default context's, as in init_dev.
inline ContextName normalized(ContextName name) {
  return name && name->empty() ? std::nullopt : std::move(name);
}
}  // namespace kroton::gpuarray
