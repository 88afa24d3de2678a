// SPDX-License-Identifier: BSD-3-Clause
// The embedded clang, reached through plugin/plugin.h. The plugin (and LLVM with it) is loaded at
// the first build, not before.
#pragma once
#include <memory>
#include <string>

#include "kroton/jit/compiler.h"

namespace kroton::jit {
// The file that the flag jit_plugin names, or libkroton_jit.so beside the library or program that
// holds Kroton, or in lib/ of a folder above (a build tree); "" when there is none.
KROTON_API std::string find_plugin();
KROTON_API std::unique_ptr<Compiler> make_plugin_compiler(const std::string& path);
}  // namespace kroton::jit
