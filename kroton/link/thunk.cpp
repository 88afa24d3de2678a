// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/thunk.h"

#include <string_view>

#include "kroton/base/errors.h"

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

namespace {
// The node over leaves of its own, so that the lengths of its outputs follow from its inputs alone
// and not from what those were computed of, which a call of one node does not see.
Apply detached(const Apply& node) {
  Variables inputs;
  for (const Variable& input : node.inputs()) {
    inputs.push_back(as<Constant>(input) ? input : input.type().make_variable(input.text()));
  }
  return node.clone_with_new_inputs(inputs);
}
}  // namespace

Thunk::Thunk(Apply node, std::vector<ArrayCheck> checks)
    : node_(std::move(node)), checks_(std::move(checks)) {}

bool Thunk::has_kernel() {
  std::call_once(*asked_, [this] {
    alone_ = detached(node_);
    kernel_ = node_kernel(alone_);
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

bool Thunk::kernel(KernelBody body, std::span<const Value> inputs, std::span<Value> outputs) {
  return has_kernel() && run_kernel(alone_, *kernel_, body, inputs, outputs);
}

bool Thunk::has_c_code() {
  std::call_once(*asked_for_c_code_, [this] { native_ = NativeNode::make(node_, why_no_c_code_); });
  return native_ != nullptr;
}
bool Thunk::c_code(std::span<const Value> inputs, std::span<Value> outputs) {
  if (!has_c_code()) return false;
  native_->run(inputs, outputs);
  return true;
}

void Thunk::run(std::span<const Value> inputs, std::span<Value> outputs) {
  if (perform(inputs, outputs) || kernel(KernelBody::interpreted, inputs, outputs)) return;
  throw MethodNotDefined(node_.op().text() +
                         " does not define perform, nor a kernel() for these types; linker py runs "
                         "these alone, c_code() is run by the linkers vm, c and c|py");
}

void Thunk::run_fast(std::span<const Value> inputs, std::span<Value> outputs) {
  const bool is_view = !node_.op().view_map().empty();
  if (is_view && !has_c_code() && perform(inputs, outputs)) return;
  if (kernel(KernelBody::compiled, inputs, outputs) || c_code(inputs, outputs)) return;
  if (perform(inputs, outputs) || kernel(KernelBody::interpreted, inputs, outputs)) return;
  no_body();
}

void Thunk::run_plain(std::span<const Value> inputs, std::span<Value> outputs) {
  if (perform(inputs, outputs) || kernel(KernelBody::interpreted, inputs, outputs) ||
      c_code(inputs, outputs))
    return;
  no_body();
}

void Thunk::no_body() const { throw_no_body(node_, why_no_c_code_); }

void throw_no_body(const Apply& node, const std::string& why_no_c_code) {
  throw UnsupportedError(
      node.op().text() +
      ": the op has no body that can run: neither perform() nor a kernel() whose "
      "shapes are known before it runs, and no c_code(): " +
      why_no_c_code);
}
}  // namespace kroton::link
