// SPDX-License-Identifier: BSD-3-Clause
// The mathematics that generated kernels call, as text: only the functions in use, with what they
// call, in order.
//   prelude_text(Dialect::c, {"exp_f32"})   // types and macros, then what exp_f32 needs, then
//   exp_f32
// The text is that of the headers beside this one, which math.h compiles for the host. README.md
// says how to add one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/kernel/dialect.h"

namespace kroton::kernel {
// The types and macros of the dialect, then the functions named and all that they call, each once.
// InternalError for a name that prelude_has() denies.
KROTON_API std::string prelude_text(Dialect, const std::vector<std::string>& used);
// Whether there is a function of that name, with its ending: "exp_f32".
KROTON_API bool prelude_has(std::string_view name);
// Every function's name, in the order of the text.
KROTON_API std::vector<std::string> prelude_names();
}  // namespace kroton::kernel
