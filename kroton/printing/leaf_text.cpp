// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/printing/detail/leaf_text.h"
#include "kroton/graph/variable.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/value.h"

#include <sstream>

namespace kroton::inline printing {
std::string LeafTexts::operator()(const Variable& leaf) {
  if (!leaf.name().empty()) return leaf.name();
  if (const auto constant = as<Constant>(leaf)) {
    const Value& value = constant->data();
    if (!value.is_array() || value.as<NDArray>().size() != 1) return constant->value_text();
    std::ostringstream text;
    text << value.as<NDArray>().reshape({});
    return text.str();
  }
  const auto [found, fresh] = unnamed_.emplace(leaf.key(), leaf.text());
  if (fresh) {
    const int number = ++count_[found->second];
    if (number > 1) found->second.insert(found->second.size() - 1, " " + std::to_string(number));
  }
  return found->second;
}
}  // namespace kroton::inline printing
