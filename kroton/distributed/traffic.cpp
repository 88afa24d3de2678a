// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/traffic.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/distributed/detail/ranks.h"
#include "kroton/distributed/point_to_point.h"

namespace kroton::distributed::detail {
std::string Ranks::text() const {
  if (!group) return "all";
  const std::vector<int> members = group->members();
  return shape_text(Shape(members.begin(), members.end()));
}

std::optional<Traffic> traffic_of(const Apply& node) {
  if (!node) return std::nullopt;
  using Kind = Traffic::Kind;
  if (const auto* op = as<MPISend>(node)) return Traffic{Kind::start, op->dest(), -1, op->tag()};
  if (const auto* op = as<MPIRecv>(node)) return Traffic{Kind::start, -1, op->source(), op->tag()};
  if (const auto* op = as<MPISendWait>(node)) return Traffic{Kind::wait, -1, -1, op->tag()};
  if (const auto* op = as<MPIRecvWait>(node)) return Traffic{Kind::wait, -1, -1, op->tag()};
  if (const auto* op = dynamic_cast<const Communicates*>(&node.op())) return op->traffic(node);
  return std::nullopt;
}

void check_number(std::string_view who, const char* what, int number) {
  if (number >= 0) return;
  throw ValueError(
      fmt::format("{}: {} is {}; it must be 0 or more, there are no wildcards", who, what, number));
}

void check_partner(const Op& op, const Communicator& communicator, int peer, int tag) {
  const std::string why = communicator.objection(peer, tag);
  if (!why.empty()) throw CommunicationError(op.text() + ": " + why);
}
}  // namespace kroton::distributed::detail
