// SPDX-License-Identifier: BSD-3-Clause
// All rewrites of this room, for the database.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
KROTON_API void install_rewrites(rewrite::Database& db);
}  // namespace kroton::tensor
