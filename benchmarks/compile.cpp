// SPDX-License-Identifier: BSD-3-Clause
// The time from function() to the first result of a kernel that nobody compiled before: in a cold
// process, in a warm one, and from the cache on disk.
#include <unistd.h>

#include <chrono>
#include <cstdio>
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

}  // namespace

int main() {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("kroton_bench_" + std::to_string(getpid())))
          .string();
  base::set_flag("compiledir", folder);
  std::printf("a new kernel, from function() to the first result\n");
  bench::print_samples("cold process, empty cache",
                       [](int i) { return bench::in_child([i] { return first_call(10.0 + i); }); });
  bench::print_samples("cold process, from the cache",
                       [](int i) { return bench::in_child([i] { return first_call(10.0 + i); }); });
  bench::begin("in one process");
  first_call(0.5);
  bench::print_samples("warm process, empty cache", [](int i) { return first_call(20.0 + i); });
  bench::print_samples("warm process, kernel of this process",
                       [](int i) { return first_call(20.0 + i); });
  bench::print_samples("warm process, from the cache", [](int i) { return first_call(10.0 + i); });
  std::filesystem::remove_all(folder);
}
