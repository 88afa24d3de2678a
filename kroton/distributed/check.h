// SPDX-License-Identifier: BSD-3-Clause
// Whether functions that ranks call together can go on to their end.
//   check_communication({function of rank 0, function of rank 1, ...});
#pragma once
#include <vector>

#include "kroton/base/api.h"
#include "kroton/compile/function.h"

namespace kroton::distributed {
// RANKS: the function that each rank calls once, in the order of ranks, built in one process;
// nothing is sent. Their nodes are followed in the order in which they run, where a send ends when
// its receive has started (rendezvous), as MPI may do it. CommunicationError when a message has no
// partner, when both sides of one say different dtypes or shapes, when collectives differ, or when
// ranks wait for one another, naming each rank's node and the line that made it. No error: these
// calls end, whatever the MPI and the timing, if lengths that only a call knows fit one another.
// Groups are followed as the ranks of a loopback split them off, each building its own function:
//   std::vector<Function> ranks(4);
//   distributed::loopback(4, [&] { ranks[mpi_rank()] = build(distributed::split(mpi_rank() % 2));
//   });
KROTON_API void check_communication(const std::vector<Function>& ranks);
}  // namespace kroton::distributed
