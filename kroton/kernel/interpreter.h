// SPDX-License-Identifier: BSD-3-Clause
// Runs a kernel in plain C++, serially, with host values. It is the reference for the dialects: the
// trees of reductions are the same, so the bits are.
#pragma once
#include <cstdint>
#include <vector>

#include "kroton/kernel/fault.h"
#include "kroton/kernel/form.h"

namespace kroton::kernel {
// pointers and strides (bytes, one vector per param, one entry per dimension) in the order of the
// params. UnsupportedError when a function has no host value for a dtype.
KROTON_API Fault interpret(const Kernel&, const std::vector<std::int64_t>& extents,
                           const std::vector<void*>& pointers,
                           const std::vector<std::vector<std::int64_t>>& strides);
}  // namespace kroton::kernel
