// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "rules.h"

namespace check_tree {
namespace {

struct Vendor {
  const char* prefix;  // of the included name
  const char* where;   // of the including path: only below it
  bool in_headers;
};
// What may be included from outside the standard library and the system; docs/dependencies.md says
// why.
constexpr Vendor vendors[] = {
    {"fmt/", "", false},
    {"clang/", "kroton/jit/plugin", true},
    {"clang-c/", "kroton/jit/plugin", true},
    {"llvm/", "kroton/jit/plugin", true},
    {"llvm-c/", "kroton/jit/plugin", true},
    {"Eigen/", "kroton/ndarray/eigen.h", true},
};
constexpr const char* system_prefixes[] = {"sys/", "linux/", "sanitizer/"};

// The name between the quotes or angle brackets; empty for another line.
std::string included_name(const std::string& line) {
  auto at = line.find_first_not_of(" \t");
  if (at == std::string::npos || line[at] != '#') return "";
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string::npos || line.compare(at, 7, "include") != 0) return "";
  const auto open = line.find_first_of("<\"", at);
  if (open == std::string::npos) return "";
  const auto close = line.find_first_of(">\"", open + 1);
  return close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
}

// Rooms' folders hold what lies at least two deep in kroton/ or tests/; the rest sees the whole
// house.
std::string room_of(const std::vector<std::string>& parts, const Plan& plan) {
  if (parts.size() < 3 || (parts[0] != "kroton" && parts[0] != "tests")) return "";
  return plan.has(parts[1]) ? parts[1] : "";
}

class IncludeRule {
 public:
  IncludeRule(const File& file, const Plan& plan, Findings& findings)
      : file_(file),
        plan_(plan),
        findings_(findings),
        parts_(path_parts(file.path)),
        room_(room_of(parts_, plan)) {}

  void check(const std::string& name, std::size_t line) {
    if (starts_with(name, "kroton/")) return check_own(name, line);
    if (parts_[0] == "kroton") check_vendor(name, line);
  }

 private:
  void check_own(const std::string& name, std::size_t line) {
    const auto target = path_parts(name);
    if (target.size() == 2) {
      // The umbrella is for users; the C header of generated modules includes nothing and is for
      // all.
      if (!room_.empty() && parts_[0] == "kroton" && name == "kroton/kroton.h")
        say(line, "includes " + name + "; a room names what it needs");
      return;
    }
    const auto& other = target[1];
    if (!plan_.has(other))
      return say(line, "includes " + name + "; " + other + " is no room of cmake/rooms.cmake");
    if (target[2] == "detail" && other != room_)
      return say(line, "includes " + name + "; detail/ is private to " + other);
    if (target[2] == "detail" && parts_[0] == "kroton" && is_header(file_.path) &&
        parts_[2] != "detail")
      return say(line, "includes " + name +
                           "; a public header cannot need a private one, which is not installed");
    // From the fifth storey on a room's tests see the whole house (cmake/room.cmake links all of
    // it).
    if (room_.empty() || (parts_[0] == "tests" && plan_.storey(room_) >= 5)) return;
    if (plan_.reach(room_).count(other) == 0)
      say(line,
          "includes " + name + "; " + room_ + " may not use " + other + " (cmake/rooms.cmake)");
  }

  void check_vendor(const std::string& name, std::size_t line) {
    if (name.find('/') == std::string::npos) {
      if (ends_with(name, ".def") ||
          (is_header(name) && file_.lines[line - 1].find('"') != std::string::npos))
        say(line, "includes " + name + "; write the path from the root, kroton/room/file");
      return;
    }
    for (const auto* prefix : system_prefixes)
      if (starts_with(name, prefix)) return;
    for (const auto& vendor : vendors) {
      if (!starts_with(name, vendor.prefix)) continue;
      if (!starts_with(file_.path, vendor.where))
        return say(line, "includes " + name + "; only " + vendor.where + " may");
      if (!vendor.in_headers && is_header(file_.path))
        say(line, "includes " + name + "; only a .cpp may");
      return;
    }
    say(line, "includes " + name + "; it is not among the dependencies (docs/dependencies.md)");
  }

  void say(std::size_t line, const std::string& text) {
    findings_.push_back({file_.path, line, text});
  }

  const File& file_;
  const Plan& plan_;
  Findings& findings_;
  std::vector<std::string> parts_;
  std::string room_;
};
}  // namespace

void check_includes(const Tree& tree, const Plan& plan, Findings& findings) {
  for (const auto& [path, file] : tree.files()) {
    if (!is_source(path) || starts_with(path, "tools/")) continue;
    IncludeRule rule(file, plan, findings);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto name = included_name(file.lines[i]);
      if (!name.empty()) rule.check(name, i + 1);
    }
  }
}

}  // namespace check_tree
