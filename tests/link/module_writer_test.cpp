// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/detail/module_writer.h"

#include <gtest/gtest.h>

using namespace kroton::link;
using Words = std::vector<std::string>;

TEST(ModuleWriter, C5_3_identifiers_of_a_variable_are_those_that_hold_its_name) {
  EXPECT_EQ(
      detail::identifiers_with("kroton_array* V1; int V1_size, n_V1, V12, V12_V1, 3V1;", "V1"),
      (Words{"V1", "V1_size", "n_V1", "V12_V1"}));
  EXPECT_EQ(detail::identifiers_with("double node_2_cache; int node_20_x;", "node_2"),
            (Words{"node_2_cache"}));
}

TEST(ModuleWriter, C5_3_users_texts_count_their_own_lines) {
  std::map<std::string, ModulePart> parts;
  detail::Writer writer(parts);
  writer.ours("int a;\nint b;");
  writer.theirs("c_code of \"X\"", "one;\ntwo;", 4);
  writer.block("c_code of \"X\"", "three;", 5);
  writer.theirs("empty", "  \n", 1);
  writer.ours("end;");
  EXPECT_EQ(writer.text(),
            "int a;\nint b;\n#line 1 \"c_code of 'X'\"\none;\ntwo;\n#line 7 \"C module\"\n{\n"
            "#line 1 \"c_code of 'X' (2)\"\nthree;\n#line 11 \"C module\"\n}\nend;\n");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts["c_code of 'X'"].text, "one;\ntwo;");
  EXPECT_EQ(parts["c_code of 'X' (2)"].node, 5);
}
