// SPDX-License-Identifier: BSD-3-Clause
// How ranks end. A rank that ends tells all others, so that whoever waits for it stops waiting.
// Then it waits until all have ended, takes in what was sent to it and never received, and leaves
// together with them: no rank is left in a send that nobody will receive, and MPI is finalised
// without a message.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/distributed/detail/mpi_engine.h"

namespace kroton::distributed::detail {
void MpiEngine::hear_ends() {
  for (;;) {
    int there = 0, source = 0, tag = 0, bytes = 0;
    const MpiChannel& world = world_channel();
    library_.check(mpi_.probe(most_tag_ + 1, 0, world.data(), &there, &source, &tag, &bytes),
                   "MPI_Iprobe");
    if (!there) return;
    kroton_mpi_request request = 0;
    library_.check(mpi_.irecv(nullptr, 0, source, tag, world.data(), &request), "MPI_Irecv");
    while (!test(request)) {
    }
    ended_[static_cast<std::size_t>(source)] = 1;
    ++ends_;
  }
}

void MpiEngine::fail_if_peer_ended(MpiMessage& message) {
  const int peer = message.channel.world[static_cast<std::size_t>(message.peer())];
  if (!ended_[static_cast<std::size_t>(peer)]) return;
  // What was sent before the end is here, or nearly: MPI orders messages of one communicator only.
  const auto enough = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  while (message.is_pending() && std::chrono::steady_clock::now() < enough) {
    advance_all();
    std::this_thread::yield();
  }
  if (!message.is_pending() || message.phase == MpiMessage::Phase::data) return;
  message.fail(message.is_send()
                   ? fmt::format("rank {} has ended and never received what rank {} {}",
                                 message.peer(), message.channel.rank, message.text())
                   : fmt::format("rank {} has ended and sent nothing more to rank {} with tag {}",
                                 message.peer(), message.channel.rank, message.tag()));
}

void MpiEngine::say_end() {
  const MpiChannel& world = world_channel();
  std::vector<kroton_mpi_request> requests;
  for (int r = 0; r < world.size; ++r) {
    if (r == world.rank) continue;
    requests.push_back(0);
    library_.check(mpi_.isend(nullptr, 0, r, most_tag_ + 1, world.data(), &requests.back()),
                   "MPI_Isend");
  }
  ++ends_;
  // Empty messages are through at once.
  for (kroton_mpi_request& request : requests) {
    while (!test(request)) {
    }
  }
}

// What came and nobody receives.
void MpiEngine::drain() {
  for (const auto& channel : channels_) {
    for (std::size_t lane = 0; lane < lane_count; ++lane) {
      for (;;) {
        int there = 0, source = 0, tag = 0, bytes = 0;
        library_.check(mpi_.probe(0, 1, channel->frame_comms[lane], &there, &source, &tag, &bytes),
                       "MPI_Iprobe");
        if (!there) break;
        drain_one(*channel, static_cast<Lane>(lane), source, tag);
      }
    }
  }
}

void MpiEngine::drain_one(const MpiChannel& channel, Lane lane, int source, int tag) {
  // A receive of just this, into memory that fits nothing: the message is taken in and refused.
  Block nowhere;
  nowhere.label.shape = {-1};
  const auto message = std::make_shared<MpiMessage>(false, source, tag, nowhere, lane, channel);
  start_receive(message);
  while (message->phase != MpiMessage::Phase::over) {
    advance_all();
    advance(*message);
  }
  base::log(
      base::LogLevel::warning,
      fmt::format("messages: rank {} has ended and never received {} from rank {} with tag {}",
                  channel.rank, message->said.text(), source, tag));
}

void MpiEngine::stop_helper() {
  {
    const Lock guard(lock_);
    stopping_ = true;
    large_started_.notify_all();
  }
  if (helper_.joinable()) helper_.join();
}

void MpiEngine::end() {
  stop_helper();
  const Lock guard(lock_);
  say_end();
  while (ends_ < world_channel().size) {
    hear_ends();
    if (!advance_all()) ::usleep(100);
  }
  const auto sends = [&] {
    return std::any_of(active_.begin(), active_.end(),
                       [](const auto& message) { return message->is_send(); });
  };
  while (sends()) {
    drain();
    if (!advance_all()) ::usleep(100);
  }
  kroton_mpi_request all_here = 0;
  library_.check(mpi_.start_barrier(world_channel().frames(), &all_here), "MPI_Ibarrier");
  while (!test(all_here)) {
    drain();
    if (!advance_all()) ::usleep(100);
  }
  drain();
  for (const auto& message : active_) {
    int cancelled = 0;
    if (!message->frame_done) mpi_.cancel(&message->frame_request, &cancelled);
  }
  active_.clear();
}

// Large messages need somebody who calls MPI while the program computes.
void MpiEngine::run_helper() {
  Lock guard(lock_);
  try {
    keep_moving(guard);
  } catch (const Error& error) {
    // Who waits for the message meets the same error.
    base::log(base::LogLevel::error, error.what());
  }
}

void MpiEngine::keep_moving(Lock& guard) {
  while (!stopping_) {
    if (large_ == 0) {
      large_started_.wait(guard);
      continue;
    }
    const bool somebody_waits = waiters_.load() > 0;
    const bool moved = !somebody_waits && advance_all();
    const bool in_data = std::any_of(active_.begin(), active_.end(), [](const auto& message) {
      return message->phase == MpiMessage::Phase::data;
    });
    guard.unlock();
    if (!moved && in_data && !somebody_waits) {
      std::this_thread::yield();
    } else if (!moved) {
      ::usleep(20);
    }
    guard.lock();
  }
}
}  // namespace kroton::distributed::detail
