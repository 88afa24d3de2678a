// SPDX-License-Identifier: BSD-3-Clause
// Runs a program's ranks: those that mpiexec started, or with `--loopback N` as threads of this
// process.
#pragma once
#include <kroton/kroton.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>

inline int run_ranks(int count, char** words, const std::function<void()>& program) {
  try {
    if (count == 3 && std::strcmp(words[1], "--loopback") == 0) {
      kroton::distributed::loopback(std::atoi(words[2]), program);
    } else if (count == 1) {
      program();
    } else {
      std::cerr << "usage: mpiexec -n N " << words[0] << "\n       " << words[0]
                << " --loopback N\n";
      return 2;
    }
    return 0;
  } catch (const kroton::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
