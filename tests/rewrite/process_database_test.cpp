// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "kroton/rewrite/database.h"

using namespace kroton::rewrite;

TEST(ProcessDatabase, it_is_one_and_holds_what_the_rooms_bring) {
  EXPECT_EQ(&database(), &database());
  EXPECT_TRUE(database().knows("merge1"));
  EXPECT_TRUE(database().knows("fusion"));
}
