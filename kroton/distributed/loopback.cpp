// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/loopback.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <limits>
#include <map>
#include <thread>
#include <tuple>

#include "kroton/base/errors.h"
#include "kroton/distributed/communicator.h"

namespace kroton::distributed {
namespace {
// The communicator, the sender and the receiver (ranks of the world), the tag, the lane.
using Key = std::tuple<int, int, int, int, Lane>;
using Queue = std::deque<std::shared_ptr<Message>>;

struct Exchange {
  explicit Exchange(int ranks)
      : ended(static_cast<std::size_t>(ranks), 0), waiting(static_cast<std::size_t>(ranks)) {}
  std::mutex lock;
  std::condition_variable changed;
  std::map<Key, Queue> sends, receives;
  std::vector<char> ended;
  struct Waiting {
    Message* message = nullptr;
    std::string text;
  };
  std::vector<Waiting> waiting;                     // by rank of the world
  std::map<std::tuple<int, int, int>, int> splits;  // (context, how manieth, color) -> context
  int contexts = 1;
};

class Loopback final : public Communicator {
 public:
  Loopback(std::shared_ptr<Exchange> exchange, int context, std::vector<int> ranks, int rank)
      : exchange_(std::move(exchange)), context_(context), ranks_(std::move(ranks)), rank_(rank) {}
  std::string name() const override { return "loopback"; }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(ranks_.size()); }
  int most_tag() const override { return std::numeric_limits<int>::max(); }

  void wait(Message& message, std::int64_t seconds) override {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
    std::unique_lock guard(exchange_->lock);
    Exchange::Waiting& mine = exchange_->waiting[at(ranks_[at(rank_)])];
    mine = {&message, fmt::format("rank {} {}", rank_, message.text())};
    while (message.is_pending()) {
      const int peer = ranks_[at(message.peer())];
      if (exchange_->ended[at(peer)]) {
        drop(message);
        message.fail(ended_text(message));
      } else if (all_wait()) {
        fail_all();
      } else if (seconds == 0) {
        exchange_->changed.wait(guard);
      } else if (exchange_->changed.wait_until(guard, end) == std::cv_status::timeout) {
        // The message that may still come is for the next who asks.
        if (message.is_pending() && !message.is_send()) drop(message);
        break;
      }
    }
    mine = {};
  }

  std::vector<std::shared_ptr<Message>> pending() const override {
    const std::lock_guard guard(exchange_->lock);
    std::vector<std::shared_ptr<Message>> found;
    const int me = ranks_[at(rank_)];
    for (const auto& [key, queue] : exchange_->sends) {
      if (std::get<1>(key) == me) found.insert(found.end(), queue.begin(), queue.end());
    }
    for (const auto& [key, queue] : exchange_->receives) {
      if (std::get<2>(key) == me) found.insert(found.end(), queue.begin(), queue.end());
    }
    return found;
  }

  std::vector<int> members() const override { return ranks_; }

 protected:
  std::shared_ptr<Communicator> divided(int color, int key, const std::vector<int>& part) override;
  std::shared_ptr<Message> make(bool is_send, int peer, int tag, Block block, Lane lane) override {
    return std::make_shared<Message>(is_send, peer, tag, std::move(block), lane);
  }
  void start(const std::shared_ptr<Message>& message) override {
    const std::lock_guard guard(exchange_->lock);
    const Key key = key_of(*message);
    auto& partners = message->is_send() ? exchange_->receives : exchange_->sends;
    const auto found = partners.find(key);
    if (found == partners.end()) {
      (message->is_send() ? exchange_->sends : exchange_->receives)[key].push_back(message);
      return;
    }
    const std::shared_ptr<Message> partner = found->second.front();
    found->second.pop_front();
    if (found->second.empty()) partners.erase(found);
    deliver(message->is_send() ? *message : *partner, message->is_send() ? *partner : *message);
    exchange_->changed.notify_all();
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  Key key_of(const Message& message) const {
    const int me = ranks_[at(rank_)], peer = ranks_[at(message.peer())];
    return {context_, message.is_send() ? me : peer, message.is_send() ? peer : me, message.tag(),
            message.lane()};
  }
  static void deliver(Message& sent, Message& received) {
    const Label label = sent.block().label;
    if (label == received.block().label) {
      if (label.bytes() > 0) std::memcpy(received.block().data, sent.block().data, label.bytes());
      received.done();
    } else {
      received.refuse(label);
    }
    sent.done();
  }
  // Out of its queue, so that nothing is matched with it.
  void drop(const Message& message) {
    auto& queues = message.is_send() ? exchange_->sends : exchange_->receives;
    const auto found = queues.find(key_of(message));
    if (found == queues.end()) return;
    std::erase_if(found->second, [&](const auto& other) { return other.get() == &message; });
    if (found->second.empty()) queues.erase(found);
  }
  std::string ended_text(const Message& message) const {
    return message.is_send()
               ? fmt::format("rank {} has ended and never received what rank {} {}", message.peer(),
                             rank_, message.text())
               : fmt::format("rank {} has ended and sent nothing more to rank {} with tag {}",
                             message.peer(), rank_, message.tag());
  }
  bool all_wait() const {
    for (std::size_t r = 0; r < exchange_->waiting.size(); ++r) {
      const Message* message = exchange_->waiting[r].message;
      if (!exchange_->ended[r] && (!message || !message->is_pending())) return false;
    }
    return true;
  }
  void fail_all() {
    std::string text = "no rank can go on:";
    for (const Exchange::Waiting& one : exchange_->waiting) {
      if (one.message) text += (text.back() == ':' ? " " : "; ") + one.text;
    }
    for (const Exchange::Waiting& one : exchange_->waiting) {
      if (one.message) one.message->fail(text);
    }
    exchange_->sends.clear();
    exchange_->receives.clear();
    exchange_->changed.notify_all();
  }

  std::shared_ptr<Exchange> exchange_;
  int context_;
  std::vector<int> ranks_;  // of the world, by rank here
  int rank_;
  int splits_ = 0;
};

std::shared_ptr<Communicator> Loopback::divided(int color, int, const std::vector<int>& part) {
  std::vector<int> ranks;
  int rank = 0;
  for (const int r : part) {
    if (r == rank_) rank = static_cast<int>(ranks.size());
    ranks.push_back(ranks_[at(r)]);
  }
  const std::lock_guard guard(exchange_->lock);
  const auto [context, fresh] =
      exchange_->splits.try_emplace({context_, splits_++, color}, exchange_->contexts);
  exchange_->contexts += fresh;
  return std::make_shared<Loopback>(exchange_, context->second, std::move(ranks), rank);
}
}  // namespace

void loopback(int ranks, const std::function<void()>& program) {
  if (ranks < 1)
    throw ValueError(fmt::format("loopback: {} ranks are asked for; it needs 1", ranks));
  const auto exchange = std::make_shared<Exchange>(ranks);
  std::vector<int> all;
  for (int r = 0; r < ranks; ++r) all.push_back(r);
  std::exception_ptr first;
  const auto run = [&](int rank) {
    const auto communicator = std::make_shared<Loopback>(exchange, 0, all, rank);
    std::exception_ptr error;
    try {
      const WorldScope scope(communicator);
      program();
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard guard(exchange->lock);
    if (!first) first = error;
    exchange->ended[static_cast<std::size_t>(rank)] = 1;
    exchange->changed.notify_all();
  };
  std::vector<std::thread> threads;
  for (int r = 0; r < ranks; ++r) threads.emplace_back(run, r);
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}
}  // namespace kroton::distributed
