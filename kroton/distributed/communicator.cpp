// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/communicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/distributed/detail/mpi_world.h"

namespace kroton::distributed {
std::size_t Label::bytes() const {
  std::size_t count = itemsize(dtype);
  for (const std::int64_t n : shape) count *= static_cast<std::size_t>(n);
  return count;
}
std::string Label::text() const { return kroton::name(dtype) + " " + shape_text(shape); }

Block block_of(const Value& array) {
  if (array.is_array_elsewhere()) {
    return {array.address_elsewhere(), {array.dtype_elsewhere(), array.array_shape()}, array};
  }
  const NDArray given = array, whole = given.is_c_contiguous() ? given : given.copy();
  return {whole.raw(), {whole.dtype(), whole.shape()}, whole};
}

std::string field_text(Lane lane) {
  constexpr const char* words[lane_count] = {"messages", "values", "gradients", "collectives"};
  return words[static_cast<std::size_t>(lane)];
}

Message::Message(bool is_send, int peer, int tag, Block block, Lane lane)
    : is_send_(is_send), peer_(peer), tag_(tag), lane_(lane), block_(std::move(block)) {}
Message::~Message() = default;

std::string Message::text() const {
  return fmt::format("{} {} {} rank {} with tag {}", is_send_ ? "sends" : "receives",
                     block_.label.text(), is_send_ ? "to" : "from", peer_, tag_);
}
void Message::settle(State state) {
  block_.kept = Value();
  if (state != State::done) target_ = Value();
  state_.store(state, std::memory_order_release);
}
void Message::done() { settle(State::done); }
void Message::refuse(Label other) {
  other_ = std::move(other);
  settle(State::refused);
}
void Message::fail(std::string why) {
  why_ = std::move(why);
  settle(State::failed);
}
void Message::stage(NDArray host, Value target) {
  staged_ = std::move(host);
  target_ = std::move(target);
}
void Message::land() {
  const Value target = std::exchange(target_, Value());
  const NDArray host = std::exchange(staged_, NDArray());
  if (!target.empty()) target.write_elsewhere(host);
}

Communicator::~Communicator() = default;

std::string Communicator::objection(int peer, int tag) const {
  if (peer < 0 || peer >= size()) {
    return fmt::format("there is no rank {}; {} has {} {}, 0 to {}", peer, name(), size(),
                       size() == 1 ? "rank" : "ranks", size() - 1);
  }
  if (tag < 0 || tag > most_tag())
    return fmt::format("the tag is {}; {} takes 0 to {}", tag, name(), most_tag());
  return "";
}

std::shared_ptr<Message> Communicator::launch(bool is_send, Block block, int peer, int tag,
                                              Lane lane) {
  const std::string why = objection(peer, tag);
  if (!why.empty()) throw CommunicationError((is_send ? "send: " : "receive: ") + why);
  NDArray host;
  Value target;
  if (block.is_elsewhere() && !(block.data && takes_device_memory())) {
    target = block.kept;
    host = is_send ? NDArray(target) : NDArray::empty(block.label.shape, block.label.dtype);
    block = block_of(host);
  }
  const std::shared_ptr<Message> message = make(is_send, peer, tag, std::move(block), lane);
  if (!is_send && !target.empty()) message->stage(host, target);
  start(message);
  return message;
}
std::shared_ptr<Message> Communicator::send(Block block, int dest, int tag, Lane lane) {
  return launch(true, std::move(block), dest, tag, lane);
}
std::shared_ptr<Message> Communicator::receive(Block block, int source, int tag, Lane lane) {
  return launch(false, std::move(block), source, tag, lane);
}

// Rank 0 hears everyone's color and key and tells everyone all of them.
std::shared_ptr<Communicator> Communicator::split(int color, int key) {
  constexpr int tag = 0;
  const std::string who = "split";
  const int me = rank(), count = size();
  NDArray table = NDArray::zeros({count, 2}, int64);
  const NDArray mine = array<std::int64_t>({color, key});
  if (me == 0) {
    std::memcpy(table.raw(), mine.raw(), mine.nbytes());
    for (int r = 1; r < count; ++r)
      finish(*this, *receive(block_of(table.slice({r})), r, tag, Lane::collectives), who);
    for (int r = 1; r < count; ++r)
      finish(*this, *send(block_of(table), r, tag, Lane::collectives), who);
  } else {
    finish(*this, *send(block_of(mine), 0, tag, Lane::collectives), who);
    finish(*this, *receive(block_of(table), 0, tag, Lane::collectives), who);
  }
  std::vector<std::pair<std::int64_t, int>> order;  // (key, rank here)
  for (int r = 0; r < count; ++r) {
    if (table.at<std::int64_t>({r, 0}) == color)
      order.emplace_back(table.at<std::int64_t>({r, 1}), r);
  }
  std::sort(order.begin(), order.end());
  std::vector<int> part;
  for (const auto& [first, r] : order) part.push_back(r);
  std::shared_ptr<Communicator> made = divided(color, key, part);
  made->origin_ = fmt::format("{}/{}:{}", origin_, splits_++, color);
  return made;
}

namespace {
std::string waits_for(const Communicator& communicator) {
  std::string text;
  for (const auto& message : communicator.pending())
    text += (text.empty() ? "" : "; ") + message->text();
  return text.empty() ? "nothing" : text;
}
}  // namespace

void finish(Communicator& communicator, Message& message, const std::string& who) {
  const std::int64_t seconds = base::config().mpi_timeout();
  if (message.is_pending()) communicator.wait(message, seconds);
  switch (message.state()) {
    case Message::State::done:
      return message.land();
    case Message::State::refused:
      throw CommunicationError(fmt::format(
          "{}: rank {} sent {} with tag {} and rank {} receives {}; both sides must say the same "
          "dtype and shape",
          who, message.peer(), message.other().text(), message.tag(), communicator.rank(),
          message.block().label.text()));
    case Message::State::failed:
      throw CommunicationError(who + ": " + message.why());
    case Message::State::pending:
      throw CommunicationError(fmt::format(
          "{}: rank {} {} {} rank {} with tag {} for {} s (the flag mpi_timeout); what else this "
          "rank has under way: {}",
          who, communicator.rank(), message.is_send() ? "has offered a message" : "has waited",
          message.is_send() ? "to" : "for a message from", message.peer(), message.tag(), seconds,
          waits_for(communicator)));
  }
}

namespace {
thread_local std::shared_ptr<Communicator> world_of_thread;
}  // namespace

WorldScope::WorldScope(std::shared_ptr<Communicator> communicator)
    : old_(std::exchange(world_of_thread, std::move(communicator))) {}
WorldScope::~WorldScope() { world_of_thread = std::move(old_); }

std::shared_ptr<Communicator> find_world(std::string* why_not) {
  return world_of_thread ? world_of_thread : detail::mpi_world(why_not);
}
const std::shared_ptr<Communicator>& world() {
  if (world_of_thread) return world_of_thread;
  std::string why;
  // Kept for the thread, which asks for it at each message.
  static thread_local std::shared_ptr<Communicator> mpi;
  if (!mpi) mpi = detail::mpi_world(&why);
  if (!mpi) throw CommunicationError(why);
  return mpi;
}
}  // namespace kroton::distributed
