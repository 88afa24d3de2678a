// SPDX-License-Identifier: BSD-3-Clause
// A compiled module of C text, ready to run on values from any number of threads.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/link/program.h"
#include "kroton/ndarray/value.h"

namespace kroton::link {
class KROTON_API CModule {
 public:
  // INPUTS and OUTPUTS without repeats; each output is made by a node of ORDER. CompileError with
  // the op's own text and lines when it does not compile; UnsupportedError when there is no
  // compiler. Null when a node has no C code and ALLOW_CALLS is false; WHY_NOT is then the reason.
  // OPTIONS: where the nodes stand, and a recorder for the time of each.
  static std::shared_ptr<const CModule> make(const Variables& inputs, const Variables& outputs,
                                             const std::vector<Apply>& order, bool allow_calls,
                                             std::string* why_not = nullptr,
                                             const LinkOptions& options = {});
  virtual ~CModule();
  // An array in OUTPUTS is memory that the caller offers. Errors have the node's context; those of
  // a module of one node have none: its caller knows it.
  virtual void run(std::span<const Value> inputs, std::span<Value> outputs) const = 0;
  virtual const std::string& text() const = 0;  // that was compiled
};
}  // namespace kroton::link
