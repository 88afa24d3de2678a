// SPDX-License-Identifier: BSD-3-Clause
// What runs kernels in this process, for people: "clang 19.1.7 (plugin)", "cc (system)", "the
// interpreter".
#pragma once
#include <string>

#include "kroton/base/api.h"

namespace kroton::link {
// Chooses the compiler as the flags jit, jit_plugin and compiler say; does not start it.
KROTON_API std::string backend();
}  // namespace kroton::link
