// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_world.h"

#include "kroton/base/config.h"
#include "kroton/kroton.h"
#include "tests/support/check_error.h"

using namespace kroton;

// What MPI does is tested by programs under mpiexec, in mpi/.
TEST(MpiWorld, C2_10_a_process_without_mpi_is_rank_0_of_1) {
  base::set_flag("mpi", "off");
  EXPECT_FALSE(mpi_enabled());
  EXPECT_EQ(mpi_rank(), 0);
  EXPECT_EQ(mpi_size(), 1);
  CHECK_ERROR(
      CommunicationError, distributed::world(),
      "messages: the flag mpi is off; set it to auto, or run ranks by distributed::loopback");
  distributed::loopback(2, [] { EXPECT_TRUE(mpi_enabled()); });
}
