// SPDX-License-Identifier: BSD-3-Clause
// The time from function() to the first result of a kernel that nobody compiled before: in a cold
// process, in a warm one, and from the cache on disk.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "benchmarks/measure.h"
#include "kroton/base/config.h"
#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
// function() and its first call; SEED makes the kernel one of its own.
double first_call(double seed) {
  const NDArray x = NDArray::zeros({10});
  const auto start = std::chrono::steady_clock::now();
  const Variable v = T::dvector("v");
  function({v}, T::tanh(v * seed) * nnet::sigmoid(v) + T::exp(v))(x);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Seconds that the work takes in a process of its own.
template <class Work>
double in_child(Work work) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(1);
  const pid_t child = fork();
  if (child == 0) {
    const double seconds = work();
    const bool written = write(ends[1], &seconds, sizeof seconds) == sizeof seconds;
    _exit(written ? 0 : 1);
  }
  double seconds = 0;
  if (read(ends[0], &seconds, sizeof seconds) != sizeof seconds) std::exit(1);
  close(ends[0]);
  close(ends[1]);
  waitpid(child, nullptr, 0);
  return seconds;
}

template <class Work>
void row(const char* label, Work work) {
  std::vector<double> samples;
  for (int i = 0; i < 9; ++i) samples.push_back(work(i));
  std::sort(samples.begin(), samples.end());
  std::printf("%-48s %s (%s .. %s)\n", label, bench::time_text(samples[4]).c_str(),
              bench::time_text(samples[2]).c_str(), bench::time_text(samples[6]).c_str());
}
}  // namespace

int main() {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("kroton_bench_" + std::to_string(getpid())))
          .string();
  base::set_flag("compiledir", folder);
  std::printf("a new kernel, from function() to the first result\n");
  row("cold process, empty cache",
      [](int i) { return in_child([i] { return first_call(10.0 + i); }); });
  row("cold process, from the cache",
      [](int i) { return in_child([i] { return first_call(10.0 + i); }); });
  bench::begin("in one process");
  first_call(0.5);
  row("warm process, empty cache", [](int i) { return first_call(20.0 + i); });
  row("warm process, kernel of this process", [](int i) { return first_call(20.0 + i); });
  row("warm process, from the cache", [](int i) { return first_call(10.0 + i); });
  std::filesystem::remove_all(folder);
}
