// SPDX-License-Identifier: BSD-3-Clause
// The text of a CompileError: a summary line, what the compiler said, the numbered source.
#pragma once
#include <string>

#include "kroton/jit/compiler.h"

namespace kroton::jit::detail {
inline constexpr const char* file_name = "kernel.c";

[[noreturn]] void throw_compile_error(const Source& source, const std::string& compiler,
                                      const std::string& diagnostics);
}  // namespace kroton::jit::detail
