// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/around_calls.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_set>

#include "kroton/base/config.h"
#include "kroton/distributed/communicator.h"
#include "kroton/distributed/point_to_point.h"
#include "kroton/graph/feature.h"

namespace kroton::distributed {
namespace {
bool is_start(const Apply& node) { return as<MPISend>(node) || as<MPIRecv>(node); }
bool is_wait(const Apply& node) { return as<MPISendWait>(node) || as<MPIRecvWait>(node); }

void in_build_order(std::vector<Apply>& nodes) {
  std::sort(nodes.begin(), nodes.end(),
            [](const Apply& a, const Apply& b) { return a.build_order() < b.build_order(); });
}

bool concern(const FunctionGraph& fgraph) {
  const auto nodes = fgraph.apply_nodes();
  return std::any_of(nodes.begin(), nodes.end(),
                     [](const Apply& node) { return is_start(node) || is_wait(node); });
}

// Messages of one direction, partner and tag start in the order in which they were built, whatever
// else a schedule puts first: that order decides which is matched with which.
class InOrder final : public Feature {
 public:
  std::vector<std::pair<Apply, Apply>> orderings(const FunctionGraph& fgraph) const override {
    std::vector<Apply> starts;
    for (const Apply& node : fgraph.apply_nodes()) {
      if (is_start(node)) starts.push_back(node);
    }
    in_build_order(starts);
    std::map<std::tuple<bool, int, int>, Apply> last;
    std::vector<std::pair<Apply, Apply>> pairs;
    for (const Apply& node : starts) {
      const auto* sent = as<MPISend>(node);
      Apply& before = last[{sent != nullptr, sent ? sent->dest() : as<MPIRecv>(node)->source(),
                            mpi_tag_key(node)}];
      if (before) pairs.emplace_back(before, node);
      before = node;
    }
    return pairs;
  }
};

// A start whose request no wait takes gets one. What came is read behind it.
void complete(FunctionGraph& fgraph) {
  std::vector<Apply> nodes = fgraph.apply_nodes();
  in_build_order(nodes);
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

Schedule schedule() { return sort_schedule_fn(mpi_cmps); }

// What a call of this thread has under way.
struct Call {
  struct Started {
    std::shared_ptr<Communicator> communicator;
    std::shared_ptr<Message> message;
  };
  const std::unordered_set<const void*>& only_waited_for;
  std::vector<Started> borrowed;
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

  void run(std::span<const Value> inputs, std::span<Value> outputs) const override {
    const std::shared_ptr<Communicator> communicator = find_world();
    // Without one the first start says what is wrong.
    const auto alone = communicator ? std::unique_lock(communicator->exclusive())
                                    : std::unique_lock<std::recursive_mutex>();
    Call call{only_waited_for_, {}};
    const CallScope scope(call);
    try {
      program_->run(inputs, outputs);
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
                const std::shared_ptr<Message>& message, const NDArray& data) {
  const Buffer* const buffer = data.buffer();
  const bool borrowed = buffer && buffer->kind == Buffer::Kind::foreign && !buffer->owner;
  if (borrowed && call_of_thread) call_of_thread->borrowed.push_back({communicator, message});
}
bool is_only_waited_for(const Apply& node) {
  return call_of_thread && call_of_thread->only_waited_for.contains(node.key());
}
}  // namespace kroton::distributed
