// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/devices.h"

#include <iostream>

#include "cli/commands.h"
#include "kroton/base/text.h"

namespace cli {
int devices(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    std::cerr << "usage: kroton devices\n";
    return 2;
  }
  for (const kroton::gpuarray::Backend& backend : kroton::gpuarray::backends()) {
    for (const auto& found : backend.devices) {
      std::cout << found.device << "  " << found.name << ", " << found.version << ", "
                << kroton::base::format_bytes(found.memory) << '\n';
    }
    if (backend.devices.empty()) std::cout << backend.kind << "  none: " << backend.absent << '\n';
  }
  return 0;
}
}  // namespace cli
