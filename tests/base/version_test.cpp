// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/version.h"

#include <gtest/gtest.h>

#include <regex>

TEST(Version, is_three_numbers) {
  EXPECT_TRUE(std::regex_match(kroton::version(), std::regex("[0-9]+\\.[0-9]+\\.[0-9]+")))
      << kroton::version();
}
