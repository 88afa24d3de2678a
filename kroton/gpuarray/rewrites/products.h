// SPDX-License-Identifier: BSD-3-Clause
// A product and what follows it become one node, where nothing else reads the product.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::gpuarray {
// gpu_products on CUDA; included by its name, gpu_products_everywhere does so on OpenCL too.
KROTON_API void install_products(rewrite::Database& db);
}  // namespace kroton::gpuarray
