// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include "contract.h"
#include "fixture.h"

namespace check_tree {
namespace {
using Ids = std::vector<std::string>;

// The text of the rows stands for docs/contract.md.
const std::string contract =
    "| id | name | must |\n|---|---|---|\n| C1.1 | a | see C9.9 |\n| C1.2 | b | |\n| C1.10 | c | "
    "|\n"
    "Worked example, C1.0 (must run):\n| C2.1 | d | |\n| C2.2 | e | |\n";

std::vector<TestResult> results_of(const std::string& xml) {
  const auto path =
      std::filesystem::temp_directory_path() / ("results" + std::to_string(getpid()) + ".xml");
  std::ofstream(path) << xml;
  auto results = read_results(path.string());
  std::filesystem::remove(path);
  return results;
}

TEST(Coverage, ids_are_read_with_dot_and_underscore) {
  EXPECT_EQ(contract_ids("C1_6_a_file, C0.10 and C2.13."), (Ids{"C1.6", "C0.10", "C2.13"}));
  EXPECT_EQ(contract_ids("ABC1.6 C1 C.6 C1.x C1_6x C"), Ids());
}

TEST(Coverage, rows_are_the_first_cells_and_the_worked_example) {
  SmallTree small;
  small.write("docs/contract.md", contract);
  EXPECT_EQ(contract_rows(small.read()), (Ids{"C1.0", "C1.1", "C1.2", "C1.10", "C2.1", "C2.2"}));
}

TEST(Coverage, a_test_carries_ids_in_its_name_and_in_comments_in_or_above_it) {
  SmallTree small;
  small.append(
      "tests/base/a_test.cpp",
      "// C1.1\nTEST(A, first) {\n  f();  // C1.2\n}\nTEST_P(A,\n       C2_1_second) {\n}\n");
  std::string text;
  for (const auto& id : ids_in_tests(small.read())) text += id.test + "=" + id.id + " ";
  EXPECT_EQ(text, "A.first=C1.1 A.first=C1.2 A.C2_1_second=C2.1 ");
}

TEST(Coverage, the_report_counts_rows_by_what_their_tests_did) {
  SmallTree small;
  small.write("docs/contract.md", contract);
  small.append("tests/base/a_test.cpp",
               "TEST(A, C1_1_passes) {}\nTEST(A, C1_2_is_skipped) {}\nTEST(A, C1_10_fails) "
               "{}\nTEST_P(A, C1_10_passes) {}\n");
  const auto results = results_of(R"(<testsuite>
 <testcase name="A.C1_1_passes" classname="A.C1_1_passes" time="0.1" status="run"><system-out>ok</system-out></testcase>
 <testcase name="A.C1_2_is_skipped" time="0.1" status="notrun">
  <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>[ RUN ]
a_test.cpp:5: Skipped
no device &lt;opencl&gt; here
[  SKIPPED ]</system-out></testcase>
 <testcase name="A.C1_10_fails" time="0.1" status="fail"><failure message=""/></testcase>
 <testcase name="All/A.C1_10_passes/0" time="0.1" status="run"/>
</testsuite>)");
  EXPECT_EQ(coverage_report(small.read(), results),
            "contract: 6 rows: 1 tested, 1 skipped, 1 failed, 3 missing\n"
            "  skipped C1.2: no device <opencl> here (A.C1_2_is_skipped)\n"
            "  failed C1.10\n"
            "  missing C1.0 C2.1-C2.2\n");
}

TEST(Coverage, a_row_that_one_test_passed_is_tested_though_another_skipped_it) {
  SmallTree small;
  small.write("docs/contract.md", "| C1.1 | a | |\n");
  const auto results = results_of(
      R"(<testcase name="x.C1_1_a" status="notrun"></testcase><testcase name="x.C1_1_b" status="run"/>)");
  EXPECT_EQ(coverage_report(small.read(), results),
            "contract: 1 rows: 1 tested, 0 skipped, 0 failed, 0 missing\n");
}

TEST(Coverage, missing_results_are_an_error_with_the_remedy) {
  try {
    read_results("/nowhere/tests.xml");
    FAIL() << "no exception";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(),
                 "/nowhere/tests.xml cannot be read; run ctest --output-junit /nowhere/tests.xml");
  }
}

}  // namespace
}  // namespace check_tree
