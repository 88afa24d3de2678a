// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/shared.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
std::optional<SharedVariable> tensor_shared_constructor(const Value& value, const std::string& name,
                                                        const SharedOptions& options) {
  const bool on_host = !options.target.is_given() || options.target.name() == "cpu";
  if (!on_host || (!value.is_array() && !value.is_number() && !value.is_array_elsewhere()))
    return std::nullopt;
  NDArray array = value;
  if (value.is<int>()) array = array.astype(int64);
  if (value.is_array() && !options.borrow) array = array.copy();
  std::vector<bool> flags = options.broadcastable;
  if (flags.empty()) flags.assign(array.ndim(), false);
  if (flags.size() != array.ndim()) {
    throw TypeError(fmt::format(
        "shared: broadcastable has {} flags and the value shape {}; one flag per axis is needed",
        flags.size(), shape_text(array.shape())));
  }
  return SharedVariable(name, TensorType(array.dtype(), flags), array, options.strict,
                        options.allow_downcast);
}
}  // namespace kroton::tensor
