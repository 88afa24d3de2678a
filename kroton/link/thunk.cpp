// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/thunk.h"

#include <string_view>

#include "kroton/base/errors.h"
#include "kroton/link/error_context.h"

namespace kroton::link {
void check_outputs(const Apply& node, std::span<const ArrayCheck> checks,
                   std::span<const Value> outputs) {
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (checks[o].accepts(outputs[o])) continue;
    const Type& type = node.outputs()[o].type();
    if (!checks[o].is_host_array()) continue;
    throw TypeError(node.op().text() + ": perform gave " + outputs[o].text() + " for output " +
                    std::to_string(o) + ", whose type is " + type.text() +
                    "; perform must give values of the output's type");
  }
}

bool try_perform(const Apply& node, std::span<const Value> inputs, std::span<Value> outputs) {
  try {
    node.op().perform(node, inputs, outputs);
    return true;
  } catch (const MethodNotDefined& error) {
    // Only the op's own missing method counts; one that perform() itself met is the user's error.
    const std::string described = node.op().text();
    if (error.what() == described.substr(0, described.find('{')) + " does not define perform")
      return false;
    throw;
  }
}

Thunk::Thunk(Apply node, std::vector<ArrayCheck> checks)
    : node_(std::move(node)), checks_(std::move(checks)) {}

bool Thunk::has_kernel() {
  std::call_once(*asked_, [this] {
    alone_ = detached(node_);
    kernel_ = link::node_kernel(alone_);
  });
  return kernel_.has_value();
}

bool Thunk::perform(std::span<const Value> inputs, std::span<Value> outputs) {
  try {
    if (!try_perform(node_, inputs, outputs)) return false;
  } catch (const ShapeError&) {
    // The kernel, where there is one, knows which two lengths are at odds.
    if (has_kernel()) check_extents(alone_, *kernel_, inputs);
    throw;
  }
  check_outputs(node_, checks_, outputs);
  return true;
}

bool Thunk::kernel(KernelBody body, std::span<const Value> inputs, std::span<Value> outputs,
                   const ReadyKernel* ready) {
  return has_kernel() && run_kernel(alone_, *kernel_, body, inputs, outputs, ready);
}
const NodeKernel* Thunk::node_kernel() { return has_kernel() ? &*kernel_ : nullptr; }

bool Thunk::has_c_code() {
  std::call_once(*asked_for_c_code_, [this] { native_ = NativeNode::make(node_, why_no_c_code_); });
  return native_ != nullptr;
}
bool Thunk::c_code(std::span<const Value> inputs, std::span<Value> outputs) {
  if (!has_c_code()) return false;
  native_->run(inputs, outputs);
  return true;
}

const char* Thunk::run(std::span<const Value> inputs, std::span<Value> outputs) {
  if (perform(inputs, outputs)) return "perform";
  if (kernel(KernelBody::interpreted, inputs, outputs)) return "interpreter";
  throw MethodNotDefined(node_.op().text() +
                         " does not define perform, nor a kernel() for these types; linker py runs "
                         "these alone, c_code() is run by the linkers vm, c and c|py");
}

const char* Thunk::run_fast(std::span<const Value> inputs, std::span<Value> outputs) {
  return run_fast(inputs, outputs, nullptr);
}

const char* Thunk::run_fast(std::span<const Value> inputs, std::span<Value> outputs,
                            const ReadyKernel* ready) {
  const bool is_view = !node_.op().view_map().empty();
  if (is_view && !has_c_code() && perform(inputs, outputs)) return "view";
  if (kernel(KernelBody::compiled, inputs, outputs, ready)) return "kernel";
  if (c_code(inputs, outputs)) return "c_code";
  if (perform(inputs, outputs)) return "perform";
  if (kernel(KernelBody::interpreted, inputs, outputs)) return "interpreter";
  no_body();
}

const char* Thunk::run_plain(std::span<const Value> inputs, std::span<Value> outputs) {
  if (perform(inputs, outputs)) return "perform";
  if (kernel(KernelBody::interpreted, inputs, outputs)) return "interpreter";
  if (c_code(inputs, outputs)) return "c_code";
  no_body();
}

const char* Thunk::run_both(std::span<const Value> inputs, std::span<Value> outputs) {
  const Op& op = node_.op();
  if (op.effect() != Effect::none) return run_plain(inputs, outputs);
  Values copies(inputs.begin(), inputs.end()), native(outputs.size());
  for (const auto& [output, destroyed] : op.destroy_map()) {
    for (const int i : destroyed) {
      const auto at = static_cast<std::size_t>(i);
      copies[at] = inputs[at].copy();
    }
  }
  const char* const by = c_code(copies, native)                         ? "c_code"
                         : kernel(KernelBody::compiled, copies, native) ? "kernel"
                                                                        : nullptr;
  if (!by) return run_plain(inputs, outputs);
  if (!perform(inputs, outputs) && !kernel(KernelBody::interpreted, inputs, outputs)) {
    std::move(native.begin(), native.end(), outputs.begin());
    return by;
  }
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (node_.outputs()[o].type().values_eq_approx(outputs[o], native[o])) continue;
    throw Error("linker c&py: " + op.text() + " gave " + value_text(outputs[o]) + " for output " +
                std::to_string(o) + " by its C++ body and " + value_text(native[o]) +
                " by its native one; all bodies of an op must agree");
  }
  return "both bodies";
}

void Thunk::no_body() const { throw_no_body(node_, why_no_c_code_); }

void throw_no_body(const Apply& node, const std::string& why_no_c_code) {
  throw MethodNotDefined(
      node.op().text() +
      " does not define perform, nor a kernel() whose shapes are known before it "
      "runs, nor c_code() for these types (" +
      why_no_c_code + "); one of the three has to compute it");
}
}  // namespace kroton::link
