// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/graph/axes.h"

#include <string>
#include <string_view>

#include "kroton/base/errors.h"

namespace kroton::inline graph {
ShuffleAxis::ShuffleAxis(const char* x) {
  if (std::string_view(x) != "x") {
    throw ValueError("dimshuffle: '" + std::string(x) +
                     "' is no axis; give numbers and \"x\" for a new axis");
  }
}
ShuffleAxis::ShuffleAxis(char x) : ShuffleAxis(std::string(1, x).c_str()) {}
}  // namespace kroton::inline graph
