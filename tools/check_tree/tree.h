// SPDX-License-Identifier: BSD-3-Clause
// The checkout as check_tree sees it: every text file of the project, read once, and what it found
// wrong. check_tree uses nothing of Kroton, so it also judges a tree that does not compile.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace check_tree {

struct File {
  std::string path;  // relative to the root, with '/'
  std::vector<std::string> lines;
};

struct Finding {
  std::string path;
  std::size_t line = 0;  // from 1; 0 is the whole file
  std::string text;
};
using Findings = std::vector<Finding>;

class Tree {
 public:
  // Reads everything below root but build/, version control and other hidden folders (.ci is read).
  explicit Tree(const std::filesystem::path& root);
  const std::map<std::string, File>& files() const { return files_; }
  const std::vector<std::string>& folders() const { return folders_; }
  const File* find(const std::string& path) const;
  // Whether there is a file of reference values of that name; what it holds is not read.
  bool has_values(const std::string& path) const { return values_.contains(path); }

 private:
  std::map<std::string, File> files_;
  std::vector<std::string> folders_;
  std::set<std::string> values_;
};

bool starts_with(std::string_view text, std::string_view prefix);
bool ends_with(std::string_view text, std::string_view suffix);
// "kroton/jit/detail/a.h" -> {"kroton", "jit", "detail", "a.h"}
std::vector<std::string> path_parts(std::string_view path);
// The words of a line that separators, quotes and parentheses set apart.
std::vector<std::string> words(std::string_view line);
// File name without its folder, and without its last suffix.
std::string stem(std::string_view path);
bool is_header(std::string_view path);
bool is_source(std::string_view path);

}  // namespace check_tree
