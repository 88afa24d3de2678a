// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/params_type.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/enum_type.h"
#include "kroton/graph/generic_type.h"

using namespace kroton;

namespace {
const ParamsType type({{"kind", EnumType({{"LOW", 3}, {"HIGH", 4}})}, {"what", Generic()}});
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

TEST(ParamsType, C5_1_every_field_is_filtered_by_its_type) {
  const Constant made = type.make({{"what", "text"}, {"kind", "HIGH"}});
  EXPECT_EQ(made.data().as<Params>()["kind"].item<int>(), 4);
  EXPECT_EQ(made.data().as<Params>()["what"].as<std::string>(), "text");
  EXPECT_TRUE(type.values_eq(made.data(), type.make({{"kind", 4}, {"what", "text"}}).data()));
  EXPECT_FALSE(type.values_eq(made.data(), type.make({{"kind", 3}, {"what", "text"}}).data()));
}

TEST(ParamsType, C5_1_missing_and_unknown_fields_are_named) {
  EXPECT_EQ(error_of<ValueError>([] { type.make({{"kind", 3}}); }),
            "params: there is no field 'what'; there are kind");
  EXPECT_EQ(error_of<ValueError>([] { type.make({{"kind", 3}, {"what", 1}, {"why", 2}}); }),
            "ParamsType: there is no field 'why'; there are kind: EnumType{constants: LOW = 3, "
            "HIGH = 4, ctype: int}, what: Generic");
  EXPECT_EQ(error_of<TypeError>([] { type.filter(3); }),
            "ParamsType: the value is 3; a Params is needed");
}

TEST(ParamsType, C5_1_fields_are_members_by_their_own_names) {
  const std::string text = type.c_support_code();
  EXPECT_NE(text.find("int kind;"), std::string::npos) << text;
  EXPECT_NE(text.find("kroton_self->kind = (int)kroton_to_int64(kroton_self->value_kind);"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("kroton_field_"), std::string::npos) << text;
  EXPECT_EQ(type.c_code_cache_version(), (CacheVersion{1, 1, 1}));
}
