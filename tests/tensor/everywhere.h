// SPDX-License-Identifier: BSD-3-Clause
// One expectation of a value in every way that it can be computed.
#pragma once
#include <cstdint>
#include <vector>

#include "kroton/compile/function.h"
#include "kroton/compile/mode.h"
#include "tests/support/evaluate.h"
#include "tests/tensor/reference.h"

namespace kroton::support {
inline const std::vector<Mode> modes{Mode("py", "None"), Mode("FAST_RUN"), Mode("FAST_COMPILE"),
                                     Mode("DebugMode")};

// Z at X = VALUE by the interpreter, by compiled kernels, and by a function in every mode.
inline void expect_everywhere(const Variable& z, const Variable& x, const NDArray& value,
                              const NDArray& wanted, double rtol = 0) {
  for (const char* linker : {"py", "vm"})
    expect_like(evaluate(z, {{x, value}}, linker), wanted, rtol);
  for (const Mode& mode : modes) {
    SCOPED_TRACE(mode.text());
    expect_like(function({x}, z, {.mode = mode})(value), wanted, rtol);
  }
}
}  // namespace kroton::support
