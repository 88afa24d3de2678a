// SPDX-License-Identifier: BSD-3-Clause
// The harness: candidates of a row run in turn, round after round; medians and their spread are
// kept.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {
struct Candidate {
  std::string name;
  std::function<void()> run;
};
struct Timing {
  double median = 0, low = 0, high = 0;  // seconds of one run; low and high are the quartiles
};
// About SECONDS for each candidate, 9 rounds at least.
std::vector<Timing> measure(const std::vector<Candidate>& candidates, double seconds = 0.4);

// "1.234 us", "56.7 ms".
std::string time_text(double seconds);
// One line: the label, each candidate's time, and the ratio of the first to each other one.
void print_row(const std::string& label, const std::vector<Candidate>& candidates,
               const std::vector<Timing>& timings);
void print_row(const std::string& label, const std::vector<Candidate>& candidates);

// What WORK, which gives seconds, says in a process of its own.
double in_child(const std::function<double()>& work);
// One line: the median of nine samples in seconds, and quartiles; WORK is told which one it is.
void print_samples(const std::string& label, const std::function<double(int)>& work);

// Prints the title and what compiles the kernels; exits with 2 when that is the interpreter.
void begin(const std::string& title);

// The compiled function of a C text that may use the prelude's functions, USED by name.
void* compile_loop(const std::string& text, const std::string& symbol,
                   const std::vector<std::string>& used);

// Peak resident memory of this process so far, in bytes.
std::int64_t peak_memory();
// From here on it counts anew.
void restart_peak_memory();
}  // namespace bench
