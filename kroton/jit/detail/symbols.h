// SPDX-License-Identifier: BSD-3-Clause
// Where compiled code finds what it uses and does not define.
#pragma once
#include <memory>
#include <string>

#include "kroton/jit/compiler.h"

namespace kroton::jit::detail {
// In this order: symbols provided by Kroton, the source's libraries, the process. Owns the
// libraries: keep it as long as the code. Error naming a library that cannot be opened.
class Symbols {
 public:
  explicit Symbols(const Source& source);
  ~Symbols();
  void* find(const std::string& name) const;  // nullptr when there is none

 private:
  struct Libraries;
  std::unique_ptr<Libraries> libraries_;
};
}  // namespace kroton::jit::detail
