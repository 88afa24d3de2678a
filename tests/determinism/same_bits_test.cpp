// SPDX-License-Identifier: BSD-3-Clause
// The op table has the same bits for any number of threads, on repeated runs, compiled for other
// CPUs, by the system's compiler and by the interpreter: the program `bits` is run with other flags
// each time.
#include <gtest/gtest.h>
#include <stdio.h>

#include <map>
#include <sstream>
#include <string>

namespace {
struct Run {
  std::map<std::string, std::string> hashes;  // by what was computed
  std::string complaints;
  int status = 0;
};

Run run(const std::string& flags) {
  const std::string command = "KROTON_FLAGS=deterministic=more," + flags + " " KROTON_BITS " 2>&1";
  Run out;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  std::string text;
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  out.status = ::pclose(pipe);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    const bool is_hash = space != std::string::npos &&
                         line.find_first_not_of("0123456789", space + 1) == std::string::npos;
    if (is_hash) out.hashes[line.substr(0, space)] = line.substr(space + 1);
    if (!is_hash) out.complaints += line + "\n";
  }
  return out;
}

const Run& ordinary() {
  static const Run first = run("threads=3");
  return first;
}

void expect_same(const std::string& flags) {
  const Run other = run(flags);
  EXPECT_EQ(other.status, 0) << other.complaints;
  EXPECT_EQ(other.hashes.size(), ordinary().hashes.size());
  for (const auto& [what, hash] : ordinary().hashes)
    EXPECT_EQ(other.hashes.contains(what) ? other.hashes.at(what) : "", hash)
        << what << ", " << flags;
}

TEST(SameBits, on_slices_strides_alignments_and_repeated_runs) {
  EXPECT_EQ(ordinary().status, 0) << ordinary().complaints;
  EXPECT_GT(ordinary().hashes.size(), 200u);
}
TEST(SameBits, on_one_thread_and_on_seven) {
  expect_same("threads=1");
  expect_same("threads=7");
}
TEST(SameBits, on_a_processor_without_avx) { expect_same("cpu=x86-64-v2"); }
TEST(SameBits, on_a_processor_with_avx2) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "this processor has no AVX2";
  expect_same("cpu=x86-64-v3");
}
TEST(SameBits, on_a_processor_with_avx512) {
  if (!__builtin_cpu_supports("avx512bw")) GTEST_SKIP() << "this processor has no AVX-512";
  expect_same("cpu=x86-64-v4");
}
TEST(SameBits, in_the_interpreter) { expect_same("jit=off"); }
}  // namespace
