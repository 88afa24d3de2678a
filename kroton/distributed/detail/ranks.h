// SPDX-License-Identifier: BSD-3-Clause
// The ranks that an op's messages go between, as one of its fields.
#pragma once
#include <string>

#include "kroton/distributed/communicator.h"

namespace kroton::distributed::detail {
struct Ranks {
  Group group;  // null: all
  // The same on all of them: "all", or a group's ranks of the world, "(0, 2)".
  std::string text() const;
  const Group& communicator() const { return group ? group : world(); }
  friend bool operator==(const Ranks&, const Ranks&) = default;
};
}  // namespace kroton::distributed::detail
