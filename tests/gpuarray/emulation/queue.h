// SPDX-License-Identifier: BSD-3-Clause
// Work of the libraries beside the driver, for the streams of the driver that fake_cuda.cpp plays.
#pragma once
#include <dlfcn.h>

#include <functional>

namespace emulation {
// Done in its turn, by graphs as often as they are launched; without a stream at once.
inline void enqueue(void* stream, const std::function<void()>& work) {
  if (!stream) return work();
  // Opened already: the stream is its own.
  static void* const driver = dlopen(FAKE_CUDA, RTLD_NOW | RTLD_LOCAL);
  static const auto put = reinterpret_cast<void (*)(void*, const std::function<void()>*)>(
      dlsym(driver, "fake_enqueue"));
  put(stream, &work);
}
}  // namespace emulation
