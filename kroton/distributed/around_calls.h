// SPDX-License-Identifier: BSD-3-Clause
// What functions with messages get by themselves: waits for starts that have none, the schedule of
// mpi_cmps, and calls that hold their communicators alone. An error between a start and its wait
// leaves the message to its transport, which keeps the memory; memory that an array only borrows is
// waited for.
#pragma once
#include <memory>
#include <string>

#include "kroton/base/api.h"
#include "kroton/compile/surroundings.h"
#include "kroton/graph/op.h"

namespace kroton::distributed {
class Communicator;
class Message;

KROTON_API Surroundings communicating_functions();

// By ops, while a call runs: MESSAGE is under way and uses DATA.
void note_start(const std::shared_ptr<Communicator>& communicator,
                const std::shared_ptr<Message>& message, const Value& data);
// MESSAGE holds a copy and is waited for at the end of the call; WHO begins an error of it.
void note_send(const std::shared_ptr<Communicator>& communicator,
               const std::shared_ptr<Message>& message, std::string who);
// Whether nobody reads the data of this receive before its wait.
bool is_only_waited_for(const Apply& node);
}  // namespace kroton::distributed
