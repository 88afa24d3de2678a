// SPDX-License-Identifier: BSD-3-Clause
// Moves work to where its values lie. A graph over device arrays is built of the host's ops, whose
// inputs come to the host by HostFromGpu; a node with such an input runs on that device instead.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::gpuarray {
// The node on the device of its first input that lies on one: matrix products by GpuGemm, views by
// GpuView, what has a kernel by KernelOp. Nothing for what has none, and for what acts outside.
KROTON_API std::optional<Variables> lifted(const Apply& node);

KROTON_API void install_lift(rewrite::Database& db);
}  // namespace kroton::gpuarray
