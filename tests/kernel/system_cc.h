// SPDX-License-Identifier: BSD-3-Clause
// Compiles kernel text with the system's compiler, for tests of the printed C.
#pragma once
#include <memory>
#include <string>

#include "kroton/kernel/launch.h"

namespace kernel_test {
// The compiler's path, or "" when there is none: then tests of printed C skip with that reason.
std::string system_compiler();
// The entries of the text; on failure ADD_FAILURE with the diagnostics, and no entries.
kroton::kernel::CompiledKernel compile_c(const kroton::kernel::Printed&);
}  // namespace kernel_test
