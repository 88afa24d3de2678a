// SPDX-License-Identifier: BSD-3-Clause
#include "contract.h"

#include <algorithm>
#include <cctype>

namespace check_tree {
namespace {
const std::string contract_path = "docs/contract.md";

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::size_t digits_from(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end;
}

// "TEST(Npy, C1_6_a_truncated_file)" gives {Npy, C1_6_a_truncated_file}; the name may stand on the
// next line.
std::vector<std::string> test_macro(const std::vector<std::string>& lines, std::size_t i) {
  for (const auto* macro : {"TEST(", "TEST_F(", "TEST_P(", "TYPED_TEST("}) {
    if (!starts_with(lines[i], macro)) continue;
    auto text = lines[i].substr(std::string_view(macro).size());
    if (text.find(')') == std::string::npos && i + 1 < lines.size()) text += lines[i + 1];
    auto parts = words(text.substr(0, text.find(')')));
    if (parts.size() == 2) return parts;
  }
  return {};
}

void collect(const File& file, std::vector<TestId>& found) {
  std::string test;             // the test that the lines belong to
  std::vector<TestId> waiting;  // ids in comments above the next test
  bool any = false;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const auto& line = file.lines[i];
    if (const auto macro = test_macro(file.lines, i); !macro.empty()) {
      any = true;
      test = macro[0] + "." + macro[1];
      for (const auto& id : contract_ids(macro[1])) waiting.push_back({file.path, i + 1, "", id});
      for (auto& id : waiting) id.test = test;
      found.insert(found.end(), waiting.begin(), waiting.end());
      waiting.clear();
    } else if (const auto comment = line.find("//"); comment != std::string::npos) {
      for (const auto& id : contract_ids(std::string_view(line).substr(comment)))
        (test.empty() ? waiting : found).push_back({file.path, i + 1, test, id});
    }
    if (line == "}") test.clear();
  }
  if (any) return;
  for (auto& id : waiting) id.test = stem(file.path);
  found.insert(found.end(), waiting.begin(), waiting.end());
}

std::pair<int, int> numbers_of(const std::string& id) {
  return {std::stoi(id.substr(1)), std::stoi(id.substr(id.find('.') + 1))};
}
}  // namespace

std::vector<std::string> contract_ids(std::string_view text) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i + 3 < text.size() + 1; ++i) {
    if (text[i] != 'C' || (i > 0 && is_word(text[i - 1]))) continue;
    const auto dot = digits_from(text, i + 1);
    if (dot == i + 1 || dot >= text.size() || (text[dot] != '.' && text[dot] != '_')) continue;
    const auto end = digits_from(text, dot + 1);
    if (end == dot + 1 || (end < text.size() && is_word(text[end]))) continue;
    ids.push_back(std::string(text.substr(i, dot - i)) + "." +
                  std::string(text.substr(dot + 1, end - dot - 1)));
  }
  return ids;
}

// Rows begin "| C1.6 |"; the worked example has its id in the sentence that introduces it.
std::vector<std::string> contract_rows(const Tree& tree) {
  std::vector<std::string> rows;
  const File* file = tree.find(contract_path);
  if (file == nullptr) return rows;
  for (const auto& line : file->lines) {
    std::string_view head;
    if (starts_with(line, "| C")) head = std::string_view(line).substr(0, line.find('|', 1));
    if (starts_with(line, "Worked example")) head = line;
    for (const auto& id : contract_ids(head))
      if (std::find(rows.begin(), rows.end(), id) == rows.end()) rows.push_back(id);
  }
  std::sort(rows.begin(), rows.end(), [](const std::string& a, const std::string& b) {
    return numbers_of(a) < numbers_of(b);
  });
  return rows;
}

std::vector<TestId> ids_in_tests(const Tree& tree) {
  std::vector<TestId> found;
  for (const auto& [path, file] : tree.files())
    if (starts_with(path, "tests/") && (ends_with(path, ".cpp") || ends_with(path, ".c")) &&
        !starts_with(path, "tests/tree/"))
      collect(file, found);
  return found;
}

void check_contract_ids(const Tree& tree, Findings& findings) {
  const auto rows = contract_rows(tree);
  for (const auto& id : ids_in_tests(tree))
    if (std::find(rows.begin(), rows.end(), id.id) == rows.end())
      findings.push_back(
          {id.path, id.line, "names row " + id.id + ", which " + contract_path + " does not have"});
}

}  // namespace check_tree
