// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/recorder.h"

namespace kroton::link {
namespace {
std::uint64_t spent(Recorder::Clock::time_point begin, Recorder::Clock::time_point end) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(end - begin).count());
}
int this_thread() {
  static std::atomic<int> next{0};
  thread_local const int number = next.fetch_add(1);
  return number;
}
}  // namespace

void Recorder::set_nodes(const std::vector<Apply>& order) {
  order_ = order;
  counters_ = std::vector<Counter>(order.size());
}

void Recorder::add_node(int node, const char* body, Clock::time_point begin, Clock::time_point end,
                        std::uint64_t bytes) {
  Counter& counter = counters_[static_cast<std::size_t>(node)];
  counter.body.store(body, std::memory_order_relaxed);
  counter.calls.fetch_add(1, std::memory_order_relaxed);
  counter.nanoseconds.fetch_add(spent(begin, end), std::memory_order_relaxed);
  counter.bytes.fetch_add(bytes, std::memory_order_relaxed);
  if (traces_) add_event(node, begin, end);
}

void Recorder::add_bytes(int node, std::uint64_t bytes) {
  counters_[static_cast<std::size_t>(node)].bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void Recorder::add_call(Clock::time_point begin, Clock::time_point end) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(spent(begin, end), std::memory_order_relaxed);
  if (traces_) add_event(-1, begin, end);
}

void Recorder::add_memory(std::int64_t bytes) {
  std::int64_t most = memory_.load(std::memory_order_relaxed);
  while (most < bytes && !memory_.compare_exchange_weak(most, bytes)) {
  }
}

void Recorder::add_event(int node, Clock::time_point begin, Clock::time_point end) {
  const std::lock_guard guard(lock_);
  if (events_.size() < most_events)
    events_.push_back({node, this_thread(), calls_.load(), begin, end});
}

std::vector<NodeTime> Recorder::times() const {
  std::vector<NodeTime> all;
  for (std::size_t n = 0; n < order_.size(); ++n) {
    const Counter& counter = counters_[n];
    all.push_back({order_[n], counter.body.load(), counter.calls.load(), counter.nanoseconds.load(),
                   counter.bytes.load()});
  }
  return all;
}

std::vector<Recorder::Event> Recorder::events() const {
  const std::lock_guard guard(lock_);
  return events_;
}
}  // namespace kroton::link
