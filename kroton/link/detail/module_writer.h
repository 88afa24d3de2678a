// SPDX-License-Identifier: BSD-3-Clause
// Writes the text of a module: the assembler's own lines, and the users' texts under names of their
// own, so that diagnostics count the user's lines.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/link/module_text.h"

namespace kroton::link::detail {
class Writer {
 public:
  explicit Writer(std::map<std::string, ModulePart>& parts) : parts_(parts) {}
  void ours(std::string_view lines);
  // Goes back to the assembler's own name and line.
  void resume();
  // A user's text, as it is; nothing for an empty one.
  void theirs(const std::string& what, const std::string& text, int node);
  void block_free(const std::string& what, const std::string& text, int node) {
    theirs(what, text, node);
  }
  // The same in a scope of its own.
  void block(const std::string& what, const std::string& text, int node);
  std::string text() && { return std::move(text_); }
  const std::string& text() const& { return text_; }

 private:
  std::map<std::string, ModulePart>& parts_;
  std::string text_;
  int line_ = 1;
};

// The identifiers in C TEXT that contain NAME as a word part ("V1" is in "V1_size", not in "V12").
std::vector<std::string> identifiers_with(std::string_view text, std::string_view name);
}  // namespace kroton::link::detail
