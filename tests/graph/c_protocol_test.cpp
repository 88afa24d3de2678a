// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/c_protocol.h"

#include <gtest/gtest.h>

#include "kroton/base/errors.h"

using namespace kroton;

TEST(Sub, C5_2_words_are_found_and_missing_ones_named) {
  const Sub sub{{"fail", "goto end;"}, {"params", "p"}};
  EXPECT_EQ(sub["fail"], "goto end;");
  EXPECT_TRUE(sub.contains("params"));
  EXPECT_FALSE(sub.contains("id"));
  try {
    sub["id"];
    FAIL();
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "sub: there is no word 'id'; it has fail, params");
  }
}
