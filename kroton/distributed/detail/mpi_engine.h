// SPDX-License-Identifier: BSD-3-Clause
// How messages travel by MPI. A message is a frame (what it says of itself and, when it is small,
// its data) and, when it is large, its data behind it, straight from and into the user's memory.
// The receiver posts room for the frame when the receive starts, and for the data when the frame
// has told how much will come: so MPI never meets a message that is longer than its place, and no
// extra round trip is made. Frames and data have communicators of their own, copies of the
// program's.
#pragma once
#include <array>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

#include "kroton/distributed/communicator.h"
#include "kroton/distributed/detail/mpi_library.h"

namespace kroton::distributed::detail {
// The communicators that one of ours stands for, by lane.
struct MpiChannel {
  std::array<kroton_mpi_comm, lane_count> frame_comms = {}, data_comms = {};
  kroton_mpi_comm frames(Lane lane = Lane::messages) const {
    return frame_comms[static_cast<std::size_t>(lane)];
  }
  kroton_mpi_comm data(Lane lane = Lane::messages) const {
    return data_comms[static_cast<std::size_t>(lane)];
  }
  int rank = 0, size = 1;
  std::vector<int> world;  // ranks of the world, by rank here
};

class MpiMessage final : public Message {
 public:
  MpiMessage(bool is_send, int peer, int tag, Block block, Lane lane, const MpiChannel& channel)
      : Message(is_send, peer, tag, block, lane), channel(channel), memory(std::move(block.kept)) {}
  enum class Phase { frame, data, over };
  const MpiChannel& channel;
  Value memory;  // until MPI is through with it, also when its waiter gave up
  Phase phase = Phase::frame;
  std::unique_ptr<std::byte[]> frame;
  kroton_mpi_request frame_request = 0;
  bool frame_done = false;
  std::vector<kroton_mpi_request> parts;  // of the data, those not yet done
  std::shared_ptr<MpiMessage> before;     // the receive whose frame comes first
  Label said;                             // by the sender
  NDArray scratch;                        // for data that does not fit
  bool is_large = false;                  // the helper moves it on
  using Message::stage;
};

class MpiEngine {
 public:
  explicit MpiEngine(MpiLibrary library);
  const MpiLibrary& library() const { return library_; }
  int most_tag() const { return most_tag_; }
  const MpiChannel& world_channel() const { return *channels_.front(); }
  const MpiChannel& split(const MpiChannel& channel, int color, int key);

  void start(const std::shared_ptr<MpiMessage>& message);
  // Until MESSAGE is over or SECONDS (0: no end) have passed.
  void wait(MpiMessage& message, std::int64_t seconds);
  std::vector<std::shared_ptr<Message>> pending() const;
  // When MPI is finalised: waits for all ranks, until nothing is under way between them.
  void end();

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Key = std::tuple<const MpiChannel*, Lane, int, int>;
  static Key key_of(const MpiMessage& message) {
    return {&message.channel, message.lane(), message.peer(), message.tag()};
  }
  MpiChannel make_world();
  void fill(MpiChannel& channel) const;
  void start_send(MpiMessage& message);
  void start_receive(const std::shared_ptr<MpiMessage>& message);
  // Each: whether something happened.
  bool advance(MpiMessage& message);
  bool advance_all();
  bool test(kroton_mpi_request& request);
  void read_frame(MpiMessage& message);
  void finish_receive(MpiMessage& message);
  void withdraw(MpiMessage& message);
  void hear_ends();
  void fail_if_peer_ended(MpiMessage& message);
  void say_end();
  void drain();
  void drain_one(const MpiChannel& channel, Lane lane, int source, int tag);
  void run_helper();
  void keep_moving(Lock& guard);
  void stop_helper();

  MpiLibrary library_;
  const kroton_mpi_plugin& mpi_;
  int most_tag_ = 0;
  mutable std::mutex lock_;  // MPI is called under it alone
  std::vector<std::unique_ptr<MpiChannel>> channels_;
  std::vector<std::shared_ptr<MpiMessage>> active_;
  std::map<Key, std::weak_ptr<MpiMessage>> last_receive_;
  std::vector<char> ended_;  // by rank of the world
  int ends_ = 0;
  std::atomic<int> waiters_{0};
  std::thread helper_;
  std::condition_variable large_started_;
  int large_ = 0;  // active messages that the helper is for
  bool stopping_ = false;
};
}  // namespace kroton::distributed::detail
