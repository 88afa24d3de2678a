// SPDX-License-Identifier: BSD-3-Clause
#include "tree.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace check_tree {
namespace fs = std::filesystem;

namespace {
bool is_text(const std::string& path) {
  static const std::vector<std::string> suffixes = {".h",  ".cpp", ".c",  ".def", ".cmake", ".md",
                                                    ".in", ".txt", ".sh", ".py",  ".json",  ".yml"};
  const auto name = fs::path(path).filename().string();
  if (name == "dev" || name == "run") return true;
  return std::any_of(suffixes.begin(), suffixes.end(),
                     [&](const std::string& suffix) { return ends_with(name, suffix); });
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}
}  // namespace

Tree::Tree(const fs::path& root) {
  if (!fs::is_directory(root)) throw std::runtime_error(root.string() + " is not a folder");
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    const auto path = fs::relative(it->path(), root).generic_string();
    const auto name = it->path().filename().string();
    if (it->is_directory()) {
      if (path == "build" || (name[0] == '.' && name != ".ci")) {
        it.disable_recursion_pending();
      } else {
        folders_.push_back(path);
      }
    } else if (it->is_regular_file() && is_text(path)) {
      files_.emplace(path, File{path, read_lines(it->path())});
    } else if (ends_with(path, ".npy")) {
      values_.insert(path);
    }
  }
  std::sort(folders_.begin(), folders_.end());
}

const File* Tree::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : line) {
    if (std::string_view(" \t()\"<>;,").find(c) == std::string_view::npos) {
      word += c;
    } else if (!word.empty()) {
      found.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) found.push_back(word);
  return found;
}

std::string stem(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const auto dot = path.rfind('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? path : path.substr(0, dot));
}

bool is_header(std::string_view path) { return ends_with(path, ".h"); }

bool is_source(std::string_view path) {
  return is_header(path) || ends_with(path, ".cpp") || ends_with(path, ".c") ||
         ends_with(path, ".def");
}

}  // namespace check_tree
