// SPDX-License-Identifier: BSD-3-Clause
// Which CPU kernels are compiled for (flag `cpu`).
#pragma once
#include <string>

#include "kroton/base/api.h"

namespace kroton::jit {
// "native", or the name that the flag gives; ValueError when this machine cannot run that code.
KROTON_API std::string kernel_cpu();
// What distinguishes this machine's CPU from others for compiled code: part of cache keys.
KROTON_API std::string host_cpu_identity();
// "AMD EPYC ...; sse4.2 avx avx2 fma avx512f", for people.
KROTON_API std::string host_cpu_text();
KROTON_API bool host_has_avx512();
}  // namespace kroton::jit
