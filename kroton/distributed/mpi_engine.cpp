// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/signals.h"

namespace kroton::distributed::detail {
namespace {
using Clock = std::chrono::steady_clock;
// Below what the MPIs send without asking the receiver first.
constexpr std::size_t frame_bytes = 3072;
// Counts of MPI are ints.
constexpr std::size_t part_bytes = std::size_t{1} << 30;
// Smaller ones are through before a helper would have woken up.
constexpr std::size_t large_bytes = 64 << 10;
constexpr std::uint32_t magic = 0x4b524f54;

struct Head {
  std::uint32_t mark = magic;
  std::uint16_t dtype = 0, ndim = 0;
  std::uint32_t inlined = 0, unused = 0;
};
std::size_t head_bytes(const Label& label) {
  return sizeof(Head) + label.shape.size() * sizeof(std::int64_t);
}

struct Frame {
  Label label;
  bool inlined = false;
  const std::byte* data = nullptr;
};
Frame read(const std::byte* bytes) {
  Head head;
  std::memcpy(&head, bytes, sizeof head);
  KROTON_CHECK(head.mark == magic);
  Frame frame;
  frame.label.dtype = static_cast<DType>(head.dtype);
  frame.label.shape = Shape(head.ndim);
  std::copy_n(bytes + sizeof head, head.ndim * sizeof(std::int64_t),
              std::as_writable_bytes(std::span(frame.label.shape)).data());
  frame.inlined = head.inlined != 0;
  frame.data = bytes + head_bytes(frame.label);
  return frame;
}
}  // namespace

MpiEngine::MpiEngine(MpiLibrary library) : library_(std::move(library)), mpi_(*library_.calls) {
  auto world = std::make_unique<MpiChannel>(make_world());
  ended_.resize(static_cast<std::size_t>(world->size));
  library_.check(mpi_.most_tag(world->frames(), &most_tag_), "MPI_Comm_get_attr");
  --most_tag_;  // the highest says that a rank has ended
  channels_.push_back(std::move(world));
}

MpiChannel MpiEngine::make_world() {
  MpiChannel world;
  const auto end = Clock::now() + std::chrono::seconds(base::config().mpi_timeout());
  // Not the blocking call: a rank that never asks for messages would hang all others.
  std::vector<kroton_mpi_comm*> copies;
  for (auto* comms : {&world.frame_comms, &world.data_comms}) {
    for (kroton_mpi_comm& comm : *comms) copies.push_back(&comm);
  }
  for (kroton_mpi_comm* copy : copies) {
    kroton_mpi_request request = 0;
    library_.check(mpi_.start_dup(mpi_.comm_world(), copy, &request), "MPI_Comm_idup");
    while (!test(request)) {
      ::usleep(100);
      if (base::config().mpi_timeout() == 0 || Clock::now() < end) continue;
      throw CommunicationError(
          fmt::format("messages: not every rank of {} has come within {} s (the flag mpi_timeout); "
                      "each has to call mpi_enabled() or a function with messages",
                      library_.name, base::config().mpi_timeout()));
    }
  }
  fill(world);
  return world;
}

void MpiEngine::fill(MpiChannel& channel) const {
  for (const auto* comms : {&channel.frame_comms, &channel.data_comms}) {
    for (const kroton_mpi_comm comm : *comms)
      library_.check(mpi_.return_errors(comm), "MPI_Comm_set_errhandler");
  }
  library_.check(mpi_.rank(channel.frames(), &channel.rank), "MPI_Comm_rank");
  library_.check(mpi_.size(channel.frames(), &channel.size), "MPI_Comm_size");
  for (int r = 0; r < channel.size; ++r) {
    int in_world = r;
    library_.check(mpi_.world_rank(channel.frames(), r, &in_world), "MPI_Group_translate_ranks");
    channel.world.push_back(in_world);
  }
}

const MpiChannel& MpiEngine::split(const MpiChannel& channel, int color, int key) {
  const Lock guard(lock_);
  auto part = std::make_unique<MpiChannel>();
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    library_.check(mpi_.split(channel.frame_comms[lane], color, key, &part->frame_comms[lane]),
                   "MPI_Comm_split");
    library_.check(mpi_.split(channel.data_comms[lane], color, key, &part->data_comms[lane]),
                   "MPI_Comm_split");
  }
  fill(*part);
  channels_.push_back(std::move(part));
  return *channels_.back();
}

