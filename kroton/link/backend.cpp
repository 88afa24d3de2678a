// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/backend.h"

#include "kroton/jit/compiler.h"

namespace kroton::link {
std::string backend() {
  const jit::Compiler* compiler = jit::compiler();
  return compiler ? compiler->name() : "the interpreter";
}
}  // namespace kroton::link
