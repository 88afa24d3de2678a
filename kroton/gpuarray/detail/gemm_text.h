// SPDX-License-Identifier: BSD-3-Clause
// The kernel of a product of matrices, printed for a device: tiles in registers, on GPUs fed from
// memory that a group shares.
#pragma once
#include <string>

#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/driver.h"
#include "kroton/ndarray/dtype.h"

namespace kroton::gpuarray::detail {
struct GemmText {
  std::string text, entry;
  int rows, columns;  // of a tile of z: one group's, on CPU devices one item's at a time
  int group_size;
};
// The entry's parameters: int64 numbers {stack, m, n, k, then per array a, b, z its three strides
// and where it begins, all in elements}, a, b, z, alpha and beta (double for float64, else float).
// N: columns of the product, for which a CPU device has narrow and wide tiles.
GemmText gemm_text(const DeviceProperties& device, DType dtype, std::int64_t n);

// Runs it in a locked context, as on a device of that kind. WHO begins the errors.
void multiply_by_kernel(const std::string& who, OpenContext& context,
                        const DeviceProperties& device, const GemmCall& call);
}  // namespace kroton::gpuarray::detail