bool MpiEngine::test(kroton_mpi_request& request) {
  int done = 0;
  library_.check(mpi_.test(&request, &done, nullptr), "MPI_Test");
  return done != 0;
}

// Isend or Irecv of all parts of a message's data.
template <class Call>
static void start_parts(std::byte* data, std::size_t bytes, std::vector<kroton_mpi_request>& parts,
                        Call call) {
  for (std::size_t at = 0; at < bytes; at += part_bytes) {
    parts.push_back(0);
    call(data + at, static_cast<int>(std::min(part_bytes, bytes - at)), &parts.back());
  }
}

void MpiEngine::start(const std::shared_ptr<MpiMessage>& message) {
  const Lock guard(lock_);
  if (message->is_send()) {
    start_send(*message);
    // Small ones are out of the user's memory at once.
    advance(*message);
    if (!message->is_pending()) return;
  } else {
    start_receive(message);
  }
  active_.push_back(message);
  if (message->block().label.bytes() < large_bytes || library_.threads != kroton_mpi_multiple ||
      !base::config().mpi_progress())
    return;
  ++large_;
  message->is_large = true;
  if (!helper_.joinable()) {
    const base::SignalsBlocked blocked;
    helper_ = std::thread([this] { run_helper(); });
  }
  large_started_.notify_one();
}

void MpiEngine::start_send(MpiMessage& message) {
  const Block& block = message.block();
  const std::size_t bytes = block.label.bytes(), head = head_bytes(block.label);
  Head words;
  words.dtype = static_cast<std::uint16_t>(block.label.dtype);
  words.ndim = static_cast<std::uint16_t>(block.label.shape.size());
  words.inlined = !block.is_elsewhere() && head + bytes <= frame_bytes;
  KROTON_CHECK(head <= frame_bytes);
  const std::size_t length = head + (words.inlined ? bytes : 0);
  message.frame = std::make_unique_for_overwrite<std::byte[]>(length);
  std::memcpy(message.frame.get(), &words, sizeof words);
  std::ranges::copy(std::as_bytes(std::span(block.label.shape)),
                    message.frame.get() + sizeof words);
  const MpiChannel& channel = message.channel;
  if (words.inlined && bytes > 0) std::memcpy(message.frame.get() + head, block.data, bytes);
  library_.check(mpi_.isend(message.frame.get(), static_cast<int>(length), message.peer(),
                            message.tag(), channel.frames(message.lane()), &message.frame_request),
                 "MPI_Isend");
  if (words.inlined) return;
  start_parts(static_cast<std::byte*>(block.data), bytes, message.parts,
              [&](const std::byte* data, int count, kroton_mpi_request* request) {
                library_.check(mpi_.isend(data, count, message.peer(), message.tag(),
                                          channel.data(message.lane()), request),
                               "MPI_Isend");
              });
}

void MpiEngine::start_receive(const std::shared_ptr<MpiMessage>& message) {
  message->frame = std::make_unique_for_overwrite<std::byte[]>(frame_bytes);
  std::weak_ptr<MpiMessage>& last = last_receive_[key_of(*message)];
  message->before = last.lock();
  last = message;
  library_.check(
      mpi_.irecv(message->frame.get(), static_cast<int>(frame_bytes), message->peer(),
                 message->tag(), message->channel.frames(message->lane()), &message->frame_request),
      "MPI_Irecv");
}

bool MpiEngine::advance(MpiMessage& message) {
  using Phase = MpiMessage::Phase;
  if (!message.frame_done) {
    // Data is asked for in the order of the frames.
    if (message.before && message.before->phase == Phase::frame) return false;
    message.before.reset();
    message.frame_done = test(message.frame_request);
    if (!message.frame_done) {
      if (!message.is_send()) return false;
    } else if (!message.is_send()) {
      read_frame(message);
    }
  }
  std::erase_if(message.parts, [&](kroton_mpi_request& part) { return test(part); });
  if (!message.frame_done || !message.parts.empty()) return false;
  if (!message.is_send()) {
    finish_receive(message);
  } else if (message.is_pending()) {
    message.done();
  }
  message.phase = Phase::over;
  message.memory = Value();
  return true;
}

