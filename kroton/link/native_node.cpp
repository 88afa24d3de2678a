// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/native_node.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/link/module_text.h"

namespace kroton::link {
namespace {
// The node's inputs that are cells of a module: no constants, none twice.
std::vector<std::size_t> cell_inputs(const Apply& node) {
  std::vector<std::size_t> cells;
  const Variables& inputs = node.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto begin = inputs.begin(), here = begin + static_cast<std::ptrdiff_t>(i);
    if (!as<Constant>(inputs[i]) && std::find(begin, here, inputs[i]) == here) cells.push_back(i);
  }
  return cells;
}
Variables picked(const Variables& variables, const std::vector<std::size_t>& which) {
  Variables some;
  for (const std::size_t i : which) some.push_back(variables[i]);
  return some;
}
}  // namespace

bool has_c_code(const Apply& node) {
  return module_text(picked(node.inputs(), cell_inputs(node)), node.outputs(), {node}, false)
      .has_value();
}

std::shared_ptr<const NativeNode> NativeNode::make(const Apply& node, std::string& why_not) {
  auto native = std::make_shared<NativeNode>();
  native->cells_ = cell_inputs(node);
  const Variables inputs = picked(node.inputs(), native->cells_);
  try {
    native->module_ = CModule::make(inputs, node.outputs(), {node}, false, &why_not);
  } catch (const UnsupportedError& error) {
    why_not = error.what();  // there is no compiler
  }
  return native->module_ ? native : nullptr;
}

void NativeNode::run(std::span<const Value> inputs, std::span<Value> outputs) const {
  Values in;
  in.reserve(cells_.size());
  for (const std::size_t i : cells_) in.push_back(inputs[i]);
  module_->run(in, outputs);
}
}  // namespace kroton::link
