// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/storage.h"

#include "kroton/base/errors.h"

namespace kroton::link {
ArrayCheck::ArrayCheck(const Type& type) {
  if (!type.is_array()) return;
  try {
    if (!type.host_form()->equals(type)) return;
  } catch (const Error&) {
    return;
  }
  const std::vector<bool>& flags = type.broadcastable();
  host_array_ = true;
  dtype_ = type.dtype();
  ndim_ = flags.size();
  const std::size_t bytes = itemsize(dtype_);
  alignment_ = (bytes == 16 ? 8 : bytes) - 1;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) broadcastable_ |= std::uint64_t{1} << i;
  }
}

bool ArrayCheck::aligned_strides(const NDArray& array) const {
  for (std::size_t i = 0; i < ndim_; ++i) {
    if (static_cast<std::uintptr_t>(array.strides_data()[i]) & alignment_) return false;
  }
  return true;
}

Storage::Storage(const FunctionGraph& fgraph, const std::vector<Apply>& order) {
  for (const Variable& input : fgraph.inputs()) inputs.push_back(add(input, -1));
  const auto leaf_or_known = [&](const Variable& x) {
    if (const int known = find(x); known >= 0) return known;
    const auto constant = as<Constant>(x);
    KROTON_CHECK(constant.has_value());
    const int fresh = add(x, -1);
    constants.emplace_back(fresh, constant->data());
    return fresh;
  };
  for (const Apply& node : order) {
    NodeSlots slots{node, {}, {}};
    const int position = static_cast<int>(nodes.size());
    for (const Variable& input : node.inputs()) {
      slots.in.push_back(leaf_or_known(input));
      last_use[static_cast<std::size_t>(slots.in.back())] = position;
    }
    for (const Variable& output : node.outputs()) slots.out.push_back(add(output, position));
    nodes.push_back(std::move(slots));
  }
  for (const Variable& output : fgraph.outputs()) {
    outputs.push_back(leaf_or_known(output));
    is_output[static_cast<std::size_t>(outputs.back())] = 1;
  }
}

int Storage::add(const Variable& variable, int node) {
  const int fresh = static_cast<int>(variables.size());
  number_.emplace(variable.key(), fresh);
  variables.push_back(variable);
  checks.emplace_back(variable.type());
  producer.push_back(node);
  last_use.push_back(-1);
  is_output.push_back(0);
  return fresh;
}

int Storage::find(const Variable& variable) const {
  const auto found = number_.find(variable.key());
  return found == number_.end() ? -1 : found->second;
}
int Storage::slot(const Variable& variable) const {
  const int found = find(variable);
  KROTON_CHECK(found >= 0);
  return found;
}
}  // namespace kroton::link
