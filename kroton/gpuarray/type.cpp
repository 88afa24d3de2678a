// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/type.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/detail/context_name.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/ndarray/cast.h"
#include "kroton/tensor/elemwise_functions.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/type.h"

namespace kroton::gpuarray {
namespace {
using tensor::TensorType;

const GpuArrayType* device_type(const Type& type) {
  return dynamic_cast<const GpuArrayType*>(&type);
}
std::string typecode_text(int typecode, DType dtype) {
  return fmt::format("typecode {} ({})", typecode, name(dtype));
}
}  // namespace

GpuArrayType::GpuArrayType(DType dtype, std::vector<bool> broadcastable, ContextName context_name,
                           std::string name)
    : dtype_(dtype),
      broadcastable_(std::move(broadcastable)),
      context_name_(normalized(std::move(context_name))),
      name_(std::move(name)) {
  get_context(context_name_);
  if (ndarray::is_complex(dtype_)) {
    throw TypeError(
        fmt::format("GpuArrayType: dtype {} is complex, which devices do not support; keep the "
                    "array on the host, or split it into real and imaginary parts",
                    kroton::name(dtype_)));
  }
}

int GpuArrayType::typecode() const { return dtype_info(dtype_).number; }
GpuContext GpuArrayType::context() const { return get_context(context_name_); }

GpuArrayType GpuArrayType::clone(std::optional<DType> dtype,
                                 std::optional<std::vector<bool>> broadcastable) const {
  return GpuArrayType(dtype.value_or(dtype_), broadcastable.value_or(broadcastable_), context_name_,
                      name_);
}
GpuArrayVariable GpuArrayType::operator()(std::string name) const {
  return GpuArrayVariable(*this, std::nullopt, std::nullopt, std::move(name));
}

DTypeSpecs GpuArrayType::dtype_specs() const {
  const DTypeInfo& info = dtype_info(dtype_);
  return {info.kind == DTypeKind::floating ? "float" : "int", info.c_name, info.number};
}

std::shared_ptr<const Type> GpuArrayType::with(DType dtype, std::vector<bool> broadcastable) const {
  return std::make_shared<const GpuArrayType>(dtype, std::move(broadcastable), context_name_);
}
std::shared_ptr<const Type> GpuArrayType::host_form() const {
  return std::make_shared<const TensorType>(dtype_, broadcastable_);
}
graph::Variable GpuArrayType::on_host(const graph::Variable& x) const { return host_from_gpu(x); }

std::string GpuArrayType::text() const {
  if (!name_.empty()) return name_;
  return fmt::format("GpuArrayType<{}>({}, {})", context_name_.value_or("none"),
                     kroton::name(dtype_), tensor::axes_text(broadcastable_));
}

// ---------------------------------------------------------------- values
void GpuArrayType::check_axes(const Shape& shape) const {
  if (shape.size() != ndim()) {
    throw TypeError(fmt::format(
        "{}: the value has shape {} and the type has broadcastable {}; {} dimensions are needed, "
        "not {}",
        text(), shape_text(shape), field_text(broadcastable_), ndim(), shape.size()));
  }
  for (std::size_t i = 0; i < ndim(); ++i) {
    if (!broadcastable_[i] || shape[i] == 1) continue;
    throw TypeError(fmt::format(
        "{}: the value has shape {} and the type has broadcastable {}; axis {} must have length 1",
        text(), shape_text(shape), field_text(broadcastable_), i));
  }
}

GpuArray GpuArrayType::checked(GpuArray array) const {
  check_axes(array.shape());
  const GpuContext here = context();
  return array.context() == here ? array : array.copy_to(here);
}

GpuArray GpuArrayType::cast(const GpuArray& array, std::optional<bool> allow_downcast) const {
  if (array.dtype() == dtype_) return array;
  if (allow_downcast != true && !can_cast_safely(array.dtype(), dtype_)) {
    throw TypeError(
        fmt::format("{}: the value is {}, which may lose precision as {}; convert it with astype, "
                    "or pass allow_downcast = true",
                    text(), Value(array).text(), kroton::name(dtype_)));
  }
  return array.astype(dtype_);
}

// By the rules of host arrays, with this type's text in front of what they refuse.
NDArray GpuArrayType::cast_host(const Value& value, std::optional<bool> allow_downcast) const {
  const std::vector<bool> any(value.is_array() ? value.as<NDArray>().ndim() : 0, false);
  return TensorType(dtype_, any, text()).filter(value, false, allow_downcast).as<NDArray>();
}

void GpuArrayType::check_strict(const Value& value) const {
  if (!value.is<GpuArray>()) {
    throw TypeError(
        fmt::format("{}: the value is {}, no device array; strict takes device arrays "
                    "only, make one by GpuArray::from_host",
                    text(), value.text()));
  }
  const GpuArray& array = value.as<GpuArray>();
  if (array.typecode() != typecode()) {
    throw TypeError(fmt::format("{}: the value has {}; strict takes {} only", text(),
                                typecode_text(array.typecode(), array.dtype()),
                                typecode_text(typecode(), dtype_)));
  }
  if (!(array.context() == context())) {
    throw TypeError(
        fmt::format("{}: the value lies in context {}; strict takes arrays of context {} only",
                    text(), array.context().name(), context().name()));
  }
  check_axes(array.shape());
}

Value GpuArrayType::filter(const Value& value, bool strict,
                           std::optional<bool> allow_downcast) const {
  return filter_inplace(value, Value(), strict, allow_downcast);
}

Value GpuArrayType::filter_inplace(const Value& value, const Value& old_storage, bool strict,
                                   std::optional<bool> allow_downcast) const {
  if (strict) {
    check_strict(value);
    return value;
  }
  if (value.is<GpuArray>()) return checked(cast(value.as<GpuArray>(), allow_downcast));
  const NDArray host = cast_host(value, allow_downcast);
  check_axes(host.shape());
  if (old_storage.is<GpuArray>()) {
    GpuArray old = old_storage.as<GpuArray>();
    if (old.dtype() == dtype_ && old.shape() == host.shape() && old.context() == context() &&
        (old.is_c_contiguous() || old.is_f_contiguous())) {
      old.write(host);
      return old;
    }
  }
  return GpuArray::from_host(host, context());
}

bool GpuArrayType::values_eq(const Value& a, const Value& b) const {
  return a.is<GpuArray>() && b.is<GpuArray>() &&
         values_eq(a.as<GpuArray>(), b.as<GpuArray>(), true);
}
bool GpuArrayType::values_eq_approx(const Value& a, const Value& b) const {
  return a.is<GpuArray>() && b.is<GpuArray>() &&
         values_eq_approx(a.as<GpuArray>(), b.as<GpuArray>(), false, false);
}
bool GpuArrayType::may_share_memory(const GpuArray& a, const GpuArray& b) {
  return gpuarray::may_share_memory(a, b);
}
bool GpuArrayType::may_share_memory(const Value& a, const Value& b) const {
  return a.is<GpuArray>() && b.is<GpuArray>() &&
         may_share_memory(a.as<GpuArray>(), b.as<GpuArray>());
}

Value GpuArrayType::value_zeros(const Shape& shape) const {
  return GpuArray::zeros(shape, dtype_, context());
}
Shape GpuArrayType::get_shape_info(const Value& value) const { return value.array_shape(); }
std::size_t GpuArrayType::get_size(const Shape& shape) const {
  return static_cast<std::size_t>(
             element_count(shape.data(), shape.size(), itemsize(dtype_), "get_size")) *
         itemsize(dtype_);
}

// ---------------------------------------------------------------- variables
graph::Variable GpuArrayType::filter_variable(const graph::Variable& other,
                                              bool allow_convert) const {
  if (other.type() == *this) return other;
  const Type& type = other.type();
  if (!device_type(type) && !dynamic_cast<const TensorType*>(&type)) {
    throw TypeError(
        fmt::format("{}: variable {} has type {}; only arrays of the host and of "
                    "devices can stand for it",
                    text(), other.text(), type.text()));
  }
  if (type.dtype() != dtype_) {
    throw TypeError(
        fmt::format("{}: variable {} has dtype {} and the type {}; convert it with "
                    "astype({})",
                    text(), other.text(), kroton::name(type.dtype()), kroton::name(dtype_),
                    kroton::name(dtype_)));
  }
  if (type.ndim() != ndim()) {
    throw TypeError(
        fmt::format("{}: variable {} has {} dimensions and the type {}; reshape it, or "
                    "use dimshuffle",
                    text(), other.text(), type.ndim(), ndim()));
  }
  for (std::size_t i = 0; i < ndim(); ++i) {
    const bool gained = broadcastable_[i] && !type.broadcastable()[i];
    const bool differs = broadcastable_[i] != type.broadcastable()[i];
    if (!gained && (allow_convert || !differs)) continue;
    throw TypeError(fmt::format("{}: variable {} has broadcastable {} and the type {}; {}", text(),
                                other.text(), field_text(type.broadcastable()),
                                field_text(broadcastable_),
                                gained ? "only flags that the type lacks can be dropped"
                                       : "pass allow_convert = true to drop flags"));
  }
  return as_gpuarray_variable(tensor::with_flags(other, broadcastable_), context_name_);
}

graph::Variable GpuArrayType::filter_variable(const Value& other, bool) const {
  return GpuArrayConstant(*this, other);
}

graph::Variable GpuArrayType::convert_variable(const graph::Variable& other) const {
  if (other.type() == *this) return other;
  const GpuArrayType* type = device_type(other.type());
  if (!type || type->dtype() != dtype_ || type->ndim() != ndim() ||
      type->context_name() != context_name_)
    return {};
  return tensor::with_flags(other, broadcastable_);
}

graph::Variable GpuArrayType::zeros_like(const graph::Variable& x) const {
  return as_gpuarray_variable(host_form()->zeros_like(on_host(x)), context_name_);
}
graph::Variable GpuArrayType::ones_like(const graph::Variable& x) const {
  return as_gpuarray_variable(host_form()->ones_like(on_host(x)), context_name_);
}
graph::Variable GpuArrayType::add(const graph::Variable& a, const graph::Variable& b) const {
  return as_gpuarray_variable(tensor::add(a, b), context_name_);
}
graph::Variable GpuArrayType::gradient_like(const graph::Variable& g,
                                            const graph::Variable& x) const {
  const graph::Variable here = g.type().on_host(g);
  const graph::Variable like = host_form()->gradient_like(here, x);
  return as_gpuarray_variable(like == here ? g : like, context_name_);
}
}  // namespace kroton::gpuarray
