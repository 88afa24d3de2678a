// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "cli/commands.h"
#include "kroton/base/config.h"

namespace cli {
int flags(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    std::cerr << "usage: kroton flags\n";
    return 2;
  }
  std::cout << kroton::base::flags_table();
  return 0;
}
}  // namespace cli
