// SPDX-License-Identifier: BSD-3-Clause
// A bar on a terminal, a line now and then elsewhere; and Ctrl-C as a question that a loop can ask.
#pragma once
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

namespace language {
inline volatile std::sig_atomic_t interrupts = 0;

// From here on the first Ctrl-C is counted; the second ends the process as ever.
inline void count_interrupts() {
  std::signal(SIGINT, [](int) {
    interrupts = interrupts + 1;
    std::signal(SIGINT, SIG_DFL);
  });
}

class Progress {
 public:
  // DONE between 0 and 1.
  void show(double done, double loss, double per_second) {
    if (!terminal_ && done * 10 < next_) return;
    next_ = static_cast<int>(done * 10) + 1;
    const int width = 32, full = static_cast<int>(done * width);
    std::string bar(static_cast<std::size_t>(full), '=');
    bar.resize(width, ' ');
    std::printf("%s  [%s] %3.0f %%  loss %.3f bits  %6.0f characters/s%s", terminal_ ? "\r" : "",
                bar.c_str(), done * 100, loss, per_second, terminal_ ? "" : "\n");
    std::fflush(stdout);
  }
  void end() {
    if (terminal_) std::printf("\n");
  }

 private:
  const bool terminal_ = isatty(STDOUT_FILENO) != 0;
  int next_ = 0;  // tenths
};
}  // namespace language
