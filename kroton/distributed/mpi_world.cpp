// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_world.h"

#include "kroton/distributed/point_to_point.h"

namespace kroton::distributed {
std::shared_ptr<Communicator> detail::mpi_world(std::string* why_not) {
  if (why_not)
    *why_not = "messages: this build has no MPI; distributed::loopback runs ranks in one process";
  return nullptr;
}
int mpi_rank() {
  const auto communicator = find_world();
  return communicator ? communicator->rank() : 0;
}
int mpi_size() {
  const auto communicator = find_world();
  return communicator ? communicator->size() : 1;
}
}  // namespace kroton::distributed
