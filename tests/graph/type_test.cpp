// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/type.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/null_type.h"
#include "tests/graph/toy.h"

using namespace kroton;

TEST(Type, C0_5_makes_variables_and_constants) {
  EXPECT_EQ(Generic()("path").name(), "path");
  EXPECT_EQ(Generic().make_variable("p").type().text(), "Generic");
  EXPECT_EQ(Generic().make_constant("a.npy").data().as<std::string>(), "a.npy");
}

TEST(Type, says_whether_a_value_is_valid) {
  EXPECT_TRUE(Generic().is_valid_value("a"));
  EXPECT_FALSE(NullType().is_valid_value("a"));
}

TEST(Type, a_variable_of_another_type_cannot_stand_for_it) {
  const Variable path = generic("path");
  EXPECT_TRUE(Generic().filter_variable(path) == path);
  EXPECT_FALSE(toy::Number().convert_variable(path));
  try {
    toy::Number().filter_variable(path);
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "variable path of type Generic cannot stand for type Number");
  }
}

TEST(Type, what_only_arrays_have_is_refused) {
  try {
    generic("path").dtype();
    FAIL();
  } catch (const TypeError& error) {
    EXPECT_STREQ(error.what(), "dtype: a variable of type Generic is no array and has none");
  }
  EXPECT_THROW(generic("path").ndim(), TypeError);
  EXPECT_THROW(Generic().with(float32, {}), TypeError);
  EXPECT_FALSE(Generic().is_array());
}

namespace {
struct Words final : TypeOf<Words> {
  static constexpr std::string_view type_name = "Words";
  std::string c_init(std::string_view name, const Sub&) const override {
    return std::string(name) + " = 0;";
  }
  std::string c_extract(std::string_view name, const Sub&, bool check_input) const override {
    return std::string(name) + (check_input ? " = checked;" : " = unchecked;");
  }
};
}  // namespace

TEST(Type, C5_1_an_output_that_is_not_there_yet_is_initialised_not_extracted) {
  EXPECT_EQ(Words().c_extract_out("V1", {}),
            "if (value_V1) {\nV1 = checked;\n} else {\nV1 = 0;\n}\n");
  EXPECT_EQ(Words().c_extract_out("V1", {}, false),
            "if (value_V1) {\nV1 = unchecked;\n} else {\nV1 = 0;\n}\n");
  try {
    Words().c_declare("V1", {});
    FAIL();
  } catch (const MethodNotDefined& error) {
    EXPECT_STREQ(error.what(), "Words does not define c_declare");
  }
}
