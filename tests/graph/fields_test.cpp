// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/fields.h"

#include <gtest/gtest.h>

using namespace kroton;

TEST(Fields, C6_1_values_read_as_python_writes_them) {
  EXPECT_EQ(field_text(true), "true");
  EXPECT_EQ(field_text(-3), "-3");
  EXPECT_EQ(field_text(3u), "3");
  EXPECT_EQ(field_text(0.5), "0.5");
  EXPECT_EQ(field_text(float32), "float32");
  EXPECT_EQ(field_text(std::vector<bool>{true}), "(true,)");
  EXPECT_EQ(field_text(std::vector<std::int64_t>{2, 2}), "(2, 2)");
  EXPECT_EQ(field_text(std::vector<std::pair<int, bool>>{{0, false}}), "((0, false),)");
  EXPECT_EQ(field_text(std::optional<std::string>()), "none");
  EXPECT_EQ(field_text(std::optional<std::string>("c")), "c");
  EXPECT_EQ(tuple_text({}), "()");
}

TEST(Fields, a_class_without_a_name_is_called_as_in_the_source) {
  EXPECT_EQ(class_name(typeid(std::pair<int, int>).name()), "std::pair<int, int>");
  EXPECT_EQ(class_name("no mangled name"), "no mangled name");
}
