// SPDX-License-Identifier: BSD-3-Clause
// What a node that communicates does, for the order of nodes and for check_communication.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "kroton/distributed/communicator.h"
#include "kroton/graph/op.h"

namespace kroton::distributed::detail {
struct Traffic {
  enum class Kind {
    start,       // a message that a wait ends
    wait,        // for the start whose request it takes
    send,        // of a copy: nothing waits for it
    receive,     // until it is there
    exchange,    // a send and a receive at once
    collective,  // of arrays that are alike on all ranks
    barrier,     // all ranks, with whatever they hold
  };
  Kind kind;
  int dest = -1, source = -1, tag = 0;
  Lane lane = Lane::messages;
  Group group = {};        // null: all ranks
  bool has_parts = false;  // of a collective: its array's first axis has an element for each rank

  // Sends are the node's first input, what comes is its last output.
  bool meets() const { return kind == Kind::collective || kind == Kind::barrier; }
  bool blocks() const { return kind == Kind::receive || kind == Kind::exchange || meets(); }
};

// Ops beside the four that communicate.
class Communicates {
 public:
  virtual ~Communicates() = default;
  virtual Traffic traffic(const Apply& node) const = 0;
};
std::optional<Traffic> traffic_of(const Apply& node);

// ValueError "WHO: WHAT is -1; ..." for a negative rank or tag.
void check_number(std::string_view who, const char* what, int number);
// CommunicationError that begins with the op, for a rank or tag that there is not.
void check_partner(const Op& op, const Communicator& communicator, int peer, int tag);
}  // namespace kroton::distributed::detail
