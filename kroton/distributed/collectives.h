// SPDX-License-Identifier: BSD-3-Clause
// What all ranks of a communicator do together.
//   auto g = distributed::all_reduce(grad(cost, w), distributed::Reduction::mean);
// Every rank has to run the same collectives in the same order: they run in the order in which they
// were built. All arguments must have one dtype and shape on all ranks, else there is a
// CommunicationError. GROUP: null for all ranks, else what split() gave. Results are the same on
// all ranks to the last bit, and from run to run. Gradients: what is differentiated is the sum over
// ranks of each rank's cost; so the gradient of a sum over ranks is the sum over ranks of the
// gradients, whether or not the costs are equal on all ranks. A cost that every rank has whole
// counts once for each: divide it by mpi_size(), or let one rank have it.
#pragma once
#include <memory>
#include <source_location>

#include "kroton/base/api.h"
#include "kroton/distributed/communicator.h"
#include "kroton/graph/op.h"

namespace kroton::distributed {
enum class Reduction : std::uint8_t { sum, prod, max, min, mean };

// The elements of all ranks' X, reduced; any dtype, but mean takes floats and complex numbers, max
// and min no complex ones. Gradient: sum and mean as said above; prod by the product of the others;
// max and min go to the ranks that have the extreme, in equal parts.
KROTON_API Variable all_reduce(const Variable& x, Reduction how = Reduction::sum, Group group = {},
                               std::source_location line = std::source_location::current());
// The same on rank ROOT, zeros elsewhere. Gradient: that of rank ROOT's result.
KROTON_API Variable reduce(const Variable& x, int root, Reduction how = Reduction::sum,
                           Group group = {},
                           std::source_location line = std::source_location::current());
// X of rank ROOT. Gradient: all ranks' gradients, added up, on rank ROOT; zeros elsewhere.
KROTON_API Variable broadcast(const Variable& x, int root, Group group = {},
                              std::source_location line = std::source_location::current());
// z[r] is rank r's X: one axis more. Gradient: rank r gets the sum of all ranks' gz[r].
KROTON_API Variable all_gather(const Variable& x, Group group = {},
                               std::source_location line = std::source_location::current());
// The same on rank ROOT, zeros elsewhere.
KROTON_API Variable gather(const Variable& x, int root, Group group = {},
                           std::source_location line = std::source_location::current());
// x[r] goes to rank r: z[s] on rank r is rank s's x[r]. X's first axis is as long as there are
// ranks. Gradient: the same with gz.
KROTON_API Variable all_to_all(const Variable& x, Group group = {},
                               std::source_location line = std::source_location::current());
// The sum over ranks of their x[r], on rank r.
KROTON_API Variable reduce_scatter(const Variable& x, Group group = {},
                                   std::source_location line = std::source_location::current());
// Rank ROOT's x[r], on rank r; X of other ranks only has the shape.
KROTON_API Variable scatter(const Variable& x, int root, Group group = {},
                            std::source_location line = std::source_location::current());
// X, when all ranks have come here. Gradient: passes through.
KROTON_API Variable barrier(const Variable& x, Group group = {},
                            std::source_location line = std::source_location::current());

// At once, not in a graph: ranks of GROUP (null: of all) that give the same COLOR become a group,
// ordered by KEY, then by rank. All ranks of GROUP have to call it.
KROTON_API Group split(int color, int key = 0, Group group = {});
}  // namespace kroton::distributed
