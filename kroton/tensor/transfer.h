// SPDX-License-Identifier: BSD-3-Clause
// Where an array of the graph lies: on the host, "cpu", or where rooms above bring arrays to.
//   auto z = transfer(x * 2, "cpu");   x.transfer("dev0")
// Ops of this room compute on the host: what lies elsewhere is transferred when their node is made,
// and rewrites of the room above move the node to where its inputs lie. Source: Theano's
// tensor/basic.py:transfer.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/variable.h"

namespace kroton::tensor {
// X where TARGET says: X itself when it is there. ValueError for an unknown target, which names
// those that there are; TypeError for what is no array. The gradient goes back to where X is.
KROTON_API Variable transfer(const Variable& x, std::string_view target);

// The variables, those of arrays that lie elsewhere transferred to the host.
KROTON_API Variables on_host(Inputs inputs);

// How a room brings variables to places of its own.
struct TransferTargets {
  // Nothing: TARGET is none of this room's.
  std::optional<Variable> (*make)(const Variable& x, std::string_view target);
  std::vector<std::string> (*names)();
};
// Defined in kroton/install.cpp.
KROTON_API const std::vector<TransferTargets>& transfer_targets();
}  // namespace kroton::tensor
