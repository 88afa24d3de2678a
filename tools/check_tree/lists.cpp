// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <set>

#include "rules.h"

namespace check_tree {
namespace {
const std::string exceptions_path = "tests/tree/without_test.txt";

bool names(const File& list, const std::string& source) {
  for (const auto& line : list.lines) {
    const auto comment = line.find('#');
    for (const auto& word : words(std::string_view(line).substr(0, comment)))
      if (word == source || ends_with(word, "/" + source)) return true;
  }
  return false;
}

// Some CMakeLists.txt, or a .cmake file beside one, between the source and the root names it.
// Programs of one file (benchmarks, examples) may be named without their suffix: benchmark(calls).
bool is_listed(const Tree& tree, const std::string& path) {
  for (const auto& [list, file] : tree.files()) {
    if (!ends_with(list, "CMakeLists.txt") && !ends_with(list, ".cmake")) continue;
    const auto folder = list.substr(0, list.rfind('/') + 1);
    if (folder.empty() || !starts_with(path, folder)) continue;
    const auto source = path.substr(folder.size());
    if (names(file, source)) return true;
    if (!starts_with(path, "kroton/") && !starts_with(path, "tests/") && names(file, stem(source)))
      return true;
  }
  return false;
}

bool has_test(const Tree& tree, const std::vector<std::string>& parts) {
  const auto test = stem(parts.back()) + "_test.cpp";
  std::string nested = "tests/" + parts[1] + "/";
  const std::string flat = nested + test;
  for (std::size_t i = 2; i + 1 < parts.size(); ++i) nested += parts[i] + "/";
  return tree.find(flat) != nullptr || tree.find(nested + test) != nullptr;
}

// Lines `path: reason`; # begins a comment.
std::map<std::string, std::size_t> read_exceptions(const Tree& tree, Findings& findings) {
  std::map<std::string, std::size_t> exceptions;
  const File* file = tree.find(exceptions_path);
  if (file == nullptr) return exceptions;
  for (std::size_t i = 0; i < file->lines.size(); ++i) {
    const auto& line = file->lines[i];
    if (line.empty() || line[0] == '#') continue;
    const auto colon = line.find(": ");
    if (colon == std::string::npos || colon + 2 >= line.size()) {
      findings.push_back({exceptions_path, i + 1, "needs `path: reason`"});
      continue;
    }
    exceptions[line.substr(0, colon)] = i + 1;
  }
  return exceptions;
}
}  // namespace

void check_lists(const Tree& tree, Findings& findings) {
  auto exceptions = read_exceptions(tree, findings);
  for (const auto& [path, file] : tree.files()) {
    if (!ends_with(path, ".cpp") && !ends_with(path, ".c")) continue;
    const auto parts = path_parts(path);
    if (parts.size() > 1 && !is_listed(tree, path))
      findings.push_back({path, 0, "no CMakeLists.txt names it, so it is never built"});
    if (parts[0] != "kroton" || parts.size() < 3) continue;
    const auto exception = exceptions.find(path);
    const bool tested = has_test(tree, parts);
    if (!tested && exception == exceptions.end()) {
      findings.push_back({path, 0,
                          "has no test; write tests/" + parts[1] + "/" + stem(path) +
                              "_test.cpp, or give the reason in " + exceptions_path});
    } else if (tested && exception != exceptions.end()) {
      findings.push_back(
          {exceptions_path, exception->second, path + " has a test now; remove the line"});
    }
  }
  for (const auto& [path, line] : exceptions)
    if (tree.find(path) == nullptr)
      findings.push_back({exceptions_path, line, path + " is not there; remove the line"});
}

void check_rows(const Tree& tree, Findings& findings) {
  const std::string table = "kroton/scalars/ops.def";
  const File* file = tree.find(table);
  if (file == nullptr) return;
  for (std::size_t i = 0; i < file->lines.size(); ++i) {
    const std::string& line = file->lines[i];
    const auto open = line.find('('), comma = line.find(',');
    const std::string kind = line.substr(0, open);
    if (kind != "UNARY" && kind != "BINARY" && kind != "TERNARY" && kind != "SELECT") continue;
    std::string row = line.substr(open + 1, comma - open - 1);
    if (row == "switch_") row.pop_back();
    const std::string values = "tests/data/scalars/" + row + ".npy";
    if (!tree.has_values(values))
      findings.push_back(
          {table, i + 1,
           row + " has no reference values; let tools/make_reference.py write " + values});
  }
}

}  // namespace check_tree
