// SPDX-License-Identifier: BSD-3-Clause
// What the flags of KROTON_FLAGS make of devices, for the tests in CMakeLists.txt: flags are read
// once in a process.
#include <cstring>
#include <iostream>

#include "contexts.h"
#include "kroton/base/errors.h"
#include "kroton/gpuarray/context.h"

using namespace kroton;
using namespace kroton::gpuarray;

int main(int count, char** words) {
  if (count > 1 && std::strcmp(words[1], "needs_device") == 0 && !gpuarray_test::has_device()) {
    std::cout << "skipped: " << gpuarray_test::missing_device() << '\n';
    return 0;
  }
  // The second failing call gives the same text.
  for (int i = 0; i < 2; ++i) {
    try {
      std::cout << "contexts:";
      for (const std::string& name : list_contexts()) std::cout << " '" << name << "'";
      std::cout << "; default " << has_default_context() << ", moves " << moves_to_device() << '\n';
    } catch (const ValueError& error) {
      std::cout << " ValueError " << error.what() << '\n';
    } catch (const DeviceError& error) {
      std::cout << " DeviceError " << error.what() << '\n';
    }
  }
}
