// SPDX-License-Identifier: BSD-3-Clause
#include <iomanip>
#include <iostream>

#include "cli/commands.h"
#include "kroton/rewrite/database.h"

namespace cli {
int rewrites(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    std::cerr << "usage: kroton rewrites\n";
    return 2;
  }
  for (const auto& item : kroton::rewrite::database().items()) {
    std::cout << std::left << std::setw(34) << item.name << (item.local ? " local " : " global");
    if (!item.local) std::cout << " " << item.position;
    for (const std::string& tag : item.tags) std::cout << " " << tag;
    std::cout << "\n";
  }
  return 0;
}
}  // namespace cli
