// SPDX-License-Identifier: BSD-3-Clause
// Ranks that are threads of this process: for tests, and for trying a program out without MPI and
// its launcher.
//   distributed::loopback(2, [] { ... mpi_rank() is 0 in one, 1 in the other ... });
// A send waits for its receive (rendezvous), so a program that deadlocks on any MPI does so here;
// that all ranks wait for one another is found at once and is an error on each.
#pragma once
#include <functional>

#include "kroton/base/api.h"

namespace kroton::distributed {
// Runs PROGRAM as ranks 0 to RANKS - 1, each on a thread of its own, and returns when all have
// ended; then throws the error of the rank that failed first. ValueError unless 1 <= RANKS.
KROTON_API void loopback(int ranks, const std::function<void()>& program);
}  // namespace kroton::distributed
