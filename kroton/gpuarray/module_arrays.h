// SPDX-License-Identifier: BSD-3-Clause
// The functions of kroton/module.h that generated modules call on device arrays and contexts.
#pragma once
#include "kroton/base/api.h"

namespace kroton::gpuarray {
// Makes them known to the compiled texts of this process.
KROTON_API void provide_module_symbols();
}  // namespace kroton::gpuarray
