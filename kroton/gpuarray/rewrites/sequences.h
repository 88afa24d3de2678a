// SPDX-License-Identifier: BSD-3-Clause
// Puts nodes on a device that need nothing of the host between them into one GpuSequence. By
// default on CUDA, where it becomes a graph; the tag gpu_sequences has it on every device.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::gpuarray {
KROTON_API void install_sequences(rewrite::Database& db);
}  // namespace kroton::gpuarray
