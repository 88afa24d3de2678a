// SPDX-License-Identifier: BSD-3-Clause
// What the nodes of a function did, when someone asks: times, calls and bytes of each, the memory
// of a call, and the single runs as events of a trace. Threads may add at once.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::link {
// One node over all calls.
struct NodeTime {
  Apply node;
  const char* body = "";  // kernel, view, c_code, perform, interpreter, both bodies
  std::uint64_t calls = 0, nanoseconds = 0;
  std::uint64_t bytes = 0;  // of its inputs and outputs
};

class KROTON_API Recorder {
 public:
  using Clock = std::chrono::steady_clock;
  // One run of a node, or (node -1) one call of the function.
  struct Event {
    int node = -1;
    int thread = 0;  // numbered as they come
    std::uint64_t call = 0;
    Clock::time_point begin, end;
  };
  static constexpr std::size_t most_events = 200'000;

  // TRACES: events are kept, most_events of them.
  explicit Recorder(bool traces) : traces_(traces) {}
  // By the linker: the nodes in running order.
  void set_nodes(const std::vector<Apply>& order);

  void add_node(int node, const char* body, Clock::time_point begin, Clock::time_point end,
                std::uint64_t bytes);
  // More bytes of a run of NODE that was added.
  void add_bytes(int node, std::uint64_t bytes);
  void add_call(Clock::time_point begin, Clock::time_point end);
  // Bytes that one call held beside its inputs and shared variables.
  void add_memory(std::int64_t bytes);

  bool traces() const { return traces_; }
  std::uint64_t calls() const { return calls_.load(); }
  std::uint64_t nanoseconds() const { return nanoseconds_.load(); }
  std::int64_t memory() const { return memory_.load(); }
  std::vector<NodeTime> times() const;  // in running order
  std::vector<Event> events() const;

 private:
  struct Counter {
    std::atomic<const char*> body{""};
    std::atomic<std::uint64_t> calls{0}, nanoseconds{0}, bytes{0};
  };
  void add_event(int node, Clock::time_point begin, Clock::time_point end);
  const bool traces_;
  std::vector<Apply> order_;
  std::vector<Counter> counters_;
  std::atomic<std::uint64_t> calls_{0}, nanoseconds_{0};
  std::atomic<std::int64_t> memory_{0};
  mutable std::mutex lock_;
  std::vector<Event> events_;
};
}  // namespace kroton::link
