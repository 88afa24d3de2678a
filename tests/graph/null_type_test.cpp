// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/null_type.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"
#include "kroton/graph/disconnected_type.h"

using namespace kroton;

namespace {
std::string refusal(const Type& type) {
  try {
    type.filter(Value(1.0));
  } catch (const TypeError& error) {
    return error.what();
  }
  return "taken";
}
}  // namespace

TEST(NullType, C0_10_has_no_values_and_says_why) {
  EXPECT_EQ(refusal(NullType("sorting has no gradient")),
            "NullType: no value has this type (sorting has no gradient)");
  EXPECT_EQ(refusal(NullType()), "NullType: no value has this type");
  EXPECT_TRUE(NullType("a") == NullType("a"));
  EXPECT_FALSE(NullType("a") == NullType("b"));
}

TEST(DisconnectedType, C0_10_has_no_values) {
  EXPECT_EQ(refusal(DisconnectedType()),
            "DisconnectedType: no value has this type; the cost is no function of that input");
  EXPECT_TRUE(DisconnectedType() == DisconnectedType());
}
