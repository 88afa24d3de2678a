// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/around_calls.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/distributed/communicator.h"
#include "kroton/distributed/detail/traffic.h"
#include "kroton/distributed/point_to_point.h"
#include "kroton/graph/feature.h"

namespace kroton::distributed {
namespace {
using detail::Traffic;
using detail::traffic_of;
using Kind = Traffic::Kind;

bool is_start(const Apply& node) { return as<MPISend>(node) || as<MPIRecv>(node); }
bool is_wait(const Apply& node) { return as<MPISendWait>(node) || as<MPIRecvWait>(node); }

bool concern(const FunctionGraph& fgraph) {
  const auto nodes = fgraph.apply_nodes();
  return std::any_of(nodes.begin(), nodes.end(),
                     [](const Apply& node) { return traffic_of(node).has_value(); });
}

// Messages of one direction, partner, tag and lane start in the order in which they were built,
// whatever else a schedule puts first: that order decides which is matched with which. So do all
// that wait for other ranks, for those wait in their order too.
class InOrder final : public Feature {
 public:
  std::vector<std::pair<Apply, Apply>> orderings(const FunctionGraph& fgraph) const override {
    std::map<std::tuple<const Communicator*, bool, int, int, Lane>, Apply> last;
    Apply last_blocking;
    std::vector<std::pair<Apply, Apply>> pairs;
    const auto behind = [&](Apply& before, const Apply& node) {
      if (before) pairs.emplace_back(before, node);
      before = node;
    };
    for (const Apply& node : in_order(fgraph)) {
      const Traffic traffic = *traffic_of(node);
      if (traffic.kind == Kind::wait) continue;
      if (traffic.blocks()) behind(last_blocking, node);
      const Communicator* const group = traffic.group.get();
      if (traffic.dest >= 0)
        behind(last[{group, true, traffic.dest, traffic.tag, traffic.lane}], node);
      if (traffic.source >= 0)
        behind(last[{group, false, traffic.source, traffic.tag, traffic.lane}], node);
    }
    return pairs;
  }

 private:
  // Nodes that communicate, by build order, but behind what they depend on: givens may have put a
  // later one before an earlier one.
  static std::vector<Apply> in_order(const FunctionGraph& fgraph) {
    std::unordered_map<const void*, std::size_t> missing;  // inputs that are not yet computed
    using Entry = std::pair<std::uint64_t, std::size_t>;   // (build order, or 0; position)
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    const std::vector<Apply> nodes = fgraph.apply_nodes();
    std::unordered_map<const void*, std::size_t> position;
    const auto enter = [&](std::size_t n) {
      ready.emplace(traffic_of(nodes[n]) ? nodes[n].build_order() + 1 : 0, n);
    };
    for (std::size_t n = 0; n < nodes.size(); ++n) position.emplace(nodes[n].key(), n);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      std::size_t& count = missing[nodes[n].key()];
      for (const Variable& input : nodes[n].inputs())
        count += input.owner() && position.contains(input.owner().key());
      if (count == 0) enter(n);
    }
    std::vector<Apply> order;
    while (!ready.empty()) {
      const auto [build_order, n] = ready.top();
      ready.pop();
      if (build_order > 0) order.push_back(nodes[n]);
      for (const Variable& output : nodes[n].outputs()) {
        for (const Client& use : fgraph.clients(output)) {
          if (use.node && --missing[use.node.key()] == 0) enter(position.at(use.node.key()));
        }
      }
    }
    return order;
  }
};

// A start whose request no wait takes gets one. What came is read behind it.
void complete(FunctionGraph& fgraph) {
  std::vector<Apply> nodes = fgraph.apply_nodes();
  std::sort(nodes.begin(), nodes.end(),
            [](const Apply& a, const Apply& b) { return a.build_order() < b.build_order(); });
  for (const Apply& node : nodes) {
    if (!is_start(node)) continue;
    const Variable request = node.outputs()[0], data = node.outputs()[1];
    const auto& uses = fgraph.clients(request);
    if (std::any_of(uses.begin(), uses.end(), [](const auto& use) { return is_wait(use.node); }))
      continue;
    const int tag = mpi_tag_key(node);
    const Variable done = as<MPISend>(node)
                              ? MPISendWait(tag).make_node({request, data}).outputs()[0]
                              : MPIRecvWait(tag).make_node({request, data}).outputs()[0];
    done.owner().set_line(node.line());
    fgraph.add_action(done);
    if (as<MPIRecv>(node)) fgraph.replace(data, done, "messages");
  }
  fgraph.attach(std::make_shared<InOrder>());
}

// As mpi_send_wait_key, with the ops beside the four: what blocks comes late, like waits.
int start_wait_key(const Apply& node) {
  const auto traffic = traffic_of(node);
  if (!traffic) return 0;
  return traffic->kind == Kind::start || traffic->kind == Kind::send ? -1 : 1;
}
Schedule schedule() {
  return sort_schedule_fn(std::vector<NodeComparator>{key_to_cmp(&start_wait_key), mpi_tag_cmp});
}

// What a call of this thread has under way.
struct Call {
  struct Started {
    std::shared_ptr<Communicator> communicator;
    std::shared_ptr<Message> message;
    std::string who = {};
  };
  const std::unordered_set<const void*>& only_waited_for;
  std::vector<Started> borrowed;  // what an error must not leave behind
  std::vector<Started> sent;      // what the end of the call waits for
};
thread_local Call* call_of_thread = nullptr;

class CallScope {
 public:
  explicit CallScope(Call& call) : outer_(std::exchange(call_of_thread, &call)) {}
  ~CallScope() { call_of_thread = outer_; }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  Call* outer_;
};

class CommunicatingProgram final : public link::Program {
 public:
  CommunicatingProgram(std::shared_ptr<const link::Program> program, const FunctionGraph& fgraph)
      : program_(std::move(program)) {
    for (const Apply& node : fgraph.apply_nodes()) {
      if (!as<MPIRecv>(node) || fgraph.is_output(node.outputs()[1])) continue;
      const auto& uses = fgraph.clients(node.outputs()[1]);
      if (std::all_of(uses.begin(), uses.end(), [](const auto& use) { return is_wait(use.node); }))
        only_waited_for_.insert(node.key());
    }
  }

