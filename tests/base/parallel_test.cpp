// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/parallel.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"

namespace kroton::base {
namespace {
// The pool of this binary has four threads on any machine.
const bool four_threads = (detail::force_flag("threads", "4"), thread_count() == 4);

std::int64_t sum_to(std::int64_t n, std::int64_t grain) {
  std::atomic<std::int64_t> sum{0};
  parallel_for(0, n, grain, [&](std::int64_t b, std::int64_t e) {
    std::int64_t part = 0;
    for (std::int64_t i = b; i < e; ++i) part += i;
    sum += part;
  });
  return sum;
}

TEST(Parallel, pieces_cover_the_range_once_with_borders_at_multiples_of_the_grain) {
  for (std::int64_t n : {1, 63, 64, 65, 1000, 12345}) {
    std::mutex mutex;
    std::vector<int> count(static_cast<std::size_t>(n), 0);
    parallel_for(100, 100 + n, 64, [&](std::int64_t b, std::int64_t e) {
      std::lock_guard lock(mutex);
      EXPECT_EQ((b - 100) % 64, 0);
      EXPECT_TRUE(e == 100 + n || (e - 100) % 64 == 0);
      EXPECT_LT(b, e);
      for (std::int64_t i = b; i < e; ++i) ++count[static_cast<std::size_t>(i - 100)];
    });
    EXPECT_EQ(count, std::vector<int>(static_cast<std::size_t>(n), 1));
  }
}

TEST(Parallel, an_empty_range_calls_nothing_and_a_small_one_is_called_here) {
  int calls = 0;
  parallel_for(5, 5, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  parallel_for(5, 3, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  EXPECT_EQ(calls, 0);
  auto here = std::this_thread::get_id();
  parallel_for(0, 10, 10, [&](std::int64_t b, std::int64_t e) {
    EXPECT_EQ(b, 0);
    EXPECT_EQ(e, 10);
    EXPECT_EQ(std::this_thread::get_id(), here);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
}

TEST(Parallel, several_threads_take_part) {
  EXPECT_TRUE(four_threads);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  parallel_for(0, 64, 1, [&](std::int64_t, std::int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 4u);
  EXPECT_EQ(detail::worker_count(), 3);
}

TEST(Parallel, a_limit_holds_for_its_scope) {
  EXPECT_EQ(thread_count(), 4);
  {
    ThreadLimit two(2);
    EXPECT_EQ(thread_count(), 2);
    std::atomic<int> inside{0}, most{0};
    parallel_for(0, 64, 1, [&](std::int64_t, std::int64_t) {
      int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --inside;
    });
    EXPECT_LE(most, 2);
    ThreadLimit one(1);
    auto here = std::this_thread::get_id();
    parallel_for(0, 64, 1,
                 [&](std::int64_t, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), here); });
  }
  EXPECT_EQ(thread_count(), 4);
}

TEST(Parallel, a_loop_inside_a_loop_runs_where_it_is_met) {
  std::atomic<std::int64_t> sum{0};
  parallel_for(0, 100, 1, [&](std::int64_t b, std::int64_t e) {
    EXPECT_EQ(thread_count(), 1);
    auto here = std::this_thread::get_id();
    parallel_for(0, 10, 1, [&](std::int64_t ib, std::int64_t ie) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      sum += (e - b) * (ie - ib);
    });
  });
  EXPECT_EQ(sum, 1000);
  EXPECT_EQ(thread_count(), 4);
}

TEST(Parallel, an_exception_reaches_the_caller_and_the_pool_goes_on) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> calls{0};
    try {
      parallel_for(0, 1'000'000, 1, [&](std::int64_t b, std::int64_t) {
        ++calls;
        if (b == 0) throw std::runtime_error("piece 0");
      });
      FAIL();
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "piece 0");
    }
    EXPECT_EQ(sum_to(1000, 10), 499500);
  }
}

TEST(Parallel, many_short_loops_from_many_threads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  // More callers than there are slots.
  for (int t = 0; t < 20; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        std::int64_t n = 1 + (i * 37 + t * 101) % 5000;
        if (sum_to(n, 16) != n * (n - 1) / 2) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Parallel, loops_after_pauses_wake_the_workers) {
  for (int i = 0; i < 30; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(i * 100));
    EXPECT_EQ(sum_to(100'000, 64), std::int64_t{100'000} * 99'999 / 2);
  }
}

#if defined(__SANITIZE_THREAD__)
#define KROTON_NEED_THREADS_AFTER_FORK \
  GTEST_SKIP() << "ThreadSanitizer allows no threads in the child of a program with threads"
#else
#define KROTON_NEED_THREADS_AFTER_FORK (void)0
#endif

int status_of_child(auto&& body) {
  pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(Parallel, a_forked_child_starts_without_workers_and_gets_its_own) {
  KROTON_NEED_THREADS_AFTER_FORK;
  EXPECT_EQ(sum_to(100'000, 64), std::int64_t{100'000} * 99'999 / 2);
  EXPECT_EQ(status_of_child([] {
              if (detail::worker_count() != 0) return 1;
              if (sum_to(100'000, 64) != std::int64_t{100'000} * 99'999 / 2) return 2;
              return detail::worker_count() == 3 ? 0 : 3;
            }),
            0);
  EXPECT_EQ(sum_to(1000, 10), 499500);
}

TEST(Parallel, a_fork_during_a_loop_of_another_thread_is_safe) {
  KROTON_NEED_THREADS_AFTER_FORK;
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) sum_to(20'000, 16);
  });
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(status_of_child([] { return sum_to(50'000, 64) == 1249975000 ? 0 : 1; }), 0);
  stop = true;
  busy.join();
}

TEST(Parallel, exit_with_a_live_pool_is_clean) {
  // Runs the binary anew, so that the child may start threads.
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        sum_to(100'000, 64);
        std::exit(7);
      },
      ::testing::ExitedWithCode(7), "");
}

TEST(Parallel, a_library_with_a_live_pool_can_be_closed) {
  for (int i = 0; i < 3; ++i) {
    Dynlib library(KROTON_POOL_PROBE);
    EXPECT_EQ(library.function<long(long)>("sum_in_a_loop")(100'000), 4999950000);
  }
}
}  // namespace
}  // namespace kroton::base
