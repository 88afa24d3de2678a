// SPDX-License-Identifier: BSD-3-Clause
// What printers write for variables without an owner.
#pragma once
#include <string>
#include <unordered_map>

#include "kroton/graph/variable.h"

namespace kroton::inline printing {
class LeafTexts {
 public:
  // The name; a constant's value, a single number without brackets; "<Type>", "<Type 2>", ...
  std::string operator()(const Variable& leaf);

 private:
  std::unordered_map<const void*, std::string> unnamed_;
  std::unordered_map<std::string, int> count_;
};
}  // namespace kroton::inline printing
