// SPDX-License-Identifier: BSD-3-Clause
// The communicator of all ranks that MPI's launcher started.
#pragma once
#include <memory>
#include <string>

#include "kroton/distributed/communicator.h"

namespace kroton::distributed::detail {
// Loads and initialises MPI when it is first called. Null when that fails: WHY_NOT gets the text.
std::shared_ptr<Communicator> mpi_world(std::string* why_not);
}  // namespace kroton::distributed::detail
