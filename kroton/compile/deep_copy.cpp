// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/compile/deep_copy.h"

#include "kroton/base/errors.h"

namespace kroton::inline compile {
Apply DeepCopyOp::make_node(Inputs inputs) const {
  if (inputs.size() != 1) {
    throw TypeError("DeepCopyOp: " + std::to_string(inputs.size()) +
                    " inputs are given; it takes one");
  }
  return Apply(*this, inputs, {Variable(inputs[0].shared_type(), nullptr, "")});
}
void DeepCopyOp::perform(const Apply&, std::span<const Value> inputs,
                         std::span<Value> output_storage) const {
  output_storage[0] = inputs[0].copy();
}
}  // namespace kroton::inline compile
