// SPDX-License-Identifier: BSD-3-Clause
// Fills names into a C text, for those who write types and ops.
//   c_text("if ($x < 0) $fail\n$z = sqrt($x);", {{"x", in[0]}, {"z", out[0]}, {"fail",
//   sub["fail"]}})
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "kroton/base/api.h"

namespace kroton::inline graph {
// TEXT with each $word, or ${word} where letters follow, replaced. ValueError for a word that is
// not among WORDS.
KROTON_API std::string c_text(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::string_view>> words);
// For the texts of types: $V is the variable's name.
inline std::string c_text(std::string_view text, std::string_view name) {
  return c_text(text, {{"V", name}});
}
}  // namespace kroton::inline graph
