// SPDX-License-Identifier: BSD-3-Clause
// check_tree ROOT              holds the tree against the plan and the house rules; exit 1 on a
// finding check_tree smells ROOT       lists functions that are too long to be read at once
// check_tree coverage ROOT XML reports which rows of the contract the tests in ctest's XML checked
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "contract.h"
#include "rules.h"

namespace {
void print(const check_tree::Findings& findings) {
  for (const auto& finding : findings) {
    if (finding.line != 0) {
      std::printf("%s:%zu: %s\n", finding.path.c_str(), finding.line, finding.text.c_str());
    } else {
      std::printf("%s: %s\n", finding.path.c_str(), finding.text.c_str());
    }
  }
}

int check(const std::string& root) {
  const check_tree::Tree tree(root);
  check_tree::Findings findings;
  const auto plan = check_tree::Plan::read(tree, findings);
  check_includes(tree, plan, findings);
  check_files(tree, findings);
  check_rooms(tree, plan, findings);
  check_lists(tree, findings);
  check_rows(tree, findings);
  check_messages(tree, findings);
  check_contract_ids(tree, findings);
  print(findings);
  std::printf("%zu files, %zu findings, %zu functions that smell\n", tree.files().size(),
              findings.size(), long_functions(tree).size());
  return findings.empty() ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 1) return check(arguments[0]);
    if (arguments.size() == 2 && arguments[0] == "smells") {
      print(long_functions(check_tree::Tree(arguments[1])));
      return 0;
    }
    if (arguments.size() == 3 && arguments[0] == "coverage") {
      std::fputs(
          coverage_report(check_tree::Tree(arguments[1]), check_tree::read_results(arguments[2]))
              .c_str(),
          stdout);
      return 0;
    }
    std::fputs(
        "usage: check_tree ROOT | check_tree smells ROOT | check_tree coverage ROOT JUNIT_XML\n",
        stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "check_tree: %s\n", error.what());
  }
  return 2;
}
