// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/shared.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"

namespace kroton::gpuarray {
namespace {
using compile::SharedContainer, compile::SharedKind;

Value get(const Value& internal, bool borrow, bool return_internal_type) {
  if (!return_internal_type) return NDArray(internal);
  return borrow ? internal : internal.copy();
}

Value set(const SharedContainer& container, const Type& type, const Value& given, bool borrow) {
  if (!given.is<GpuArray>())
    return type.filter_inplace(given, *container.cell, container.strict, container.allow_downcast);
  const Value fresh = type.filter(given, container.strict, container.allow_downcast);
  return !borrow && may_share_memory(fresh, given) ? fresh.copy() : fresh;
}

// The memory that is there, with what was computed, where that has its shape.
Value update(const Value& fresh, const Value& internal) {
  if (!fresh.is<GpuArray>() || !internal.is<GpuArray>()) return fresh;
  GpuArray there = internal.as<GpuArray>();
  const GpuArray& computed = fresh.as<GpuArray>();
  if (there.shape() != computed.shape() || there.dtype() != computed.dtype() ||
      !there.is_c_contiguous())
    return fresh;
  there.write(computed);
  return there;
}
constexpr SharedKind device_kind{&get, &set, &update};

[[noreturn]] void refuse(const std::string& fact) {
  throw TypeError("gpuarray_shared_constructor: " + fact);
}

ContextName chosen_context(const Value& value, const compile::Target& target) {
  if (!target.is_given()) {
    const bool host = value.is<NDArray>();
    const DType dtype = host ? value.as<NDArray>().dtype() : value.as<GpuArray>().dtype();
    if (is_complex(dtype)) {
      refuse(fmt::format("the value is {}; The GPU do not support that value, keep it on the host",
                         value.text()));
    }
    if (value.array_shape().empty()) {
      refuse(
          fmt::format("the value is {}, without axes; We do not move that data by default to the "
                      "GPU, pass a target if it shall go there",
                      value.text()));
    }
  }
  const ContextName& name = target.name();
  if ((!name || name->empty()) && !has_default_context()) {
    refuse(
        "No default context and no context specified; set flag device, open one by "
        "init_dev(device), or pass a target");
  }
  return name;
}
}  // namespace

GpuArraySharedVariable::GpuArraySharedVariable(std::string name, const GpuArrayType& type,
                                               const Value& value, bool strict,
                                               std::optional<bool> allow_downcast,
                                               std::shared_ptr<Value> container)
    : SharedVariable(std::move(name), type, value, strict, allow_downcast, std::move(container),
                     &device_kind) {}
std::optional<GpuArraySharedVariable> GpuArraySharedVariable::recover(
    const graph::Variable& variable) {
  const auto shared = compile::SharedVariable::recover(variable);
  if (!shared || shared->container().kind != &device_kind) return std::nullopt;
  return GpuArraySharedVariable(*shared);
}

GpuArraySharedVariable gpuarray_shared_constructor(const Value& value, std::string name,
                                                   bool strict, std::optional<bool> allow_downcast,
                                                   bool borrow,
                                                   std::optional<std::vector<bool>> broadcastable,
                                                   compile::Target target) {
  if (target.name() == "cpu" || target.name() == "gpu") {
    refuse("target is '" + *target.name() +
           "': not for me; leave target out, or give the name of a context");
  }
  if (!value.is<NDArray>() && !value.is<GpuArray>()) {
    refuse(fmt::format("the value is {}, no array; an NDArray or a GpuArray is required",
                       value.text()));
  }
  const ContextName context_name = chosen_context(value, target);
  const GpuContext context = get_context(context_name);
  const std::size_t ndim = value.array_shape().size();
  const DType dtype =
      value.is<NDArray>() ? value.as<NDArray>().dtype() : value.as<GpuArray>().dtype();
  std::vector<bool> flags = broadcastable.value_or(std::vector<bool>(ndim, false));
  if (flags.size() != ndim) {
    refuse(
        fmt::format("broadcastable has {} flags and the value shape {}; one flag per axis is "
                    "needed",
                    flags.size(), shape_text(value.array_shape())));
  }
  const GpuArrayType type(dtype, std::move(flags), context_name);
  Value there = value;
  if (value.is<NDArray>()) {
    there = GpuArray::from_host(value, context);
  } else if (!(value.as<GpuArray>().context() == context)) {
    there = value.as<GpuArray>().copy_to(context);
  } else if (!borrow) {
    there = value.copy();
  }
  return GpuArraySharedVariable(std::move(name), type, there, strict, allow_downcast);
}

std::optional<compile::SharedVariable> device_shared_constructor(
    const Value& value, const std::string& name, const compile::SharedOptions& options) {
  compile::Target target = options.target;
  if (target.name() == "cpu") return std::nullopt;
  const bool is_there = value.is<GpuArray>();
  if (!is_there && !value.is<NDArray>()) return std::nullopt;
  if (!target.is_given()) {
    // A device array stays where it is; a host array goes where the flag `device` says.
    const auto there = is_there ? name_of_context(value.as<GpuArray>().context()) : std::nullopt;
    if (there) {
      target = compile::Target(*there);
    } else if (is_there || !moves_to_device() || !move_to_gpu(value.as<NDArray>())) {
      return std::nullopt;
    }
  }
  std::optional<std::vector<bool>> flags;
  if (!options.broadcastable.empty()) flags = options.broadcastable;
  return gpuarray_shared_constructor(value, name, options.strict, options.allow_downcast,
                                     options.borrow, std::move(flags), target);
}
}  // namespace kroton::gpuarray
