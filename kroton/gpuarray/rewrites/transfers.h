// SPDX-License-Identifier: BSD-3-Clause
// Transfers that are not needed: round trips, detours over a third place, and shapes of what was
// transferred.
#pragma once
#include <optional>

#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::gpuarray {
// HostFromGpu(GpuFromHost(x)) -> x; GpuFromHost{a}(HostFromGpu(x)) -> x where x lies in a, else
// GpuToGpu{a}(x); GpuToGpu{a}(x) -> x where x lies in a; the last of several transfers from where
// the first one began.
KROTON_API std::optional<Variables> local_cut_transfers(const FunctionGraph& fgraph,
                                                        const Apply& node);
// The shape of a transferred array is that of the array.
KROTON_API std::optional<Variables> local_shape_of_transfer(const FunctionGraph& fgraph,
                                                            const Apply& node);

KROTON_API void install_transfers(rewrite::Database& db);
}  // namespace kroton::gpuarray
