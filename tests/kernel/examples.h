// SPDX-License-Identifier: BSD-3-Clause
// Kernels that the form must carry, with arrays to run them on: every dialect runs all of them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "run_both.h"

namespace kernel_test {
struct Example {
  std::string name;
  kroton::kernel::Kernel kernel;
  std::vector<Array> arrays;
  // Checks the arrays after a run against plain loops.
  std::function<void(std::vector<Array>&)> check;
  bool on_devices = true;
};
std::vector<Example> examples();
std::vector<Example> examples_of_models();  // among them
}  // namespace kernel_test
