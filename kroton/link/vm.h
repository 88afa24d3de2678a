// SPDX-License-Identifier: BSD-3-Clause
// The linker "vm": compiled kernels over planned memory (plan.h).
#pragma once
#include <memory>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/link/program.h"

namespace kroton::link {
KROTON_API std::shared_ptr<const Program> make_vm_program(const FunctionGraph& fgraph,
                                                          const std::vector<Apply>& order,
                                                          const LinkOptions& options);
}  // namespace kroton::link
