// SPDX-License-Identifier: BSD-3-Clause
// Apart from database.cpp, so that a test of one room links without install().
#include "kroton/rewrite/database.h"

namespace kroton::rewrite {
const Database& database() {
  static const Database all = [] {
    Database filled;
    install(filled);
    return filled;
  }();
  return all;
}
}  // namespace kroton::rewrite
