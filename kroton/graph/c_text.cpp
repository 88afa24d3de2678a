// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_text.h"

#include <cctype>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::inline graph {
std::string c_text(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
  const auto is_word = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    const bool braced = at + 1 < text.size() && text[at + 1] == '{';
    const std::size_t begin = at + (braced ? 2 : 1);
    std::size_t end = begin;
    while (is_word(end)) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    const std::pair<std::string_view, std::string_view>* found = nullptr;
    std::string known;
    for (const auto& each : words) {
      if (each.first == word) found = &each;
      known += (known.empty() ? "$" : ", $") + std::string(each.first);
    }
    if (!found || (braced && (end >= text.size() || text[end] != '}'))) {
      throw ValueError("c_text: there is no word " + base::quote("$" + std::string(word)) +
                       "; there are " + (known.empty() ? "none" : known));
    }
    out += found->second;
    at = braced ? end + 1 : end;
  }
  return out;
}

std::string c_string(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return '"' + text + '"';
}

std::string c_axis_checks(std::string_view name, std::string_view type, std::string_view lengths,
                          const std::vector<bool>& broadcastable, std::string_view fail) {
  std::string text;
  for (std::size_t i = 0; i < broadcastable.size(); ++i) {
    if (!broadcastable[i]) continue;
    text += c_text(
        "if ($lengths[$axis] != 1) {\n  kroton_set_error(KROTON_TYPE_ERROR, \"%s: the value is %s, "
        "whose axis $axis must have length 1\", $type, kroton_describe(value_$V));\n  $fail\n}\n",
        {{"V", name},
         {"lengths", lengths},
         {"axis", std::to_string(i)},
         {"type", c_string(type)},
         {"fail", fail}});
  }
  return text;
}
}  // namespace kroton::inline graph
