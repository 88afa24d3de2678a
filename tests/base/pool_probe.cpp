// SPDX-License-Identifier: BSD-3-Clause
// A library with a thread pool of its own, to be opened and closed by parallel_test.
#include <atomic>

#include "kroton/base/parallel.h"

extern "C" __attribute__((visibility("default"))) long sum_in_a_loop(long n) {
  std::atomic<long> sum{0};
  kroton::base::parallel_for(0, n, 64, [&](std::int64_t b, std::int64_t e) {
    long part = 0;
    for (std::int64_t i = b; i < e; ++i) part += i;
    sum += part;
  });
  return sum;
}
