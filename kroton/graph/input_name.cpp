// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/input_name.h"

#include <algorithm>

namespace kroton::inline graph {
std::string input_name(const Apply& node, std::size_t i, const std::string& otherwise) {
  const Variable& x = node.inputs()[i];
  if (!x.name().empty()) return x.name();
  const bool taken = std::any_of(node.inputs().begin(), node.inputs().end(),
                                 [&](const Variable& other) { return other.name() == otherwise; });
  return taken || !x.owner() ? x.text() : otherwise;
}
}  // namespace kroton::inline graph
