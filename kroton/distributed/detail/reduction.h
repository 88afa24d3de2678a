// SPDX-License-Identifier: BSD-3-Clause
// Elementwise reduction of host memory: what collectives do with what comes.
#pragma once
#include "kroton/distributed/collectives.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::distributed::detail {
// INTO is reduced with FROM: C-contiguous, of one dtype and size. mean adds.
void combine(NDArray& into, const NDArray& from, Reduction how);
// Every element divided by N.
void divide(NDArray& x, int n);
}  // namespace kroton::distributed::detail
