// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_world.h"

#include <gtest/gtest.h>

TEST(MpiWorld, says_why_it_is_not_there) {
  std::string why;
  if (!kroton::distributed::detail::mpi_world(&why)) EXPECT_EQ(why.substr(0, 10), "messages: ");
}
