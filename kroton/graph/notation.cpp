// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/notation.h"

namespace kroton::inline graph {
Notation Notation::call(std::string_view name, const Variables& arguments) {
  Notation all;
  all.text(name).text("(").list(arguments).text(")");
  return all;
}
Notation& Notation::text(std::string_view text) {
  if (!parts_.empty() && !parts_.back().variable) {
    parts_.back().text += text;
  } else {
    parts_.push_back({std::string(text), {}});
  }
  return *this;
}
Notation& Notation::part(const Variable& variable, Binding at_least) {
  parts_.push_back({"", variable, at_least});
  return *this;
}
Notation& Notation::list(const Variables& variables) {
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (i > 0) text(", ");
    part(variables[i]);
  }
  return *this;
}
}  // namespace kroton::inline graph
