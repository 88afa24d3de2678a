// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/signals.h"

#include <initializer_list>

namespace kroton::base {
SignalsBlocked::SignalsBlocked() {
  sigset_t others;
  sigfillset(&others);
  // A fault that is blocked ends the process without the program's handler.
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF})
    sigdelset(&others, own);
  ::pthread_sigmask(SIG_BLOCK, &others, &before_);
}

SignalsBlocked::~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
}  // namespace kroton::base
