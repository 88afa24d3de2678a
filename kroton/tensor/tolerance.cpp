// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/tolerance.h"

namespace kroton::tensor {
Tolerance tolerance(DType d) {
  switch (d) {
    case float16:
      return {1e-3, 5e-3};
    case bfloat16:
      return {1e-2, 4e-2};
    case float32:
    case complex64:
      return {1e-5, 1e-5};
    default:
      return {1e-5, 1e-8};
  }
}
}  // namespace kroton::tensor
