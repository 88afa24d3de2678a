// SPDX-License-Identifier: BSD-3-Clause
// The one thread pool of the process.
//   parallel_for(0, n, 4096, [&](std::int64_t begin, std::int64_t end) { ... });
// Chunks are claimed from a counter; the caller works too and never waits for a worker that has not
// started on this loop. Nested loops run on the thread they are met on. Flag `threads` gives the
// number of threads; a child of fork starts without workers and makes its own when it needs them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "kroton/base/api.h"

namespace kroton::base {
// Most threads that a loop of this thread may use now: the pool's size, a ThreadLimit, or 1 inside
// a loop.
KROTON_API int thread_count();

// Loops started by this thread use at most n threads until the end of the scope; 0 lifts the limit
// to the pool's size.
class ThreadLimit {
 public:
  KROTON_API explicit ThreadLimit(int n);
  KROTON_API ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int old_;
};

namespace detail {
using LoopBody = void (*)(void* context, std::int64_t begin, std::int64_t end);
KROTON_API void run_loop(std::int64_t begin, std::int64_t end, std::int64_t grain, LoopBody body,
                         void* context);
// Workers that exist at the moment, for tests.
KROTON_API int worker_count();
}  // namespace detail

// Calls fn(b, e) on pieces [b, e) that together are [begin, end). `grain` is the smallest piece
// worth handing to a thread: at most `grain` elements run on the caller directly, and every piece
// border is begin plus a multiple of grain. The first exception that fn throws is thrown here,
// after all pieces in progress ended; pieces not yet begun are dropped then.
template <class Fn>
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, Fn&& fn) {
  if (begin >= end) return;
  if (end - begin <= grain) {
    fn(begin, end);
    return;
  }
  using Body = std::remove_reference_t<Fn>;
  detail::run_loop(
      begin, end, grain,
      [](void* context, std::int64_t b, std::int64_t e) { (*static_cast<Body*>(context))(b, e); },
      const_cast<std::remove_const_t<Body>*>(std::addressof(fn)));
}
}  // namespace kroton::base
