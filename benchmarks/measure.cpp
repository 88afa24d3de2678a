// SPDX-License-Identifier: BSD-3-Clause
#include "benchmarks/measure.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "kroton/jit/compiler.h"
#include "kroton/kernel/prelude/prelude.h"
#include "kroton/kroton.h"

namespace bench {
namespace {
double seconds_of(const std::function<void()>& run, std::int64_t times) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < times; ++i) run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
         static_cast<double>(times);
}
}  // namespace

std::vector<Timing> measure(const std::vector<Candidate>& candidates, double seconds) {
  std::vector<std::int64_t> times;
  for (const Candidate& candidate : candidates) {
    candidate.run();
    const double once = std::max(seconds_of(candidate.run, 1), 1e-9);
    times.push_back(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds / 25 / once)));
  }
  std::vector<std::vector<double>> samples(candidates.size());
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  for (int round = 0; round < 9 || elapsed() < seconds * static_cast<double>(candidates.size());
       ++round) {
    for (std::size_t i = 0; i < candidates.size(); ++i)
      samples[i].push_back(seconds_of(candidates[i].run, times[i]));
  }
  std::vector<Timing> timings;
  for (auto& sample : samples) {
    std::sort(sample.begin(), sample.end());
    timings.push_back(
        {sample[sample.size() / 2], sample[sample.size() / 4], sample[sample.size() * 3 / 4]});
  }
  return timings;
}

std::string time_text(double seconds) {
  const char* unit = seconds < 1e-6 ? "ns" : seconds < 1e-3 ? "us" : seconds < 1 ? "ms" : "s";
  const double scale = seconds < 1e-6 ? 1e9 : seconds < 1e-3 ? 1e6 : seconds < 1 ? 1e3 : 1;
  char text[32];
  std::snprintf(text, sizeof text, "%.4g %s", seconds * scale, unit);
  return text;
}

void print_row(const std::string& label, const std::vector<Candidate>& candidates,
               const std::vector<Timing>& timings) {
  std::printf("%-42s", label.c_str());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    std::printf("  %s %s (%s .. %s)", candidates[i].name.c_str(),
                time_text(timings[i].median).c_str(), time_text(timings[i].low).c_str(),
                time_text(timings[i].high).c_str());
    if (i > 0) std::printf(" ratio %.3f", timings[0].median / timings[i].median);
  }
  std::printf("\n");
  std::fflush(stdout);
}
void print_row(const std::string& label, const std::vector<Candidate>& candidates) {
  print_row(label, candidates, measure(candidates));
}

double in_child(const std::function<double()>& work) {
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

void print_samples(const std::string& label, const std::function<double(int)>& work) {
  std::vector<double> samples;
  for (int i = 0; i < 9; ++i) samples.push_back(work(i));
  std::sort(samples.begin(), samples.end());
  std::printf("%-48s %s (%s .. %s)\n", label.c_str(), time_text(samples[4]).c_str(),
              time_text(samples[2]).c_str(), time_text(samples[6]).c_str());
}

void begin(const std::string& title) {
  std::printf("%s; Kroton %s, kernels by %s\n", title.c_str(), kroton::version().c_str(),
              kroton::backend().c_str());
  if (kroton::backend() == "the interpreter") {
    std::fprintf(
        stderr,
        "benchmarks need a compiler: build the plugin (./dev bench does) or install a C compiler\n");
    std::exit(2);
  }
}

void* compile_loop(const std::string& text, const std::string& symbol,
                   const std::vector<std::string>& used) {
  static std::vector<std::shared_ptr<kroton::jit::Module>> kept;
  kept.push_back(kroton::jit::compile(
      {.text = kroton::kernel::prelude_text(kroton::kernel::Dialect::c, used) + text,
       .symbols = {symbol},
       .label = symbol}));
  return kept.back()->symbol(symbol);
}

void restart_peak_memory() {
  kroton::release_cached_memory();
  std::ofstream("/proc/self/clear_refs") << "5";
}

std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      std::int64_t kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}
}  // namespace bench
