// SPDX-License-Identifier: BSD-3-Clause
// Which rows of docs/contract.md the tests check. A row has an id (C1.6); a test carries it in its
// name (C1_6_a_truncated_file_is_named) or in a comment in or right above it (// C1.6).
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tree.h"

namespace check_tree {

// "C1.6" and the like in a text, written with a dot or an underscore, in order of appearance.
std::vector<std::string> contract_ids(std::string_view text);

struct TestId {
  std::string path;
  std::size_t line = 0;
  std::string test;  // Suite.Name; the file's stem where there is no GoogleTest in it
  std::string id;
};

// The rows of the contract, by number.
std::vector<std::string> contract_rows(const Tree& tree);
std::vector<TestId> ids_in_tests(const Tree& tree);
// Tests that name a row which is not there.
void check_contract_ids(const Tree& tree, Findings& findings);

enum class Verdict { passed, skipped, failed };
struct TestResult {
  std::string name;
  Verdict verdict = Verdict::passed;
  std::string reason;  // of a skip
};
// What `ctest --output-junit` wrote.
std::vector<TestResult> read_results(const std::string& path);

// The lines that end ./dev test: how many rows are tested, skipped with a reason, failed, and
// missing.
std::string coverage_report(const Tree& tree, const std::vector<TestResult>& results);

}  // namespace check_tree
