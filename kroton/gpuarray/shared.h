// SPDX-License-Identifier: BSD-3-Clause
// Shared variables whose values live on a device.
//   GpuArraySharedVariable w = gpuarray_shared_constructor(a, "w", false, {}, false, {}, "dev0");
//   SharedVariable v = shared(a, "v", {.target = "dev0"});
// With the flag `device` set, shared() puts arrays there that have axes and are not complex.
// Source: Theano's gpuarray/type.py.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/compile/shared.h"
#include "kroton/gpuarray/type.h"

namespace kroton::gpuarray {
// get_value() copies to the host; with return_internal_type it gives a GpuArray, itself with
// borrow, else a copy. set_value() of a host array writes into the device memory that is there when
// that is contiguous and has the array's shape, whether borrow is given or not; it takes a GpuArray
// as it is with borrow, else a copy. Updates of unchanged shape stay in place, too.
class KROTON_API GpuArraySharedVariable : public compile::SharedVariable {
 public:
  // VALUE as the type's filter takes it; CONTAINER as SharedVariable has it.
  GpuArraySharedVariable(std::string name, const GpuArrayType& type, const Value& value,
                         bool strict, std::optional<bool> allow_downcast = std::nullopt,
                         std::shared_ptr<Value> container = nullptr);
  static std::optional<GpuArraySharedVariable> recover(const graph::Variable& variable);

 private:
  explicit GpuArraySharedVariable(const compile::SharedVariable& shared) : SharedVariable(shared) {}
};

// A shared variable on the device that TARGET names. Not given: the default context, and no values
// that do not go there unasked. TypeError for target "cpu", for what is no array, for complex and
// (unasked) 0-d arrays, and when there is no default context; ContextNotDefined for an unknown
// name.
KROTON_API GpuArraySharedVariable gpuarray_shared_constructor(
    const Value& value, std::string name = "", bool strict = false,
    std::optional<bool> allow_downcast = std::nullopt, bool borrow = false,
    std::optional<std::vector<bool>> broadcastable = std::nullopt, compile::Target target = {});

// For shared(): nothing when the value shall not live on a device.
KROTON_API std::optional<compile::SharedVariable> device_shared_constructor(
    const Value& value, const std::string& name, const compile::SharedOptions& options);
}  // namespace kroton::gpuarray
