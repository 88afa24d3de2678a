// SPDX-License-Identifier: BSD-3-Clause
// The value part of one row of scalars/ops.def: a scalar function as plain data. A user's own
// scalar op made at run time is the same struct.
//   ScalarFunction{.name = "hypot", .nin = 2, .text = "hypot(x, y)", .host = ...}
// In a kernel all arguments have been cast to one compute dtype T; the text is the body of a
// `static inline` function k_hypot_f32(float x, float y), in which every called name gets the
// ending of T (hypot_f32): those are functions of the prelude.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/kernel/dialect.h"

namespace kroton::kernel {
// Reads one value per argument, writes one value.
using HostFunction = void (*)(const void* const* arguments, void* result);

// What a function yields for compute dtype T: T, bool, the real dtype of a complex T, or the
// complex dtype of a real T.
enum class ResultRule { same, boolean, real, complex };

struct ScalarFunction {
  std::string name;
  int nin = 1;
  std::string text;                         // over x, y, z
  std::function<HostFunction(DType)> host;  // of a compute dtype; null when there is none
  ResultRule result = ResultRule::same;
  int cost = 1;                     // about how many additions it takes
  bool first_is_condition = false;  // x is a bool whatever T is
};

using FunctionRef = std::shared_ptr<const ScalarFunction>;

// The dtype of the result for compute dtype T.
KROTON_API DType result_dtype(const ScalarFunction&, DType compute);
// The dtype of argument i for compute dtype T.
KROTON_API DType argument_dtype(const ScalarFunction&, int i, DType compute);
// The text with every called name given the ending of T: "exp(x) + 1" -> "exp_f32(x) + 1".
KROTON_API std::string suffixed_text(const ScalarFunction&, DType compute);
// The names called in the text, with that ending and without repeats: {"exp_f32"}.
KROTON_API std::vector<std::string> called_names(const ScalarFunction&, DType compute);
// Whether two rows mean the same in a kernel: name, arity, text and rules are equal.
KROTON_API bool same_function(const ScalarFunction&, const ScalarFunction&);
}  // namespace kroton::kernel
