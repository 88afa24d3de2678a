// SPDX-License-Identifier: BSD-3-Clause
// While one lives, the calling thread takes no signals but those of faults (SIGSEGV and its kind)
// and a profiler's SIGPROF. A thread starts with the mask of the one that makes it: made under one
// of these, also inside a library that is opened or asked for its devices, it never runs the
// program's handlers. A thread's mask returns with the scope.
#pragma once
#include <signal.h>

#include "kroton/base/api.h"

namespace kroton::base {
class SignalsBlocked {
 public:
  KROTON_API SignalsBlocked();
  KROTON_API ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};
}  // namespace kroton::base
