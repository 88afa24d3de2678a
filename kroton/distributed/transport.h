// SPDX-License-Identifier: BSD-3-Clause
// Values that move between ranks and can be differentiated.
//   rank 0: auto cost = distributed::send_to(h, 1, 5);            // a zero
//   rank 1: auto h = distributed::receive_from(w, {8, 4}, float64, 0, 5);   // w: a parameter of
//   rank 1
// One convention for all gradients: what is differentiated is the sum over ranks of each rank's
// cost. So every rank builds its cost and calls grad(); ranks then exchange gradients where their
// costs depend on each other's values, by messages of their own that go the other way. A send
// copies its value and never waits for its receiver; what receives waits. Those run in the order in
// which they were built, sends as early as they can. Nothing of this is merged, dropped or folded.
// Arrays of devices are sent from and received into their memory where MPI takes that
// (docs/distributed.md), and lie there then as before. GROUP: null for all ranks, else what split()
// gave, whose ranks DEST and SOURCE are then.
#pragma once
#include <source_location>

#include "kroton/base/api.h"
#include "kroton/distributed/communicator.h"
#include "kroton/graph/op.h"

namespace kroton::distributed {
// Sends X to rank DEST, whose receive_from has the same TAG. The result is a zero of X's dtype
// without axes: add it to the cost of this rank, so that grad() finds the way back. Gradient: what
// receive_from's gradient on rank DEST sends back. X: an array of a float dtype.
KROTON_API Variable send_to(const Variable& x, int dest, int tag, Group group = {},
                            std::source_location line = std::source_location::current());
// What rank SOURCE sends to here with TAG. THROUGH: any variable of a float dtype that the cost of
// this rank is differentiated by (a parameter): its gradient gets nothing added, and takes the
// gradient of what came along, back to SOURCE. What comes lies where THROUGH does.
KROTON_API Variable receive_from(const Variable& through, Shape shape, DType dtype, int source,
                                 int tag, Group group = {},
                                 std::source_location line = std::source_location::current());
// Sends X to DEST and receives an array of its shape and dtype from SOURCE, at once. Gradient: the
// same the other way round.
KROTON_API Variable send_receive(const Variable& x, int dest, int source, int tag, Group group = {},
                                 std::source_location line = std::source_location::current());
}  // namespace kroton::distributed
