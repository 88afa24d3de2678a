// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "kroton/base/errors.h"
#include "kroton/distributed/detail/ranks.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/distributed/point_to_point.h"
#include "kroton/graph/needs.h"
#include "kroton/link/error_context.h"
#include "kroton/tensor/shape_book.h"

namespace kroton::distributed {
namespace {
using detail::Traffic;
using detail::traffic_of;

std::string place(const Apply& node) {
  const std::string line = link::line_text(node.line());
  return node.op().text() + (line.empty() ? "" : " (" + line + ")");
}

// What is sent or received, as far as the graph says it: lengths that only a call knows are left
// out.
struct Array {
  DType dtype;
  std::vector<std::optional<std::int64_t>> lengths;

  std::string text() const {
    std::string shape;
    for (const auto& n : lengths)
      shape += (shape.empty() ? "" : ", ") + (n ? std::to_string(*n) : "?");
    return fmt::format("{} ({}{})", name(dtype), shape, lengths.size() == 1 ? "," : "");
  }
  bool may_equal(const Array& other) const {
    return dtype == other.dtype &&
           std::equal(lengths.begin(), lengths.end(), other.lengths.begin(), other.lengths.end(),
                      [](const auto& a, const auto& b) { return !a || !b || *a == *b; });
  }
};

// All ranks, or those of a group, as every one of them names it.
struct Circle {
  std::string origin;
  std::vector<int> members;
  bool operator==(const Circle&) const = default;
};

// One side of a message.
struct Side {
  bool is_send;
  int peer, tag;
  Apply node;
  Array array;
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
  tensor::ShapeBook shapes = {};

  bool ended() const { return at > nodes.size(); }
  Array array(const Variable& x) {
    Array made{x.dtype(), {}};
    for (const ShapeExpr& length : shapes.lengths(x)) made.lengths.push_back(length.constant());
    return made;
  }
};

// The nodes of FUNCTION as a call runs them that takes all sides of its choices: what only some
// calls need runs when the choice asks for it.
std::vector<Apply> in_running_order(const Function& function) {
  const std::vector<Apply> nodes = function.nodes();
  const std::vector<int> needed = needs(function.fgraph().outputs(), nodes);
  std::unordered_map<const void*, std::size_t> number;
  for (std::size_t n = 0; n < nodes.size(); ++n) number.emplace(nodes[n].key(), n);
  std::vector<char> asked_for(nodes.size(), 0);
  std::vector<Apply> order;
  for (std::size_t last = 0; last < nodes.size(); ++last) {
    if (needed[last] != 0) continue;
    std::vector<std::size_t> pending{last}, found;
    while (!pending.empty()) {
      const std::size_t n = pending.back();
      pending.pop_back();
      if (std::exchange(asked_for[n], 1)) continue;
      found.push_back(n);
      for (const Variable& input : nodes[n].inputs()) {
        const auto maker = number.find(input.owner() ? input.owner().key() : nullptr);
        if (maker != number.end()) pending.push_back(maker->second);
      }
    }
    std::sort(found.begin(), found.end());
    for (const std::size_t n : found) order.push_back(nodes[n]);
  }
  return order;
}

class Simulation {
 public:
  explicit Simulation(const std::vector<Function>& functions) {
    for (const Function& function : functions)
      ranks_.push_back({static_cast<int>(ranks_.size()), in_running_order(function)});
  }

  void run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (Rank& rank : ranks_) {
        while (step(rank)) moved = true;
      }
      for (Rank& rank : ranks_) moved |= meet(rank);
    }
    std::string text;
    for (const Rank& rank : ranks_) {
      if (!rank.ended()) text += (text.empty() ? "" : "; ") + stuck(rank);
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
    if (meeting(rank)) return false;
    go_on(rank);
    return true;
  }
  static void go_on(Rank& rank) {
    ++rank.at;
    rank.is_here = false;
    rank.here.clear();
  }

  // What RANK does together with others at its node, if it does.
  static std::optional<Traffic> meeting(const Rank& rank) {
    if (rank.at >= rank.nodes.size()) return std::nullopt;
    auto traffic = traffic_of(rank.nodes[rank.at]);
    return traffic && traffic->meets() ? traffic : std::nullopt;
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
    if (traffic->kind == Traffic::Kind::wait) {
      const Apply start = node.inputs()[0].owner();
      const auto found = start ? rank.started.find(start.key()) : rank.started.end();
      if (found != rank.started.end()) rank.here.push_back(found->second);
      return;
    }
    const Circle circle = circle_of(rank, *traffic);
    if (traffic->has_parts) check_parts(rank, circle);
    if (traffic->dest >= 0) post(rank, true, traffic->dest, *traffic, circle);
    if (traffic->source >= 0) post(rank, false, traffic->source, *traffic, circle);
  }

  [[noreturn]] static void refuse(const Rank& rank, const std::string& why) {
    throw CommunicationError(fmt::format("check_communication: rank {}: {}: {}", rank.number,
                                         place(rank.nodes[rank.at]), why));
  }

  // The ranks that RANK talks with at its node.
  Circle circle_of(const Rank& rank, const Traffic& traffic) const {
    const int count = static_cast<int>(ranks_.size());
    if (!traffic.group) {
      std::vector<int> all(ranks_.size());
      std::iota(all.begin(), all.end(), 0);
      return {"", all};
    }
    const Circle circle{traffic.group->origin(), traffic.group->members()};
    for (const int member : circle.members) {
      if (member >= count)
        refuse(rank, fmt::format("there is no rank {}; {} functions are given", member, count));
    }
    const int mine = circle.members[static_cast<std::size_t>(traffic.group->rank())];
    if (mine != rank.number) {
      refuse(rank, fmt::format("its group was split off on rank {}; give the functions in the "
                               "order of their ranks",
                               mine));
    }
    return circle;
  }

