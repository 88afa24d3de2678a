// SPDX-License-Identifier: BSD-3-Clause
// Elementwise nodes that compute what is there already: identities of each row, choices that are
// none, comparisons whose answer is known. A graph without them is what the other sets expect.
#pragma once
#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"

namespace kroton::tensor {
KROTON_API void install_canonicalize(rewrite::Database& db);
}  // namespace kroton::tensor
