// SPDX-License-Identifier: BSD-3-Clause
// One node's kernel: its lengths from actual shapes, its errors in the user's words, and how it
// runs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"
#include "kroton/kernel/fault.h"
#include "kroton/kernel/form.h"
#include "kroton/kernel/launch.h"
#include "kroton/kernel/specialise.h"
#include "kroton/link/shape_program.h"
#include "kroton/ndarray/value.h"

namespace kroton::link {
// The kernel of a node whose arrays are all on the host and whose output shapes are known before it
// runs.
struct NodeKernel {
  std::shared_ptr<const kernel::Kernel> kernel;
  ShapeProgram shapes;
};
// Nothing when the node has no such kernel.
KROTON_API std::optional<NodeKernel> node_kernel(const Apply& node);

// The lengths of the kernel's extents, given each param's shape (those of the inputs alone will do
// to check them) and the registers of its shape program. ShapeError with both lengths when two
// disagree, ValueError when one is too short; InternalError when an output's is wrong.
KROTON_API std::vector<std::int64_t> kernel_extents(
    const Apply& node, const NodeKernel& kernel,
    const std::vector<std::vector<std::int64_t>>& shapes,
    const std::vector<std::int64_t>& registers);
// The same for the values of the inputs, to have them checked.
KROTON_API void check_extents(const Apply& node, const NodeKernel& kernel,
                              std::span<const Value> inputs);
// ValueError for an index that lies outside its array.
[[noreturn]] KROTON_API void throw_fault(const Apply& node, const kernel::Kernel& kernel,
                                         const kernel::Fault& fault,
                                         const std::vector<std::int64_t>& shape);

// Compiled code by the key of a specialised kernel, for the whole process; null when there is no
// compiler.
KROTON_API std::shared_ptr<const kernel::CompiledKernel> compiled(
    const kernel::Specialised& specialised);
// All of them, several at a time; null where there is no compiler.
KROTON_API std::vector<std::shared_ptr<const kernel::CompiledKernel>> compiled(
    const std::vector<const kernel::Specialised*>& specialised);

// Code of one layout that is there before any call, in a module: used where the arrays lie so.
struct ReadyKernel {
  std::string key;
  std::shared_ptr<const kernel::CompiledKernel> code;
};
// The layout of C-contiguous arrays of middle size.
KROTON_API kernel::Specialised usual_layout(const NodeKernel& kernel);
// The node over leaves of its own, so that the lengths of its outputs follow from its inputs alone
// and not from what those were computed of, which a call of one node does not see.
KROTON_API Apply detached(const Apply& node);

enum class KernelBody { compiled, interpreted };
// Runs a node's kernel on values. An array in OUTPUTS of the right dtype and shape, any strides and
// apart from all inputs, is written; otherwise there is new memory. False when COMPILED is asked
// for and no compiler is there.
KROTON_API bool run_kernel(const Apply& node, const NodeKernel& kernel, KernelBody body,
                           std::span<const Value> inputs, std::span<Value> outputs,
                           const ReadyKernel* ready = nullptr);
}  // namespace kroton::link
