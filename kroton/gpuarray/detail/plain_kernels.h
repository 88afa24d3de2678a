// SPDX-License-Identifier: BSD-3-Clause
// Copies between device arrays of any layout.
#pragma once
#include "kroton/gpuarray/array.h"

namespace kroton::gpuarray::detail {
// Element by element, converted; same shape and context, apart in memory, not empty.
void copy_cast(const GpuArray& to, const GpuArray& from);
// Between contexts; same dtype and shape, both C-contiguous.
void copy_between(const GpuArray& to, const GpuArray& from);
}  // namespace kroton::gpuarray::detail
