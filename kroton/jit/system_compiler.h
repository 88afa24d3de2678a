// SPDX-License-Identifier: BSD-3-Clause
// The system's C compiler as a subprocess (no shell): for machines without the plugin, and for C++.
#pragma once
#include <memory>
#include <string>

#include "kroton/jit/compiler.h"

namespace kroton::jit {
// The program that the flag `compiler` names, found on PATH; "" when there is none.
KROTON_API std::string find_system_compiler();
KROTON_API std::unique_ptr<Compiler> make_system_compiler(const std::string& path);
}  // namespace kroton::jit
