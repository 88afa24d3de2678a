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
#include "kroton/link/native_node.h"
#include "kroton/link/storage.h"

namespace kroton::link {
class KROTON_API Thunk {
 public:
  // CHECKS: of the node's outputs.
  Thunk(Apply node, std::vector<ArrayCheck> checks);
  const Apply& node() const { return node_; }
  bool has_kernel();
  const NodeKernel* node_kernel();  // null when the op has none
  // False when the op has no perform().
  bool perform(std::span<const Value> inputs, std::span<Value> outputs);
  // READY: code that is used where the arrays lie as it wants.
  bool kernel(KernelBody body, std::span<const Value> inputs, std::span<Value> outputs,
              const ReadyKernel* ready = nullptr);
  // By c_code(), as a module of this node alone. False when the op has none for these types, or
  // there is no compiler. Error when its text is wrong.
  bool c_code(std::span<const Value> inputs, std::span<Value> outputs);
  bool has_c_code();
  // These say by which body they ran, as a profile names it.
  // The quickest body: compiled kernel, c_code(), perform(), interpreted kernel. Views are made by
  // perform(). UnsupportedError when there is none.
  const char* run_fast(std::span<const Value> inputs, std::span<Value> outputs);
  const char* run_fast(std::span<const Value> inputs, std::span<Value> outputs,
                       const ReadyKernel* ready);
  // The plainest body: perform(), interpreted kernel, c_code(). UnsupportedError when there is
  // none.
  const char* run_plain(std::span<const Value> inputs, std::span<Value> outputs);
  // A C++ body and a native one, compared where there are both: Error when they disagree.
  const char* run_both(std::span<const Value> inputs, std::span<Value> outputs);
  // perform(), else the kernel's interpreter; MethodNotDefined when the op has neither.
  const char* run(std::span<const Value> inputs, std::span<Value> outputs);

 private:
  Apply node_;
  Apply alone_;  // over leaves of its own; made with the kernel
  std::vector<ArrayCheck> checks_;
  std::optional<NodeKernel> kernel_;
  std::unique_ptr<std::once_flag> asked_ = std::make_unique<std::once_flag>();
  std::shared_ptr<const NativeNode> native_;
  std::string why_no_c_code_;
  std::unique_ptr<std::once_flag> asked_for_c_code_ = std::make_unique<std::once_flag>();
  [[noreturn]] void no_body() const;
};

// TypeError unless each value is what its variable's type says: kernels behind it rely on that.
KROTON_API void check_outputs(const Apply& node, std::span<const ArrayCheck> checks,
                              std::span<const Value> outputs);
// UnsupportedError for a node that nothing can run.
[[noreturn]] KROTON_API void throw_no_body(const Apply& node, const std::string& why_no_c_code);
// Runs perform(); false when the op has none.
KROTON_API bool try_perform(const Apply& node, std::span<const Value> inputs,
                            std::span<Value> outputs);
}  // namespace kroton::link
