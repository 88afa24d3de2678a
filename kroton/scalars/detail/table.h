// SPDX-License-Identifier: BSD-3-Clause
// What the sources of this room make of ops.def for one another: row numbers, host functions,
// gradients.
#pragma once
#include "kroton/scalars/op.h"

namespace kroton::scalars::detail {
enum RowNumber : int {
#define UNARY(NAME, ...) number_##NAME,
#define BINARY UNARY
#define TERNARY UNARY
#define SELECT UNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
  row_count
};

// The host's function of a row on a compute dtype, or null.
kernel::HostFunction host_value(int row, DType compute);

#define UNARY(NAME, ...) \
  Variables gradient_##NAME(const Variables&, const Variable&, const Variable&);
#define BINARY UNARY
#define TERNARY UNARY
#define SELECT UNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
}  // namespace kroton::scalars::detail
