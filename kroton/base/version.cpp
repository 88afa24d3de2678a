// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/base/version.h"

namespace kroton {
std::string version() { return KROTON_VERSION; }
}  // namespace kroton