void MpiEngine::read_frame(MpiMessage& message) {
  const Frame frame = read(message.frame.get());
  message.said = frame.label;
  message.phase = MpiMessage::Phase::data;
  const Block& block = message.block();
  const std::size_t bytes = frame.label.bytes();
  const bool fits = frame.label == block.label;
  if (frame.inlined) {
    if (!fits || bytes == 0) return;
    void* to = block.data;
    if (message.memory.is_array_elsewhere()) {
      const NDArray host = NDArray::empty(block.label.shape, block.label.dtype);
      message.stage(host, message.memory);
      to = host.raw();
    }
    std::memcpy(to, frame.data, bytes);
    return;
  }
  if (!fits) message.scratch = NDArray::empty({static_cast<std::int64_t>(bytes)}, uint8);
  start_parts(static_cast<std::byte*>(fits ? block.data : message.scratch.raw()), bytes,
              message.parts, [&](std::byte* data, int count, kroton_mpi_request* request) {
                library_.check(mpi_.irecv(data, count, message.peer(), message.tag(),
                                          message.channel.data(message.lane()), request),
                               "MPI_Irecv");
              });
}

void MpiEngine::finish_receive(MpiMessage& message) {
  message.scratch = NDArray();
  const auto found = last_receive_.find(key_of(message));
  if (found != last_receive_.end() && found->second.lock().get() == &message)
    last_receive_.erase(found);
  // Given up by its waiter, the message was only taken out of the way.
  if (!message.is_pending()) return;
  if (message.said == message.block().label) {
    message.done();
  } else {
    message.refuse(message.said);
  }
}

// Nobody waits for it any more: the message that may still come is for the next who asks.
void MpiEngine::withdraw(MpiMessage& message) {
  if (message.is_send() || message.frame_done) return;
  int cancelled = 0;
  library_.check(mpi_.cancel(&message.frame_request, &cancelled), "MPI_Cancel");
  if (!cancelled) return;  // it came just now
  message.frame_done = true;
  message.phase = MpiMessage::Phase::over;
  message.memory = Value();
  message.before.reset();
  std::erase_if(active_, [&](const auto& active) { return active.get() == &message; });
  large_ -= message.is_large;
}

bool MpiEngine::advance_all() {
  bool any = false;
  for (const auto& message : active_) any |= advance(*message);
  if (!any) return false;
  std::erase_if(active_, [&](const auto& message) {
    if (message->phase != MpiMessage::Phase::over) return false;
    large_ -= message->is_large;
    return true;
  });
  return true;
}

namespace {
// While somebody waits, the helper does not compete for MPI.
class Waiting {
 public:
  explicit Waiting(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Waiting() { --count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::atomic<int>& count_;
};
}  // namespace

void MpiEngine::wait(MpiMessage& message, std::int64_t seconds) {
  const Clock::time_point begin = Clock::now(), end = begin + std::chrono::seconds(seconds);
  Clock::time_point heard = begin;
  const Waiting waiting(waiters_);
  for (std::uint64_t turn = 1; message.is_pending(); ++turn) {
    {
      const Lock guard(lock_);
      advance_all();
      if (!message.is_pending()) break;
    }
    if (turn % 64) continue;
    const Clock::time_point now = Clock::now();
    if (seconds > 0 && now > end) {
      const Lock guard(lock_);
      withdraw(message);
      break;
    }
    if (now - heard > std::chrono::milliseconds(2)) {
      const Lock guard(lock_);
      heard = now;
      hear_ends();
      fail_if_peer_ended(message);
    }
    // Others may need the core: ranks, or what computes what is waited for.
    if (now - begin > std::chrono::milliseconds(200)) {
      ::usleep(50);
    } else if (now - begin > std::chrono::microseconds(100)) {
      std::this_thread::yield();
    }
  }
}

std::vector<std::shared_ptr<Message>> MpiEngine::pending() const {
  const Lock guard(lock_);
  std::vector<std::shared_ptr<Message>> all;
  for (const auto& message : active_) {
    if (message->is_pending()) all.push_back(message);
  }
  return all;
}
}  // namespace kroton::distributed::detail
