// SPDX-License-Identifier: BSD-3-Clause
// The seam between ops that communicate and what carries their messages: MPI, or the ranks of this
// process (loopback.h). A transport implements Communicator; nothing above it knows MPI.
//   auto sent = world()->send(block_of(x), 1, 11);   finish(*world(), *sent, "isend");
// A message is matched by sender, receiver and tag, in the order in which it was started; dtype and
// shape travel with it, and one that does not fit what the receiver says is consumed and refused.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/value.h"

namespace kroton::distributed {
// What a message says of itself.
struct KROTON_API Label {
  DType dtype = float64;
  Shape shape;
  std::size_t bytes() const;
  std::string text() const;  // "float64 (2, 2)"
  friend bool operator==(const Label&, const Label&) = default;
};

// Memory that a message is read from or written to, in C order without gaps. KEPT, an array here or
// elsewhere, holds it until the message is done. Null: memory that nothing but KEPT reaches.
struct Block {
  void* data = nullptr;
  Label label;
  Value kept;
  bool is_elsewhere() const { return kept.is_array_elsewhere(); }
};
// The block of an array here or elsewhere; a copy where an array of the host has gaps.
KROTON_API Block block_of(const Value& array);

// Messages of different lanes never meet, whatever their tags: those of the four ops, values and
// gradients on their way back, collectives.
enum class Lane : std::uint8_t { messages, values, gradients, collectives };
constexpr std::size_t lane_count = 4;
KROTON_API std::string field_text(Lane lane);

// A started send or receive, on its way until its state says otherwise.
class KROTON_API Message {
 public:
  enum class State : std::uint8_t { pending, done, refused, failed };
  Message(bool is_send, int peer, int tag, Block block, Lane lane);
  virtual ~Message();
  bool is_send() const { return is_send_; }
  int peer() const { return peer_; }
  int tag() const { return tag_; }
  Lane lane() const { return lane_; }
  const Block& block() const { return block_; }
  State state() const { return state_.load(std::memory_order_acquire); }
  bool is_pending() const { return state() == State::pending; }
  bool is_done() const { return state() == State::done; }
  const Label& other() const { return other_; }    // refused: what the sender says
  const std::string& why() const { return why_; }  // failed
  std::string text() const;  // "receives float64 (2, 2) from rank 0 with tag 11"
  // Of one that is done, by the thread that asked for it: brings what came by way of the host to
  // where it belongs.
  void land();

  // By transports: the message is no longer pending.
  void done();
  void refuse(Label other);
  void fail(std::string why);

 protected:
  // What comes is put into HOST, and by finish() from there to TARGET, an array elsewhere.
  void stage(NDArray host, Value target);

 private:
  friend class Communicator;
  void settle(State state);
  const bool is_send_;
  const int peer_, tag_;
  const Lane lane_;
  Block block_;
  NDArray staged_;  // of a receive: what comes, or came, on the host, and where it belongs
  Value target_;
  Label other_;
  std::string why_;
  std::atomic<State> state_{State::pending};
};

class KROTON_API Communicator {
 public:
  virtual ~Communicator();
  virtual std::string name() const = 0;  // "loopback", "Open MPI 4.1.4"
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int most_tag() const = 0;
  // Whether it reads and writes memory of devices itself, where that has addresses. What it does
  // not goes by way of the host.
  virtual bool takes_device_memory() const { return false; }
  // Returns when MESSAGE is no longer pending, or after SECONDS (0: no end).
  virtual void wait(Message& message, std::int64_t seconds) = 0;
  virtual std::vector<std::shared_ptr<Message>> pending() const = 0;
  // Its ranks as those of the world, in their order here.
  virtual std::vector<int> members() const = 0;

  // Ranks that give the same COLOR become a communicator of their own, ordered by KEY, then by
  // rank. Every rank of this communicator has to call it; CommunicationError when one does not.
  std::shared_ptr<Communicator> split(int color, int key);
  // Which split it came from, the same on all its ranks; "" of all ranks.
  const std::string& origin() const { return origin_; }

  // What is wrong with a rank or a tag, "" when nothing is.
  std::string objection(int peer, int tag) const;
  // CommunicationError for a rank or tag that there is not.
  std::shared_ptr<Message> send(Block block, int dest, int tag, Lane lane = Lane::messages);
  std::shared_ptr<Message> receive(Block block, int source, int tag, Lane lane = Lane::messages);
  // Held by a call that communicates, from its beginning to its end.
  std::recursive_mutex& exclusive() { return exclusive_; }

 protected:
  // BLOCK lies in memory of the host, or elsewhere where takes_device_memory().
  virtual void start(const std::shared_ptr<Message>& message) = 0;
  virtual std::shared_ptr<Message> make(bool is_send, int peer, int tag, Block block,
                                        Lane lane) = 0;
  // What split() gives on a rank with COLOR; all ranks call it. PART: the ranks with that color.
  virtual std::shared_ptr<Communicator> divided(int color, int key,
                                                const std::vector<int>& part) = 0;

 private:
  std::shared_ptr<Message> launch(bool is_send, Block block, int peer, int tag, Lane lane);
  std::recursive_mutex exclusive_;
  std::string origin_;
  int splits_ = 0;
};
using Group = std::shared_ptr<Communicator>;

// Waits as long as the flag mpi_timeout says. CommunicationError, beginning with WHO, when the
// message does not fit, does not come, or cannot come any more.
KROTON_API void finish(Communicator& communicator, Message& message, const std::string& who);

// The MPIs that this Kroton can use, for people: "MPICH 4.0.2, Open MPI 4.1.4". Initialises none.
KROTON_API std::string describe_mpi();

// All ranks: those of the loopback that this thread belongs to, else those of MPI, which the first
// use initialises. CommunicationError that says why when there are none.
KROTON_API const std::shared_ptr<Communicator>& world();
// Null instead of the error; WHY_NOT gets its text.
KROTON_API std::shared_ptr<Communicator> find_world(std::string* why_not = nullptr);

// While one lives, world() of this thread is COMMUNICATOR.
class KROTON_API WorldScope {
 public:
  explicit WorldScope(std::shared_ptr<Communicator> communicator);
  ~WorldScope();
  WorldScope(const WorldScope&) = delete;
  WorldScope& operator=(const WorldScope&) = delete;

 private:
  std::shared_ptr<Communicator> old_;
};
}  // namespace kroton::distributed
