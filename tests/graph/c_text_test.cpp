// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_text.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"

using namespace kroton;

TEST(CText, C5_2_words_are_filled_in) {
  EXPECT_EQ(c_text("$z = $x + ${x}_1 * $xs;", {{"x", "V1"}, {"z", "V2"}, {"xs", "V3"}}),
            "V2 = V1 + V1_1 * V3;");
  EXPECT_EQ(c_text("value_$V = NULL;", "V7"), "value_V7 = NULL;");
  EXPECT_EQ(c_text("no words", {}), "no words");
}

TEST(CText, C5_2_a_word_that_is_not_there_is_named) {
  try {
    c_text("$y", {{"x", "V1"}, {"z", "V2"}});
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "c_text: there is no word '$y'; there are $x, $z");
  }
  EXPECT_THROW(c_text("${x", {{"x", "V1"}}), ValueError);
}

TEST(CText, C5_1_words_become_literals_and_short_axes_are_checked) {
  EXPECT_EQ(c_string("a \"b\" \\n"), "\"a \\\"b\\\" \\\\n\"");
  EXPECT_EQ(c_axis_checks("V1", "T(row)", "lengths(value_V1)", {false, true}, "goto fail;"),
            "if (lengths(value_V1)[1] != 1) {\n"
            "  kroton_set_error(KROTON_TYPE_ERROR, \"%s: the value is %s, whose axis 1 must have "
            "length 1\", \"T(row)\", kroton_describe(value_V1));\n"
            "  goto fail;\n}\n");
  EXPECT_EQ(c_axis_checks("V1", "T", "l", {false, false}, "goto fail;"), "");
}
