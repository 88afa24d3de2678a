// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "contract.h"
#include "fixture.h"

namespace check_tree {
namespace {

// Every finding of every rule, as the program prints it.
std::vector<std::string> findings(const SmallTree& small) {
  const auto tree = small.read();
  Findings found;
  const auto plan = Plan::read(tree, found);
  check_includes(tree, plan, found);
  check_files(tree, found);
  check_rooms(tree, plan, found);
  check_lists(tree, found);
  check_rows(tree, found);
  check_messages(tree, found);
  check_contract_ids(tree, found);
  std::vector<std::string> texts;
  for (const auto& finding : found)
    texts.push_back(finding.path + (finding.line == 0 ? "" : ":" + std::to_string(finding.line)) +
                    ": " + finding.text);
  return texts;
}
using Texts = std::vector<std::string>;

TEST(Tree, a_tree_that_follows_the_plan_has_no_finding) {
  EXPECT_EQ(findings(SmallTree()), Texts());
}

TEST(Tree, a_row_without_reference_values_is_found) {
  SmallTree small;
  small.write("kroton/scalars/ops.def",
              SmallTree::licence('/') + "UNARY(exp, to_float)\nSELECT(switch_, branches)\n");
  small.write("tests/data/scalars/switch.npy", "");
  const std::string no_room = "kroton/scalars: is no room of cmake/rooms.cmake";
  EXPECT_EQ(findings(small), (Texts{no_room,
                                    "kroton/scalars/ops.def:2: exp has no reference values; let "
                                    "tools/make_reference.py write tests/data/scalars/exp.npy"}));
  small.write("tests/data/scalars/exp.npy", "");
  EXPECT_EQ(findings(small), Texts{no_room});
}

TEST(Tree, an_error_without_a_test_is_found) {
  SmallTree small;
  small.write("cmake/rooms.cmake", SmallTree::licence('#') + "plan(tensor 0)\n");
  for (const char* room : {"base", "left", "right", "high"}) {
    small.remove("kroton/" + std::string(room));
    small.remove("tests/" + std::string(room));
  }
  small.write("kroton/tensor/README.md", "What lives here.\n");
  small.write("kroton/tensor/CMakeLists.txt",
              SmallTree::licence('#') + "room(tensor SOURCES a.cpp)\n");
  small.write("kroton/tensor/a.cpp",
              SmallTree::licence('/') +
                  "void f() {\n"
                  "  throw TypeError(format(\"a: {} is \"\n"
                  "                         \"wrong; make {} right\", x, y));\n"
                  "}\n"
                  "void g() { throw; }\n"
                  "void h() {\n"
                  "  throw ValueError(\"h: \" + x + \" is no \\\"length\\\"\");\n"
                  "}\n");
  small.write("tests/tensor/CMakeLists.txt",
              SmallTree::licence('#') + "room_test(tensor SOURCES a_test.cpp)\n");
  small.write("tests/tensor/a_test.cpp", SmallTree::licence('/'));
  EXPECT_EQ(findings(small),
            (Texts{"kroton/tensor/a.cpp:3: no test has the text \" is wrong; make \" of this error",
                   "kroton/tensor/a.cpp:8: no test has the text \" is no \\\"length\\\"\" of "
                   "this error"}));
  small.append("tests/tensor/a_test.cpp",
               "\"a: 7 is wrong; \"\n    \"make 7 right\" \"h: 7 is no \\\"length\\\"\"\n");
  EXPECT_EQ(findings(small), Texts());
}

TEST(Tree, an_include_upwards_is_found) {
  SmallTree small;
  small.append("kroton/base/a.cpp", "#include \"kroton/left/a.h\"\n");
  EXPECT_EQ(findings(small), Texts{"kroton/base/a.cpp:3: includes kroton/left/a.h; base may not "
                                   "use left (cmake/rooms.cmake)"});
}

TEST(Tree, rooms_on_one_storey_do_not_see_each_other) {
  SmallTree small;
  small.append("kroton/left/a.h", "#  include <kroton/right/a.h>\n");
  EXPECT_EQ(findings(small), Texts{"kroton/left/a.h:4: includes kroton/right/a.h; left may not use "
                                   "right (cmake/rooms.cmake)"});
}

TEST(Tree, use_is_transitive) {
  SmallTree small;
  small.append("kroton/high/a.cpp", "#include \"kroton/base/a.h\"\n");
  EXPECT_EQ(findings(small), Texts());
}

TEST(Tree, a_test_of_a_low_room_keeps_to_its_storey) {
  SmallTree small;
  small.append("tests/base/a_test.cpp", "#include \"kroton/high/a.h\"\n");
  EXPECT_EQ(findings(small), Texts{"tests/base/a_test.cpp:2: includes kroton/high/a.h; base may "
                                   "not use high (cmake/rooms.cmake)"});
}

TEST(Tree, private_headers_stay_in_their_room) {
  SmallTree small;
  small.write("kroton/left/detail/b.h", SmallTree::licence('/') + "// Private.\n#pragma once\n");
  small.append("kroton/left/a.cpp", "#include \"kroton/left/detail/b.h\"\n");
  small.append("tests/left/a_test.cpp", "#include \"kroton/left/detail/b.h\"\n");
  EXPECT_EQ(findings(small), Texts());
  small.append("kroton/high/a.cpp", "#include \"kroton/left/detail/b.h\"\n");
  small.append("kroton/left/a.h", "#include \"kroton/left/detail/b.h\"\n");
  EXPECT_EQ(
      findings(small),
      (Texts{"kroton/high/a.cpp:3: includes kroton/left/detail/b.h; detail/ is private to left",
             "kroton/left/a.h:4: includes kroton/left/detail/b.h; a public header cannot need a "
             "private one, which "
             "is not installed"}));
}

TEST(Tree, rooms_do_not_include_the_umbrella_or_relative_paths) {
  SmallTree small;
  small.append("kroton/left/a.cpp", "#include <kroton/kroton.h>\n#include \"a.h\"\n");
  EXPECT_EQ(
      findings(small),
      (Texts{"kroton/left/a.cpp:3: includes kroton/kroton.h; a room names what it needs",
             "kroton/left/a.cpp:4: includes a.h; write the path from the root, kroton/room/file"}));
}

TEST(Tree, vendors_stay_where_they_belong) {
  SmallTree small;
  small.append("kroton/base/a.cpp",
               "#include <fmt/format.h>\n#include <sys/mman.h>\n#include <vector>\n");
  EXPECT_EQ(findings(small), Texts());
  small.append("kroton/left/a.h", "#include <fmt/format.h>\n");
  small.append("kroton/left/a.cpp",
               "#include <llvm/IR/Module.h>\n#include <Eigen/Core>\n#include <boost/any.hpp>\n");
  EXPECT_EQ(findings(small),
            (Texts{"kroton/left/a.cpp:3: includes llvm/IR/Module.h; only kroton/jit/plugin may",
                   "kroton/left/a.cpp:4: includes Eigen/Core; only kroton/ndarray/eigen.h may",
                   "kroton/left/a.cpp:5: includes boost/any.hpp; it is not among the dependencies "
                   "(docs/dependencies.md)",
                   "kroton/left/a.h:4: includes fmt/format.h; only a .cpp may"}));
}

TEST(Tree, a_room_needs_a_short_readme_and_a_place_in_the_plan) {
  SmallTree small;
  small.remove("kroton/left/README.md");
  std::string many;
  for (int i = 0; i < 41; ++i) many += "line\n";
  small.write("kroton/right/README.md", many);
  small.write("kroton/attic/README.md", "Not planned.\n");
  EXPECT_EQ(findings(small), (Texts{"kroton/attic: is no room of cmake/rooms.cmake",
                                    "kroton/left/README.md: each room has a README.md",
                                    "kroton/right/README.md: has 41 lines; 40 are the most"}));
}

TEST(Tree, attics_are_found_by_name) {
  SmallTree small;
  small.write("kroton/left/shape_utils.h",
              SmallTree::licence('/') + "// Anything.\n#pragma once\n");
  small.write("docs/misc/a.md", "");
  EXPECT_EQ(findings(small),
            (Texts{"docs/misc: no folder is an attic; name its subject",
                   "kroton/left/shape_utils.h: no file is an attic; name its subject"}));
}

TEST(Tree, files_are_short_and_licensed_and_headers_say_what_they_are_for) {
  SmallTree small;
  std::string many = SmallTree::licence('/');
  for (int i = 0; i < 600; ++i) many += "int x;\n";
  small.write("kroton/left/a.cpp", many);
  small.write("kroton/right/a.h", "\n\n");
  EXPECT_EQ(findings(small),
            (Texts{"kroton/left/a.cpp: has 601 lines; 600 are the most, split it by subject",
                   "kroton/right/a.h:1: lacks SPDX-License-Identifier: BSD-3-Clause",
                   "kroton/right/a.h: a header needs #pragma once",
                   "kroton/right/a.h:2: a header says after its SPDX line what it is for"}));
}

TEST(Tree, a_source_needs_a_list_and_a_test) {
  SmallTree small;
  small.write("kroton/left/rewrites/b.cpp", SmallTree::licence('/'));
  EXPECT_EQ(findings(small),
            (Texts{"kroton/left/rewrites/b.cpp: no CMakeLists.txt names it, so it is never built",
                   "kroton/left/rewrites/b.cpp: has no test; write tests/left/b_test.cpp, or give "
                   "the reason in "
                   "tests/tree/without_test.txt"}));
  small.write("kroton/left/CMakeLists.txt",
              SmallTree::licence('#') + "room(left SOURCES a.cpp rewrites/b.cpp)\n");
  small.write("tests/left/rewrites/b_test.cpp", SmallTree::licence('/'));
  EXPECT_EQ(
      findings(small),
      Texts{"tests/left/rewrites/b_test.cpp: no CMakeLists.txt names it, so it is never built"});
}

TEST(Tree, a_program_of_one_file_may_be_listed_by_its_name) {
  SmallTree small;
  small.write("benchmarks/CMakeLists.txt", SmallTree::licence('#') + "benchmark(calls)\n");
  small.write("benchmarks/calls.cpp", SmallTree::licence('/'));
  EXPECT_EQ(findings(small), Texts());
  small.write("benchmarks/forgotten.cpp", SmallTree::licence('/'));
  EXPECT_EQ(findings(small),
            Texts{"benchmarks/forgotten.cpp: no CMakeLists.txt names it, so it is never built"});
}

TEST(Tree, an_exception_needs_a_reason_and_a_cause) {
  SmallTree small;
  small.remove("tests/left/a_test.cpp");
  small.write("tests/tree/without_test.txt", "# why not\nkroton/left/a.cpp: only declares\n");
  EXPECT_EQ(findings(small), Texts());
  small.append("tests/tree/without_test.txt",
               "kroton/right/a.cpp: forgotten\nkroton/left/gone.cpp: gone\nkroton/base/a.cpp\n");
  EXPECT_EQ(
      findings(small),
      (Texts{"tests/tree/without_test.txt:5: needs `path: reason`",
             "tests/tree/without_test.txt:3: kroton/right/a.cpp has a test now; remove the line",
             "tests/tree/without_test.txt:4: kroton/left/gone.cpp is not there; remove the line"}));
}

TEST(Tree, a_plan_that_contradicts_itself_is_found) {
  SmallTree small;
  small.append("cmake/rooms.cmake", "plan(roof 4 high)\nplan(cellar 0 nowhere)\n");
  EXPECT_EQ(
      findings(small),
      (Texts{"cmake/rooms.cmake:6: roof is on storey 4; one above the highest room it uses is 3",
             "cmake/rooms.cmake:7: cellar uses nowhere, which is not planned above it"}));
}

TEST(Tree, a_test_that_names_a_row_which_is_not_there_is_found) {
  SmallTree small;
  small.write("docs/contract.md", "| C1.1 | load | reads |\n");
  small.append("tests/base/a_test.cpp", "TEST(A, C1_1_reads) {}\nTEST(A, C1_9_flies) {}\n");
  EXPECT_EQ(findings(small),
            Texts{"tests/base/a_test.cpp:3: names row C1.9, which docs/contract.md does not have"});
}

TEST(Tree, long_functions_smell_wherever_they_are) {
  SmallTree small;
  std::string body;
  for (int i = 0; i < 58; ++i) body += "  x();  // }\n";
  small.append("kroton/left/a.cpp", "void f() {\n" + body + "}\n");
  EXPECT_TRUE(long_functions(small.read()).empty());
  small.append("kroton/right/a.cpp",
               "namespace a {\ntemplate <class T> class B : C<D()> {\n  const char* brace = "
               "\"}\";\n  void f(int x,\n"
               "         int y) {\n" +
                   body + "    if (x) {\n    }\n  }\n};\n}\n");
  const auto smells = long_functions(small.read());
  ASSERT_EQ(smells.size(), 1u);
  EXPECT_EQ(smells[0].path, "kroton/right/a.cpp");
  EXPECT_EQ(smells[0].line, 6u);
  EXPECT_EQ(smells[0].text, "a function of 63 lines; 60 is where it smells");
}

}  // namespace
}  // namespace check_tree
