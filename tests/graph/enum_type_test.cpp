// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/enum_type.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"

using namespace kroton;

namespace {
const EnumType kinds({{"SUM", 0, "sum"}, {"MEAN", 5, "mean"}}, "short");
template <class Kind, class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Kind& error) {
    return error.what();
  }
  return "nothing was thrown";
}
}  // namespace

TEST(EnumType, C5_1_values_are_integers_names_or_aliases) {
  EXPECT_EQ(kinds.value("MEAN"), 5);
  EXPECT_EQ(kinds.value("sum"), 0);
  EXPECT_EQ(kinds.filter("mean").item<int>(), 5);
  EXPECT_EQ(kinds.filter(5).item<int>(), 5);
  EXPECT_TRUE(kinds.values_eq(kinds.filter("MEAN"), kinds.filter(5)));
  EXPECT_FALSE(kinds.values_eq(kinds.filter("SUM"), kinds.filter(5)));
}

TEST(EnumType, C5_1_other_words_and_numbers_are_refused) {
  EXPECT_EQ(error_of<ValueError>([] { kinds.filter("MEDIAN"); }),
            "EnumType: there is no constant 'MEDIAN'; there are SUM = 0, MEAN = 5");
  EXPECT_EQ(error_of<ValueError>([] { kinds.filter(3); }),
            "EnumType: no constant is 3; there are SUM = 0, MEAN = 5");
  EXPECT_EQ(error_of<TypeError>([] { kinds.filter(Value()); }),
            "EnumType: the value is nothing; an integer or the name of a constant is needed");
  EXPECT_EQ(error_of<ValueError>([] { EnumType({{"two words", 1}}); }),
            "EnumType: the name 'two words' is no C identifier; use letters, digits and _");
  EXPECT_EQ(error_of<ValueError>([] { EnumType({{"A", 1}, {"B", 2, "A"}}); }),
            "EnumType: the name 'A' is there twice; each name and alias stands for one constant");
}

TEST(EnumType, C5_1_C_code_knows_the_names) {
  EXPECT_EQ(kinds.c_support_code(), "#define SUM 0\n#define MEAN 5\n");
  EXPECT_EQ(kinds.c_declare("V1", {}), "short V1;");
  EXPECT_FALSE(kinds == EnumType({{"SUM", 0, "sum"}, {"MEAN", 6, "mean"}}, "short"));
  EXPECT_FALSE(kinds == EnumType({{"SUM", 0, "sum"}, {"MEAN", 5, "mean"}}));
}
