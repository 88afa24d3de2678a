// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_world.h"

#include <cstdlib>
#include <mutex>

#include "kroton/base/errors.h"
#include "kroton/base/log.h"
#include "kroton/distributed/detail/mpi_engine.h"
#include "kroton/distributed/point_to_point.h"

namespace kroton::distributed {
namespace {
using detail::MpiChannel;
using detail::MpiEngine;
using detail::MpiMessage;

// Lives until the process ends: messages may be under way until MPI is finalised.
MpiEngine* engine = nullptr;
const kroton_mpi_plugin* calls = nullptr;

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(MpiEngine& engine, const MpiChannel& channel)
      : engine_(engine), channel_(channel) {}
  std::string name() const override { return engine_.library().name; }
  int rank() const override { return channel_.rank; }
  int size() const override { return channel_.size; }
  int most_tag() const override { return engine_.most_tag(); }
  bool takes_device_memory() const override { return engine_.library().takes_cuda; }
  void wait(Message& message, std::int64_t seconds) override {
    engine_.wait(static_cast<MpiMessage&>(message), seconds);
  }
  std::vector<std::shared_ptr<Message>> pending() const override { return engine_.pending(); }
  std::vector<int> members() const override { return channel_.world; }

 protected:
  std::shared_ptr<Communicator> divided(int color, int key, const std::vector<int>&) override {
    return std::make_shared<MpiCommunicator>(engine_, engine_.split(channel_, color, key));
  }
  std::shared_ptr<Message> make(bool is_send, int peer, int tag, Block block, Lane lane) override {
    return std::make_shared<MpiMessage>(is_send, peer, tag, std::move(block), lane, channel_);
  }
  void start(const std::shared_ptr<Message>& message) override {
    if (calls->is_finalized()) {
      throw CommunicationError("messages: " + name() +
                               " has been finalised; messages end before the program finalises it");
    }
    engine_.start(std::static_pointer_cast<MpiMessage>(message));
  }

 private:
  MpiEngine& engine_;
  const MpiChannel& channel_;
};

// Called by MPI, which no exception may pass through.
void end() {
  try {
    if (engine) engine->end();
  } catch (const Error& error) {
    base::log(base::LogLevel::error, error.what());
  }
}
void finalize() {
  if (!calls->is_finalized()) calls->finalize();
}

struct World {
  std::shared_ptr<Communicator> communicator;
  std::string why_not;
};
World make_world() {
  try {
    const detail::MpiLibrary library = detail::load_mpi(&end);
    calls = library.calls;
    if (library.ours) std::atexit(&finalize);
    engine = new MpiEngine(library);
    return {std::make_shared<MpiCommunicator>(*engine, engine->world_channel()), ""};
  } catch (const Error& error) {
    if (detail::launcher()) base::log(base::LogLevel::warning, error.what());
    return {nullptr, error.what()};
  }
}

// Null in a process that stands alone; CommunicationError in one that was meant to be one of
// several.
std::shared_ptr<Communicator> find_or_explain() {
  std::string why;
  auto communicator = find_world(&why);
  const auto started = detail::launcher();
  if (!communicator && started && started->size > 1) throw CommunicationError(why);
  return communicator;
}
}  // namespace

std::shared_ptr<Communicator> detail::mpi_world(std::string* why_not) {
  static const World world = make_world();
  if (why_not) *why_not = world.why_not;
  return world.communicator;
}

int mpi_rank() {
  const auto communicator = find_or_explain();
  return communicator ? communicator->rank() : 0;
}
int mpi_size() {
  const auto communicator = find_or_explain();
  return communicator ? communicator->size() : 1;
}
}  // namespace kroton::distributed
