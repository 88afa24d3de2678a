// SPDX-License-Identifier: BSD-3-Clause
// The version of the library that runs, as "0.1.0".
#pragma once
#include <string>

#include "kroton/base/api.h"

namespace kroton {
KROTON_API std::string version();
}  // namespace kroton
