// SPDX-License-Identifier: BSD-3-Clause
// Whether two device arrays hold the same values, computed on the device: one element comes back.
#pragma once
#include "kroton/base/api.h"
#include "kroton/gpuarray/array.h"

namespace kroton::gpuarray {
// Shapes are equal; B is brought to the context of A. All elements are equal, or NaN in both.
// Elements of different dtypes are compared in one that holds both.
KROTON_API bool all_equal(const GpuArray& a, const GpuArray& b);

struct Closeness {
  double rtol = 0, atol = 0;
  bool any_where_inf = false, any_where_nan = false;  // where A is
};
// The same, or |a - b| <= atol + rtol |b| for finite b, in float64 where one of them is float64.
KROTON_API bool all_close(const GpuArray& a, const GpuArray& b, const Closeness& closeness);
}  // namespace kroton::gpuarray
