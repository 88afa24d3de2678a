// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_library.h"

#include <gtest/gtest.h>

#include <cstdlib>

using kroton::distributed::detail::launcher;

namespace {
class MpiLibrary : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE", "PMI_RANK"})
      ::unsetenv(name);
  }
};
}  // namespace

TEST_F(MpiLibrary, the_launcher_is_told_by_what_it_leaves_in_the_environment) {
  EXPECT_FALSE(launcher());
  ::setenv("PMI_RANK", "1", 1);
  EXPECT_STREQ(launcher()->family, "mpich");
  EXPECT_EQ(launcher()->size, 0);
  ::setenv("PMI_SIZE", "3", 1);
  EXPECT_EQ(launcher()->size, 3);
  EXPECT_EQ(launcher()->variable, "PMI_SIZE");
  // Open MPI's mpiexec inside of a job of another launcher.
  ::setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_STREQ(launcher()->family, "openmpi");
  EXPECT_EQ(launcher()->size, 2);
}
