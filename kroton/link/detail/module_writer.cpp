// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/detail/module_writer.h"

#include <algorithm>
#include <cctype>

#include "kroton/base/text.h"

namespace kroton::link::detail {
namespace {
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool contains_name(std::string_view word, std::string_view name) {
  for (std::size_t at = word.find(name); at != std::string_view::npos;
       at = word.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if (end == word.size() || !is_digit(word[end])) return true;
  }
  return false;
}

// A name that may stand in a #line directive.
std::string line_name(const std::string& what) {
  std::string name;
  for (const char c : what) name += c == '"' || c == '\\' || c == '\n' ? '\'' : c;
  return name;
}
}  // namespace

void Writer::ours(std::string_view lines) {
  text_ += lines;
  text_ += '\n';
  line_ += static_cast<int>(std::count(lines.begin(), lines.end(), '\n')) + 1;
}

void Writer::resume() {
  ++line_;
  text_ += "#line " + std::to_string(line_) + " \"C module\"\n";
}

void Writer::theirs(const std::string& what, const std::string& text, int node) {
  if (base::trim(text).empty()) return;
  // Equal names of different texts are told apart by a number.
  std::string name = line_name(what);
  for (int n = 2; parts_.contains(name) && parts_[name].text != text; ++n)
    name = line_name(what) + " (" + std::to_string(n) + ")";
  parts_[name] = {text, node};
  ours("#line 1 \"" + name + "\"\n" + text);
  resume();
}

void Writer::block(const std::string& what, const std::string& text, int node) {
  if (base::trim(text).empty()) return;
  ours("{");
  theirs(what, text, node);
  ours("}");
}

std::vector<std::string> identifiers_with(std::string_view text, std::string_view name) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string word(text.substr(at, end - at));
    if (!is_digit(word[0]) && contains_name(word, name) &&
        std::find(found.begin(), found.end(), word) == found.end())
      found.push_back(word);
    at = end;
  }
  return found;
}
}  // namespace kroton::link::detail
