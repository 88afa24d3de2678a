// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/signals.h"

#include <gtest/gtest.h>

#include <thread>

namespace kroton::base {
namespace {
bool blocks(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(SignalsBlocked, a_thread_made_meanwhile_takes_faults_and_the_profiler_s_alone) {
  bool interrupt = false, fault = true, profiler = true;
  std::thread made;
  {
    const SignalsBlocked blocked;
    made = std::thread([&] {
      interrupt = blocks(SIGINT) && blocks(SIGTERM) && blocks(SIGALRM) && blocks(SIGRTMIN + 1);
      fault = blocks(SIGSEGV) || blocks(SIGBUS) || blocks(SIGFPE) || blocks(SIGILL);
      profiler = blocks(SIGPROF);
    });
  }
  made.join();
  EXPECT_TRUE(interrupt);
  EXPECT_FALSE(fault);
  EXPECT_FALSE(profiler);
}

TEST(SignalsBlocked, the_mask_returns_also_where_scopes_are_nested) {
  sigset_t own, before;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR2);
  sigaddset(&own, SIGSEGV);
  ::pthread_sigmask(SIG_BLOCK, &own, &before);
  {
    const SignalsBlocked outer;
    {
      const SignalsBlocked inner;
    }
    EXPECT_TRUE(blocks(SIGINT));
    EXPECT_TRUE(blocks(SIGSEGV));  // what the program blocks stays blocked
  }
  EXPECT_FALSE(blocks(SIGINT));
  EXPECT_TRUE(blocks(SIGUSR2));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
}  // namespace
}  // namespace kroton::base
