// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <set>

#include "rules.h"

namespace check_tree {
namespace {
constexpr std::size_t most_lines = 600;
constexpr std::size_t most_readme_lines = 40;

// A name is banned whole and as the last word of a longer one: shape_utils.h is as empty as
// utils.h.
bool is_attic(const std::string& name) {
  static const std::set<std::string> banned = {"util",    "utils",   "common", "misc",
                                               "helper",  "helpers", "core",   "internal",
                                               "manager", "managers"};
  const auto bar = name.rfind('_');
  return banned.count(bar == std::string::npos ? name : name.substr(bar + 1)) != 0;
}

bool carries_licence(const File& file) {
  for (std::size_t i = 0; i < std::min<std::size_t>(3, file.lines.size()); ++i)
    if (file.lines[i].find("SPDX-License-Identifier: BSD-3-Clause") != std::string::npos)
      return true;
  return false;
}

bool is_script(const std::string& path) {
  return ends_with(path, ".cmake") || ends_with(path, "CMakeLists.txt") || ends_with(path, ".sh") ||
         ends_with(path, ".py") || path == "dev" || path == ".ci/run";
}

void check_header(const File& file, Findings& findings) {
  const auto once = std::find(file.lines.begin(), file.lines.end(), "#pragma once");
  // C headers keep to the standard's own guard; the prelude of the kernels is read once for each
  // dtype.
  const bool guarded =
      std::any_of(file.lines.begin(), file.lines.end(),
                  [](const std::string& line) { return starts_with(line, "#ifndef KROTON_"); });
  if (once == file.lines.end() && !guarded && !starts_with(file.path, "kroton/kernel/prelude/"))
    findings.push_back({file.path, 0, "a header needs #pragma once"});
  const auto* const second = file.lines.size() < 2 ? "" : file.lines[1].c_str();
  if (!starts_with(second, "//") && !starts_with(second, "/*") && !starts_with(second, " *"))
    findings.push_back({file.path, 2, "a header says after its SPDX line what it is for"});
}
}  // namespace

void check_files(const Tree& tree, Findings& findings) {
  for (const auto& folder : tree.folders())
    if (is_attic(stem(folder)))
      findings.push_back({folder, 0, "no folder is an attic; name its subject"});
  for (const auto& [path, file] : tree.files()) {
    if (is_attic(stem(path)))
      findings.push_back({path, 0, "no file is an attic; name its subject"});
    if (!is_source(path) && !is_script(path)) continue;
    if (!carries_licence(file))
      findings.push_back({path, 1, "lacks SPDX-License-Identifier: BSD-3-Clause"});
    if (file.lines.size() > most_lines) {
      findings.push_back({path, 0,
                          "has " + std::to_string(file.lines.size()) + " lines; " +
                              std::to_string(most_lines) + " are the most, split it by subject"});
    }
    if (is_header(path)) check_header(file, findings);
  }
}

void check_rooms(const Tree& tree, const Plan& plan, Findings& findings) {
  for (const auto& folder : tree.folders()) {
    const auto parts = path_parts(folder);
    if (parts.size() != 2 || parts[0] != "kroton") continue;
    if (!plan.has(parts[1])) {
      findings.push_back({folder, 0, "is no room of cmake/rooms.cmake"});
      continue;
    }
    const auto readme = folder + "/README.md";
    const File* file = tree.find(readme);
    if (file == nullptr) {
      findings.push_back({readme, 0, "each room has a README.md"});
    } else if (file->lines.size() > most_readme_lines) {
      findings.push_back({readme, 0,
                          "has " + std::to_string(file->lines.size()) + " lines; " +
                              std::to_string(most_readme_lines) + " are the most"});
    }
  }
}

}  // namespace check_tree
