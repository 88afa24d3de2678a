// SPDX-License-Identifier: BSD-3-Clause
// Device arrays and shared variables of them in files (archive/save.h): an array with the name of
// its context. Restored, they go to the context of that name; with the flag
// experimental.unpickle_gpu_on_cpu they become host arrays.
#pragma once
#include <string>

#include "kroton/archive/formats.h"
#include "kroton/base/api.h"
#include "kroton/gpuarray/array.h"

namespace kroton::gpuarray {
// ContextNotDefined when the array's context has no name any more; Error when the file cannot be
// written.
KROTON_API void save(const std::string& path, const GpuArray& array);

KROTON_API void add_formats(archive::Formats& formats);
}  // namespace kroton::gpuarray
