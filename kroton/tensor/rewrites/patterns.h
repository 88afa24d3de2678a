// SPDX-License-Identifier: BSD-3-Clause
// The language of equations over arrays: every elementwise row as a function of patterns, the
// operators. See rewrite/pattern.h.
//   using namespace patterns;
//   const Pattern x = Pattern::any(0);
//   add_equations(db, "local_log1p", {{log(1 + x), log1p(x)}, {log(1 - x), log1p(-x)}}, tags,
//                 "log(1 + x) is log1p(x).");
#pragma once
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/rewrite/database.h"
#include "kroton/rewrite/pattern.h"
#include "kroton/scalars/op.h"

namespace kroton::tensor {
// Registers a local rewrite over elementwise nodes.
KROTON_API void add_equations(rewrite::Database& db, std::string name,
                              std::vector<rewrite::Equation> equations,
                              rewrite::Database::Tags tags, std::string doc);
// The elementwise nodes of these rows.
KROTON_API rewrite::Tracks tracks_rows(std::vector<const scalars::Row*> rows);
// X, of the dtype of NODE's output, with the flags of that: stretched over inputs of the node whose
// lengths it has lost. Empty when it cannot be.
KROTON_API Variable conform(const Variable& x, const Apply& node);
KROTON_API rewrite::Equations equations(std::vector<rewrite::Equation> equations);

namespace patterns {
using rewrite::Pattern;
KROTON_API Pattern row(const scalars::Row& row, std::vector<Pattern> inputs);

#define UNARY(name, ...) \
  inline Pattern name(const Pattern& a) { return row(scalars::op::name, {a}); }
#define BINARY(name, ...) \
  inline Pattern name(const Pattern& a, const Pattern& b) { return row(scalars::op::name, {a, b}); }
#define TERNARY(name, ...)                                                    \
  inline Pattern name(const Pattern& a, const Pattern& b, const Pattern& c) { \
    return row(scalars::op::name, {a, b, c});                                 \
  }
#define SELECT TERNARY
#include "kroton/scalars/ops.def"
#undef UNARY
#undef BINARY
#undef TERNARY
#undef SELECT
inline Pattern operator+(const Pattern& a, const Pattern& b) { return add(a, b); }
inline Pattern operator-(const Pattern& a, const Pattern& b) { return sub(a, b); }
inline Pattern operator*(const Pattern& a, const Pattern& b) { return mul(a, b); }
inline Pattern operator/(const Pattern& a, const Pattern& b) { return true_div(a, b); }
inline Pattern operator-(const Pattern& a) { return neg(a); }

// Conditions.
// X itself where it has the dtype, else cast.
KROTON_API Variable in_dtype(const Variable& x, DType dtype);
KROTON_API bool is_used_once(const FunctionGraph& fgraph, const Variable& x);
KROTON_API bool is_float_array(const FunctionGraph& fgraph, const Variable& x);
KROTON_API bool is_discrete_array(const FunctionGraph& fgraph, const Variable& x);
KROTON_API bool is_bool_array(const FunctionGraph& fgraph, const Variable& x);
KROTON_API bool is_real_array(const FunctionGraph& fgraph, const Variable& x);  // not complex
}  // namespace patterns
}  // namespace kroton::tensor
