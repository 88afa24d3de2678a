// SPDX-License-Identifier: BSD-3-Clause
// program SCENARIO [--loopback N]: exits with 0 when all is well, with 1 after an error.
#include <iostream>
#include <string>

#include "scenarios.h"

int main(int count, char** words) {
  const std::string name = count > 1 ? words[1] : "";
  const auto run = [&] {
    // What carries the messages, for the script that runs this.
    kroton::mpi_enabled();
    for (const auto* all : {&scenarios::messages, &scenarios::failures, &scenarios::collectives,
                            &scenarios::devices}) {
      if (const auto found = all->find(name); found != all->end()) return found->second();
    }
    throw kroton::ValueError("there is no scenario named '" + name + "'");
  };
  try {
    if (count == 4 && std::string(words[2]) == "--loopback") {
      kroton::distributed::loopback(std::stoi(words[3]), run);
    } else {
      run();
      // One write, so that ranks' lines do not mix.
      std::cout << "rank " + std::to_string(kroton::mpi_rank()) + " of " +
                       std::to_string(kroton::mpi_size()) + " is done\n";
    }
  } catch (const kroton::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
