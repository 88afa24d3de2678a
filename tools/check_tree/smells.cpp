// SPDX-License-Identifier: BSD-3-Clause
#include <cctype>

#include "rules.h"

namespace check_tree {
namespace {
constexpr std::size_t function_smell = 60;

// The text of a file with comments, literals and preprocessor lines blanked, line by line as it
// was.
std::string code_only(const File& file) {
  std::string code;
  bool comment = false, directive = false;
  for (const auto& line : file.lines) {
    const auto first = line.find_first_not_of(" \t");
    const bool blank = directive || (!comment && first != std::string::npos && line[first] == '#');
    directive = blank && ends_with(line, "\\");
    for (std::size_t i = 0; !blank && i < line.size(); ++i) {
      const auto two = line.compare(i, 2, "/*") == 0   ? 'o'
                       : line.compare(i, 2, "//") == 0 ? 'l'
                                                       : ' ';
      if (comment) {
        if (line.compare(i, 2, "*/") == 0) comment = false, ++i;
      } else if (two == 'l') {
        break;
      } else if (two == 'o') {
        comment = true, ++i;
      } else if (line[i] == '"' ||
                 (line[i] == '\'' &&
                  (i == 0 || std::isalnum(static_cast<unsigned char>(line[i - 1])) == 0))) {
        const char quote = line[i];
        for (++i; i < line.size() && line[i] != quote; ++i)
          if (line[i] == '\\') ++i;
      } else {
        code += line[i];
      }
    }
    code += '\n';
  }
  return code;
}

// namespace, class and the like hold functions; what stands in <...> (a template's head) does not
// count.
bool opens_scope(const std::string& statement) {
  std::string head;
  int depth = 0;
  for (const char c : statement) {
    if (c == '<') ++depth;
    if (depth == 0) head += c;
    if (c == '>' && depth > 0) --depth;
  }
  for (const auto& word : words(head)) {
    if (word == "namespace" || word == "class" || word == "struct" || word == "union" ||
        word == "extern")
      return true;
    if (word.find('(') != std::string::npos) return false;
  }
  return false;
}

class Scanner {
 public:
  Scanner(const File& file, Findings& smells) : file_(file), smells_(smells) {}

  void run() {
    for (const char c : code_only(file_)) {
      if (c == '\n') ++line_;
      if (c == '{') {
        open();
      } else if (c == '}') {
        close();
      } else if (c == ';') {
        statement_.clear();
      } else if (!statement_.empty() || std::isspace(static_cast<unsigned char>(c)) == 0) {
        if (statement_.empty()) begin_ = line_;
        statement_ += c;
      }
    }
  }

 private:
  enum class Brace { scope, function, inner };

  void open() {
    Brace brace = Brace::inner;
    if (braces_.empty() || braces_.back().first == Brace::scope) {
      if (opens_scope(statement_)) {
        brace = Brace::scope;
      } else if (statement_.find(')') != std::string::npos) {
        brace = Brace::function;
      }
    }
    braces_.emplace_back(brace, begin_);
    statement_.clear();
  }

  void close() {
    statement_.clear();
    if (braces_.empty()) return;
    const auto [brace, begin] = braces_.back();
    braces_.pop_back();
    const auto length = line_ - begin + 1;
    if (brace == Brace::function && length > function_smell) {
      smells_.push_back({file_.path, begin,
                         "a function of " + std::to_string(length) + " lines; " +
                             std::to_string(function_smell) + " is where it smells"});
    }
  }

  const File& file_;
  Findings& smells_;
  std::string statement_;
  std::size_t begin_ = 1, line_ = 1;
  std::vector<std::pair<Brace, std::size_t>> braces_;
};
}  // namespace

Findings long_functions(const Tree& tree) {
  Findings smells;
  for (const auto& [path, file] : tree.files())
    if (is_source(path)) Scanner(file, smells).run();
  return smells;
}

}  // namespace check_tree
