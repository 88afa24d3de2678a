// SPDX-License-Identifier: BSD-3-Clause
// A small linker for what a C compiler emits for self-contained code: a relocatable ELF object in
// memory -> executable memory. 50 us and no LLVM in the process, which is what makes the cached
// start of a program fast. x86-64; whatever it does not know is an UnsupportedError, never a guess.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kroton/base/api.h"

namespace kroton::jit {
class LoadedObject {
 public:
  // Address of what the object does not define; nullptr when there is none.
  using Resolve = std::function<void*(const std::string& symbol)>;

  // UnsupportedError: not such an object, or a kind of relocation, section or symbol beyond this
  // loader. CompileError "LABEL: symbol 'x' ..." when `resolve` finds no such symbol.
  KROTON_API LoadedObject(std::string_view object, const Resolve& resolve,
                          const std::string& label);
  KROTON_API ~LoadedObject();
  LoadedObject(const LoadedObject&) = delete;
  LoadedObject& operator=(const LoadedObject&) = delete;

  // nullptr when the object defines no such global function or variable.
  KROTON_API void* symbol(std::string_view name) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};
}  // namespace kroton::jit
