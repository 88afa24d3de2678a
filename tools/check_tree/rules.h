// SPDX-License-Identifier: BSD-3-Clause
// The rules of docs/house.md that a program can hold the tree against, one function each.
#pragma once
#include "plan.h"
#include "tree.h"

namespace check_tree {

// Includes go down only; detail/ stays in its room; vendors' headers stay where
// docs/dependencies.md puts them.
void check_includes(const Tree& tree, const Plan& plan, Findings& findings);
// No attics, no file over 600 lines, an SPDX line, #pragma once and a purpose in every header.
void check_files(const Tree& tree, Findings& findings);
// A README.md of at most 40 lines in each room; no room outside the plan.
void check_rooms(const Tree& tree, const Plan& plan, Findings& findings);
// Each source is in its room's CMakeLists.txt, has a test (or a reason in
// tests/tree/without_test.txt), and each test is in a CMakeLists.txt.
void check_lists(const Tree& tree, Findings& findings);
// Each row of kroton/scalars/ops.def has reference values under tests/data/scalars.
void check_rows(const Tree& tree, Findings& findings);
// Each error that users can make is compared with its text in a test.
void check_messages(const Tree& tree, Findings& findings);
// Functions over 60 lines: a smell, reported and not failed on.
Findings long_functions(const Tree& tree);

}  // namespace check_tree
