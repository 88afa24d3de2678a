// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "rules.h"

namespace check_tree {
namespace {
// The rooms whose errors users make by what they write; what other rooms say needs faults of a
// machine, which not every test can make.
const std::set<std::string> rooms_of_users = {"compile", "gradient", "tensor"};
// Shorter words ("; it has ") are no message.
constexpr std::size_t shortest = 8;

// The text of a file in which literals that stand beside each other are one.
std::string joined(const File& file) {
  std::string text;
  for (const std::string& line : file.lines) text += line + '\n';
  std::string all;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"' && at > 0 && text[at - 1] != '\\') {
      const std::size_t next = text.find_first_not_of(" \n", at + 1);
      if (next != std::string::npos && next > at + 1 && text[next] == '"') {
        all.append(
            static_cast<std::size_t>(std::count(text.begin() + static_cast<long>(at),
                                                text.begin() + static_cast<long>(next), '\n')),
            '\x01');  // lines are counted by these, too
        at = next;
        continue;
      }
    }
    all += text[at];
  }
  return all;
}
std::string without_marks(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\x01'), text.end());
  return text;
}

// The longest piece of the literals of a statement that is said whatever the values are.
std::string longest_piece(std::string_view statement) {
  std::string longest, piece;
  bool inside = false;
  const auto end_piece = [&] {
    if (piece.size() > longest.size()) longest = piece;
    piece.clear();
  };
  for (std::size_t i = 0; i < statement.size(); ++i) {
    const char c = statement[i];
    if (c == '"') {
      end_piece();
      inside = !inside;
    } else if (inside && c == '{') {
      end_piece();
      const std::size_t close = statement.find('}', i);
      if (close == std::string_view::npos) break;
      i = close;
    } else if (inside) {
      piece += c;
      if (c == '\\' && i + 1 < statement.size()) piece += statement[++i];
    }
  }
  return longest;
}
}  // namespace

void check_messages(const Tree& tree, Findings& findings) {
  std::string tests;
  for (const auto& [path, file] : tree.files()) {
    if (starts_with(path, "tests/")) tests += without_marks(joined(file));
  }
  for (const auto& [path, file] : tree.files()) {
    const auto parts = path_parts(path);
    if (parts.size() < 3 || parts[0] != "kroton" || !rooms_of_users.contains(parts[1])) continue;
    const std::string text = joined(file);
    for (std::size_t at = text.find("throw "); at != std::string::npos;
         at = text.find("throw ", at + 1)) {
      const std::size_t open = text.find('(', at), end = text.find(";\n", at);
      if (open == std::string::npos || end == std::string::npos || open > end ||
          !ends_with(text.substr(at, open - at), "Error")) {
        continue;
      }
      const std::string piece = longest_piece(without_marks(text.substr(open, end - open)));
      if (piece.size() < shortest || tests.find(piece) != std::string::npos) continue;
      const auto line = std::count_if(text.begin(), text.begin() + static_cast<long>(at),
                                      [](char c) { return c == '\n' || c == '\x01'; });
      findings.push_back({path, static_cast<std::size_t>(line) + 1,
                          "no test has the text \"" + piece + "\" of this error"});
    }
  }
}
}  // namespace check_tree
