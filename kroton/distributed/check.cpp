// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/check.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <tuple>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/distributed/point_to_point.h"
#include "kroton/link/error_context.h"

namespace kroton::distributed {
namespace {
using detail::Traffic;
using detail::traffic_of;

std::string place(const Apply& node) {
  const std::string line = link::line_text(node.line());
  return node.op().text() + (line.empty() ? "" : " (" + line + ")");
}

// One side of a message.
struct Side {
  bool is_send;
  int peer, tag;
  Lane lane;
  Apply node;
  bool matched = false;
  std::string text() const {
    return fmt::format("{} rank {} with tag {}", is_send ? "its send to" : "its receive from", peer,
                       tag);
  }
};

struct Rank {
  int number;
  std::vector<Apply> nodes;
  std::size_t at = 0;
  std::deque<Side> sides = {};
  std::unordered_map<const void*, Side*> started = {};  // by node
  std::vector<Side*> here = {};                         // what the node at hand waits for
  bool is_here = false;                                 // its messages are posted
  bool ended() const { return at > nodes.size(); }
};

// What is sent and what is received, as far as the types say it.
std::string type_of(const Side& side) {
  const auto text = [](DType dtype, std::size_t ndim) {
    return fmt::format("{} with {} {}", name(dtype), ndim, ndim == 1 ? "axis" : "axes");
  };
  const Apply& node = side.node;
  if (const auto* op = as<MPIRecv>(node)) return text(op->dtype(), op->shape().size());
  const Variable x = side.is_send ? node.inputs()[0] : node.outputs()[0];
  return text(x.dtype(), x.ndim());
}

class Simulation {
 public:
  explicit Simulation(const std::vector<Function>& functions) {
    for (const Function& function : functions)
      ranks_.push_back({static_cast<int>(ranks_.size()), function.nodes()});
  }

  void run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (Rank& rank : ranks_) {
        while (step(rank)) moved = true;
      }
      moved |= meet();
    }
    std::string text;
    for (const Rank& rank : ranks_) {
      if (rank.ended()) continue;
      text += (text.empty() ? "" : "; ") + stuck(rank);
    }
    if (!text.empty()) throw CommunicationError("check_communication: ranks cannot go on: " + text);
  }

 private:
  // The node at hand of RANK, or the next one; false when it has to wait.
  bool step(Rank& rank) {
    if (rank.ended()) return false;
    if (!rank.is_here) arrive(rank);
    for (const Side* side : rank.here) {
      if (!side->matched) return false;
    }
    if (is_at_collective(rank)) return false;
    ++rank.at;
    rank.is_here = false;
    rank.here.clear();
    return true;
  }

  bool is_at_collective(const Rank& rank) const {
    if (rank.at >= rank.nodes.size()) return false;
    const auto traffic = traffic_of(rank.nodes[rank.at]);
    return traffic && traffic->kind == Traffic::Kind::collective;
  }

  void arrive(Rank& rank) {
    rank.is_here = true;
    if (rank.at == rank.nodes.size()) {  // the end of the call waits for what was sent
      for (Side& side : rank.sides) rank.here.push_back(&side);
      return;
    }
    const Apply& node = rank.nodes[rank.at];
    const auto traffic = traffic_of(node);
    if (!traffic) return;
    using Kind = Traffic::Kind;
    if (traffic->kind == Kind::wait) {
      const Apply start = node.inputs()[0].owner();
      const auto found = start ? rank.started.find(start.key()) : rank.started.end();
      if (found != rank.started.end()) rank.here.push_back(found->second);
      return;
    }
    if (traffic->kind == Kind::collective) {
      if (traffic->in_group) {
        throw UnsupportedError("check_communication: rank " + std::to_string(rank.number) + ": " +
                               place(node) + " belongs to a group; only all ranks are followed");
      }
      return;
    }
    if (traffic->dest >= 0) post(rank, node, true, traffic->dest, *traffic);
    if (traffic->source >= 0) post(rank, node, false, traffic->source, *traffic);
  }

  void post(Rank& rank, const Apply& node, bool is_send, int peer, const Traffic& traffic) {
    if (peer >= static_cast<int>(ranks_.size())) {
      throw CommunicationError(
          fmt::format("check_communication: rank {}: {}: there is no rank {}; "
                      "{} functions are given",
                      rank.number, place(node), peer, ranks_.size()));
    }
    rank.sides.push_back({is_send, peer, traffic.tag, traffic.lane, node});
    Side& side = rank.sides.back();
    if (traffic.kind == Traffic::Kind::start) rank.started.emplace(node.key(), &side);
    if (traffic.blocks()) rank.here.push_back(&side);
    const int from = is_send ? rank.number : peer, to = is_send ? peer : rank.number;
    auto& [sends, receives] = open_[{from, to, traffic.tag, traffic.lane}];
    (is_send ? sends : receives).push_back(&side);
    while (!sends.empty() && !receives.empty()) {
      Side &sent = *sends.front(), &received = *receives.front();
      if (type_of(sent) != type_of(received)) {
        throw CommunicationError(fmt::format(
            "check_communication: rank {} sends {} by {} and rank {} receives {} by {}; both sides "
            "must say the same dtype and shape",
            from, type_of(sent), place(sent.node), to, type_of(received), place(received.node)));
      }
      sent.matched = received.matched = true;
      sends.pop_front();
      receives.pop_front();
    }
  }

  // All ranks are at a collective, and it is the same.
  bool meet() {
    for (const Rank& rank : ranks_) {
      if (rank.ended() || !rank.is_here || !is_at_collective(rank)) return false;
    }
    const Rank& first = ranks_.front();
    const std::string expected = traffic_of(first.nodes[first.at])->signature;
    for (Rank& rank : ranks_) {
      const std::string signature = traffic_of(rank.nodes[rank.at])->signature;
      if (signature != expected) {
        throw CommunicationError(fmt::format(
            "check_communication: rank {} is at {}, of {}, and rank {} at {}, of {}; all ranks must "
            "run the same collectives in the same order",
            first.number, place(first.nodes[first.at]), expected, rank.number,
            place(rank.nodes[rank.at]), signature));
      }
    }
    for (Rank& rank : ranks_) {
      ++rank.at;
      rank.is_here = false;
    }
    return true;
  }

  std::string stuck(const Rank& rank) const {
    std::string text = fmt::format("rank {} ", rank.number);
    text += rank.at < rank.nodes.size() ? "is at " + place(rank.nodes[rank.at]) : "is at its end";
    if (is_at_collective(rank)) return text + " and waits for all ranks";
    for (const Side* side : rank.here) {
      if (side->matched) continue;
      text += fmt::format(" and waits for {}, started by {}", side->text(), place(side->node));
      if (ranks_[static_cast<std::size_t>(side->peer)].ended())
        text += fmt::format(", which rank {} has ended without", side->peer);
      break;
    }
    return text;
  }

  std::vector<Rank> ranks_;
  using Open = std::pair<std::deque<Side*>, std::deque<Side*>>;
  std::map<std::tuple<int, int, int, Lane>, Open>
      open_;  // (from, to, tag, lane) -> sends, receives
};
}  // namespace

void check_communication(const std::vector<Function>& ranks) { Simulation(ranks).run(); }
}  // namespace kroton::distributed
