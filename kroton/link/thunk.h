// SPDX-License-Identifier: BSD-3-Clause
// One node, ready to run on values: by perform(), or by its kernel.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "kroton/base/api.h"
#include "kroton/link/kernel_call.h"
#include "kroton/link/storage.h"

namespace kroton::link {
class KROTON_API Thunk {
 public:
  // CHECKS: of the node's outputs.
  Thunk(Apply node, std::vector<ArrayCheck> checks);
  const Apply& node() const { return node_; }
  bool has_kernel();
  // False when the op has no perform().
  bool perform(std::span<const Value> inputs, std::span<Value> outputs);
  bool kernel(KernelBody body, std::span<const Value> inputs, std::span<Value> outputs);
  // perform(), else the kernel's interpreter; UnsupportedError when the op has neither.
  void run(std::span<const Value> inputs, std::span<Value> outputs);

 private:
  Apply node_;
  Apply alone_;  // over leaves of its own; made with the kernel
  std::vector<ArrayCheck> checks_;
  std::optional<NodeKernel> kernel_;
  std::unique_ptr<std::once_flag> asked_ = std::make_unique<std::once_flag>();
};

// TypeError unless each value is what its variable's type says: kernels behind it rely on that.
KROTON_API void check_outputs(const Apply& node, std::span<const ArrayCheck> checks,
                              std::span<const Value> outputs);
// Runs perform(); false when the op has none.
KROTON_API bool try_perform(const Apply& node, std::span<const Value> inputs,
                            std::span<Value> outputs);
}  // namespace kroton::link