  void run(std::span<Value> inputs, std::span<Value> outputs) const override {
    const std::shared_ptr<Communicator> communicator = find_world();
    // Without one the first start says what is wrong.
    const auto alone = communicator ? std::unique_lock(communicator->exclusive())
                                    : std::unique_lock<std::recursive_mutex>();
    Call call{only_waited_for_, {}, {}};
    const CallScope scope(call);
    try {
      program_->run(inputs, outputs);
      for (const Call::Started& started : call.sent)
        finish(*started.communicator, *started.message, started.who);
    } catch (...) {
      for (const Call::Started& started : call.borrowed) {
        if (started.message->is_pending())
          started.communicator->wait(*started.message, base::config().mpi_timeout());
      }
      throw;
    }
  }

 private:
  std::shared_ptr<const link::Program> program_;
  std::unordered_set<const void*> only_waited_for_;
};

std::shared_ptr<const link::Program> surround(std::shared_ptr<const link::Program> program,
                                              const FunctionGraph& fgraph) {
  return std::make_shared<const CommunicatingProgram>(std::move(program), fgraph);
}
}  // namespace

Surroundings communicating_functions() {
  return {"distributed", &concern, &complete, &schedule, &surround};
}

void note_start(const std::shared_ptr<Communicator>& communicator,
                const std::shared_ptr<Message>& message, const Value& data) {
  const Buffer* const buffer = data.is_array() ? data.as<NDArray>().buffer() : nullptr;
  const bool borrowed = buffer && buffer->kind == Buffer::Kind::foreign && !buffer->owner;
  if (borrowed && call_of_thread) call_of_thread->borrowed.push_back({communicator, message, {}});
}
void note_send(const std::shared_ptr<Communicator>& communicator,
               const std::shared_ptr<Message>& message, std::string who) {
  // Outside of a function, as in tests of an op, nobody waits: the message holds a copy.
  if (call_of_thread) call_of_thread->sent.push_back({communicator, message, std::move(who)});
}
bool is_only_waited_for(const Apply& node) {
  return call_of_thread && call_of_thread->only_waited_for.contains(node.key());
}
}  // namespace kroton::distributed
