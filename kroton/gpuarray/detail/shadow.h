// SPDX-License-Identifier: BSD-3-Clause
// What is done to shapes and strides is done by NDArray, on host arrays that stand for device
// arrays: no memory lies behind them.
#pragma once
#include "kroton/gpuarray/array.h"

namespace kroton::gpuarray::detail {
// The host array of the same shape and strides; its elements are never read.
inline NDArray shadow(const GpuArray& a) {
  void* const nowhere = reinterpret_cast<void*>(std::uintptr_t{1} << 46);
  return NDArray::wrap(nowhere, a.shape(), a.strides(), a.dtype(), nullptr);
}
// The view of A that VIEW is of its shadow.
inline GpuArray out_of_shadow(const GpuArray& a, const NDArray& shadow, const NDArray& view) {
  return a.view(view.shape(), view.strides(),
                static_cast<std::byte*>(view.raw()) - static_cast<std::byte*>(shadow.raw()));
}
}  // namespace kroton::gpuarray::detail
