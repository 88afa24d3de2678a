// SPDX-License-Identifier: BSD-3-Clause
// Fills names into a C text, for those who write types and ops.
//   c_text("if ($x < 0) $fail\n$z = sqrt($x);", {{"x", in[0]}, {"z", out[0]}, {"fail",
//   sub["fail"]}})
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
// WORD as a C string literal.
KROTON_API std::string c_string(std::string_view word);
// For c_extract of array types: an error and FAIL unless the lengths of the broadcastable axes are
// 1. LENGTHS is the C expression of the shape, TYPE the type's text.
KROTON_API std::string c_axis_checks(std::string_view name, std::string_view type,
                                     std::string_view lengths,
                                     const std::vector<bool>& broadcastable, std::string_view fail);
}  // namespace kroton::inline graph
