// SPDX-License-Identifier: BSD-3-Clause
// Runs a kernel's blocks on the host, one after another, the threads of a block as fibers that wait
// for each other where the kernel says so.
#pragma once
#include <string>

#include "hooks.h"

namespace emulation {
// What a loaded library of kernels has.
struct Library {
  Hooks* hooks = nullptr;
  char *shared_begin = nullptr, *shared_end = nullptr;
};
struct Launch {
  const Entry* entry = nullptr;
  Library library;
  unsigned blocks = 1, threads = 1;
  void** arguments = nullptr;
};
// In which order blocks, and threads between two waits, run: 0 forward, -1 backward, else a seed.
// Kernels give the same bits in all of them.
void set_order(int order);
// 0, or the driver's code for what went wrong, which REPORT tells. One thread at a time.
int run(const Launch& launch, std::string& report);
}  // namespace emulation
