// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_protocol.h"

#include "kroton/base/errors.h"

namespace kroton::inline graph {
Sub::Sub(std::initializer_list<std::pair<std::string, std::string>> words) : words_(words) {}

const std::string& Sub::operator[](std::string_view word) const {
  for (const auto& [key, text] : words_) {
    if (key == word) return text;
  }
  std::string known;
  for (const auto& [key, text] : words_) known += (known.empty() ? "" : ", ") + key;
  throw ValueError("sub: there is no word '" + std::string(word) + "'; it has " +
                   (known.empty() ? "none" : known));
}

bool Sub::contains(std::string_view word) const {
  for (const auto& [key, text] : words_) {
    if (key == word) return true;
  }
  return false;
}
}  // namespace kroton::inline graph