  static void check_parts(Rank& rank, const Circle& circle) {
    const Array x = rank.array(rank.nodes[rank.at].inputs()[0]);
    const auto parts = static_cast<std::int64_t>(circle.members.size());
    if (x.lengths.at(0).value_or(parts) == parts) return;
    refuse(rank, fmt::format("x is {} and there are {} ranks; its first axis must be as long as "
                             "there are ranks",
                             x.text(), parts));
  }

  void post(Rank& rank, bool is_send, int peer_here, const Traffic& traffic, const Circle& circle) {
    if (peer_here >= static_cast<int>(circle.members.size())) {
      refuse(rank, traffic.group ? fmt::format("there is no rank {}; its group has {} ranks",
                                               peer_here, circle.members.size())
                                 : fmt::format("there is no rank {}; {} functions are given",
                                               peer_here, ranks_.size()));
    }
    const Apply& node = rank.nodes[rank.at];
    const int peer = circle.members[static_cast<std::size_t>(peer_here)];
    rank.sides.push_back({is_send, peer, traffic.tag, node,
                          rank.array(is_send ? node.inputs()[0] : node.outputs().back())});
    Side& side = rank.sides.back();
    if (traffic.kind == Traffic::Kind::start) rank.started.emplace(node.key(), &side);
    if (traffic.blocks()) rank.here.push_back(&side);
    const int from = is_send ? rank.number : peer, to = is_send ? peer : rank.number;
    auto& [sends, receives] = open_[{circle.origin, from, to, traffic.tag, traffic.lane}];
    (is_send ? sends : receives).push_back(&side);
    while (!sends.empty() && !receives.empty()) {
      match(*sends.front(), from, *receives.front(), to);
      sends.pop_front();
      receives.pop_front();
    }
  }

  static void match(Side& sent, int from, Side& received, int to) {
    if (!sent.array.may_equal(received.array)) {
      throw CommunicationError(fmt::format(
          "check_communication: rank {} sends {} by {} and rank {} receives {} by {}; both sides "
          "must say the same dtype and shape",
          from, sent.array.text(), place(sent.node), to, received.array.text(),
          place(received.node)));
    }
    sent.matched = received.matched = true;
  }

  // Whether RANK and all that it has to meet are where they meet; then all go on.
  bool meet(Rank& rank) {
    const auto traffic = meeting(rank);
    if (!traffic || !rank.is_here) return false;
    const Circle circle = circle_of(rank, *traffic);
    std::vector<Rank*> all;
    for (const int member : circle.members) {
      Rank& other = ranks_[static_cast<std::size_t>(member)];
      const auto its = meeting(other);
      if (!its || !other.is_here || circle_of(other, *its) != circle) return false;
      all.push_back(&other);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) agree(*all[j], *all[i]);
    }
    for (Rank* other : all) go_on(*other);
    return true;
  }

  static void agree(Rank& a, Rank& b) {
    const Apply &x = a.nodes[a.at], &y = b.nodes[b.at];
    if (x.op().text() != y.op().text()) {
      throw CommunicationError(fmt::format(
          "check_communication: rank {} is at {} and rank {} at {}; all ranks must run the same "
          "collectives in the same order",
          a.number, place(x), b.number, place(y)));
    }
    if (meeting(a)->kind == Traffic::Kind::barrier) return;
    const Array mine = a.array(x.inputs()[0]), its = b.array(y.inputs()[0]);
    if (!mine.may_equal(its)) {
      throw CommunicationError(fmt::format(
          "check_communication: rank {} gives {} to {} and rank {} {} to {}; all ranks must give "
          "the same dtype and shape",
          a.number, mine.text(), place(x), b.number, its.text(), place(y)));
    }
  }

  std::string stuck(const Rank& rank) const {
    const bool at_end = rank.at == rank.nodes.size();
    std::string text = fmt::format("rank {} is at {}", rank.number,
                                   at_end ? "its end" : place(rank.nodes[rank.at]));
    const auto without = [&](int peer) {
      return ranks_[static_cast<std::size_t>(peer)].ended()
                 ? fmt::format(", which rank {} has ended without", peer)
                 : "";
    };
    if (const auto traffic = meeting(rank)) {
      text +=
          " and waits for " + (traffic->group ? "the ranks " + detail::Ranks{traffic->group}.text()
                                              : std::string("all ranks"));
      for (const int member : circle_of(rank, *traffic).members) {
        if (const std::string why = without(member); !why.empty()) return text + why;
      }
      return text;
    }
    for (const Side* side : rank.here) {
      if (side->matched) continue;
      return text + fmt::format(" and waits for {}, started by {}{}", side->text(),
                                place(side->node), without(side->peer));
    }
    return text;
  }

  std::vector<Rank> ranks_;
  using Open = std::pair<std::deque<Side*>, std::deque<Side*>>;
  // (the circle's origin, from, to, tag, lane) -> sends, receives
  std::map<std::tuple<std::string, int, int, int, Lane>, Open> open_;
};
}  // namespace

void check_communication(const std::vector<Function>& ranks) { Simulation(ranks).run(); }
}  // namespace kroton::distributed
