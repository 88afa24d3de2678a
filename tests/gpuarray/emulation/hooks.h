// SPDX-License-Identifier: BSD-3-Clause
// What a kernel that was compiled for the host and the driver that runs it know of each other. Read
// by both, so it needs no header.
#pragma once
namespace emulation {
struct Dim {
  unsigned x, y, z;
};
// Of the thread that runs; the driver sets it before it lets one go on.
struct Hooks {
  Dim thread, block, threads, blocks;
  void (*barrier)();
  // What the lane BY further up in the warp gave, when all lanes of the mask have come.
  unsigned long long (*down)(unsigned lanes, unsigned long long value, unsigned by);
  void (*fault)(int code, const char* what, int line);
};
struct Entry {
  void (*call)(void** arguments);
  int parameters;
  const unsigned char* sizes;
  const bool* are_pointers;
  int most_threads;  // 0: not said
};
// The driver's codes for what a kernel does wrong.
inline constexpr int illegal_address = 700, too_many_threads = 701, misaligned_address = 716,
                     launch_failed = 719;
}  // namespace emulation
