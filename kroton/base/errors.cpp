// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/errors.h"

namespace kroton {
void internal_error(const char* file, int line, const std::string& what) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + what +
                      "; this is a bug in kroton");
}
}  // namespace kroton
