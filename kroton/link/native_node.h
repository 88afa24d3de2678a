// SPDX-License-Identifier: BSD-3-Clause
// One node by its c_code(): a module of that node alone.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/link/c_module.h"

namespace kroton::link {
// Whether the op and the types of its variables have C texts; nothing is compiled.
KROTON_API bool has_c_code(const Apply& node);

class KROTON_API NativeNode {
 public:
  // Null when the op has no C code for these types, or there is no compiler: WHY_NOT says which.
  // CompileError when the text does not compile.
  static std::shared_ptr<const NativeNode> make(const Apply& node, std::string& why_not);
  // One value per input of the node, as for perform().
  void run(std::span<const Value> inputs, std::span<Value> outputs) const;

 private:
  std::shared_ptr<const CModule> module_;
  std::vector<std::size_t> cells_;  // the node's inputs that are cells of the module
};
}  // namespace kroton::link
