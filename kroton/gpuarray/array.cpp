// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/array.h"

#include <algorithm>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/detail/open_context.h"
#include "kroton/gpuarray/detail/plain_kernels.h"
#include "kroton/gpuarray/detail/shadow.h"

namespace kroton::gpuarray {
namespace {
void check_place(const char* who, DType dtype, const GpuContext& context) {
  if (!context) {
    throw TypeError(std::string(who) + ": the context is null; open one with init_dev");
  }
  if (is_complex(dtype)) {
    throw TypeError(std::string(who) + ": " + name(dtype) +
                    " arrays cannot be on a device; take the real and the imaginary part");
  }
}

void check_scalar(const char* who, const NDArray& value) {
  if (value.ndim() != 0) {
    throw ShapeError(std::string(who) + ": the value has shape " + shape_text(value.shape()) +
                     "; it must be one number, of shape ()");
  }
}

void check_same(const char* what, const GpuArray& to, DType dtype, const Shape& shape) {
  if (dtype != to.dtype()) {
    throw TypeError("GpuArray::write: " + std::string(what) + " is " + name(dtype) +
                    " and the array " + name(to.dtype()) + "; cast it with astype");
  }
  if (shape != to.shape()) {
    throw ShapeError("GpuArray::write: " + std::string(what) + " has shape " + shape_text(shape) +
                     " and the array " + shape_text(to.shape()) + "; they must be equal");
  }
}

bool contiguous_by(const Shape& shape, const Shape& strides, const Shape& wanted,
                   std::int64_t size) {
  if (size == 0) return true;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] != 1 && strides[axis] != wanted[axis]) return false;
  }
  return true;
}

// First and one past the last byte of the elements.
std::pair<std::uintptr_t, std::uintptr_t> range(const GpuArray& a) {
  std::uintptr_t first = a.device_pointer(), last = first;
  for (std::size_t axis = 0; axis < a.ndim(); ++axis) {
    const std::int64_t reach = (a.shape()[axis] - 1) * a.strides()[axis];
    (reach < 0 ? first : last) += static_cast<std::uintptr_t>(reach);
  }
  return {first, last + itemsize(a.dtype())};
}
}  // namespace

GpuArray GpuArray::make(std::shared_ptr<DeviceBuffer> buffer, DType dtype, Shape shape,
                        Shape strides, std::int64_t offset) {
  const std::size_t bytes = itemsize(dtype);
  const std::int64_t size = element_count(shape.data(), shape.size(), bytes, "GpuArray");
  const bool c = contiguous_by(shape, strides, c_strides(shape, bytes), size),
             f = contiguous_by(shape, strides, f_strides(shape, bytes), size);
  GpuArray made;
  made.body_ = std::make_shared<const Body>(
      Body{std::move(buffer), dtype, std::move(shape), std::move(strides), offset, size, c, f});
  return made;
}

void GpuArray::null_array() {
  throw ValueError("GpuArray: the array is null; make one with GpuArray::from_host");
}

GpuArray GpuArray::empty(const Shape& shape, DType dtype, const GpuContext& context) {
  check_place("GpuArray::empty", dtype, context);
  const std::int64_t size =
      element_count(shape.data(), shape.size(), itemsize(dtype), "GpuArray::empty");
  auto buffer = std::make_shared<DeviceBuffer>(context.open(),
                                               static_cast<std::size_t>(size) * itemsize(dtype));
  return make(std::move(buffer), dtype, shape, c_strides(shape, itemsize(dtype)), 0);
}

GpuArray GpuArray::zeros(const Shape& shape, DType dtype, const GpuContext& context) {
  GpuArray a = empty(shape, dtype, context);
  const OpenContext::Lock lock = context.open()->lock();
  if (a.size() > 0) context.open()->driver().clear(a.buffer()->place(0), a.nbytes());
  return a;
}

GpuArray GpuArray::full(const Shape& shape, const NDArray& value, DType dtype,
                        const GpuContext& context) {
  GpuArray a = empty(shape, dtype, context);
  a.fill(value);
  return a;
}

GpuArray GpuArray::from_host(const NDArray& values, const GpuContext& context) {
  check_place("GpuArray::from_host", values.dtype(), context);
  GpuArray a = empty(values.shape(), values.dtype(), context);
  a.write(values);
  return a;
}

NDArray GpuArray::to_host() const {
  const GpuArray packed = contiguous();
  NDArray values = NDArray::empty(shape(), dtype());
  const OpenContext::Lock lock = buffer()->context()->lock();
  if (size() > 0) {
    buffer()->context()->driver().read(values.raw(), packed.buffer()->place(packed.offset()),
                                       nbytes());
  }
  return values;
}

void GpuArray::write(const NDArray& values) {
  check_same("the value", *this, values.dtype(), values.shape());
  if (!is_c_contiguous()) return write(from_host(values, context()));
  const NDArray packed = values.is_c_contiguous() ? values : values.copy();
  const OpenContext::Lock lock = buffer()->context()->lock();
  if (size() > 0)
    buffer()->context()->driver().write(buffer()->place(offset()), packed.raw(), nbytes());
}

void GpuArray::write(const GpuArray& values) {
  check_same("the value", *this, values.dtype(), values.shape());
  if (size() == 0) return;
  if (values.context() != context()) {
    if (!is_c_contiguous()) return write(values.copy_to(context()));
    detail::copy_between(*this, values.contiguous());
  } else if (may_share_memory(*this, values)) {
    if (device_pointer() != values.device_pointer() || strides() != values.strides())
      write(values.copy());
  } else {
    detail::copy_cast(*this, values);
  }
}

void GpuArray::fill(const NDArray& value) {
  check_scalar("GpuArray::fill", value);
  // Converted on the host, so that the number is the one that astype gives.
  const GpuArray one = from_host(value.astype(dtype()), context());
  if (size() > 0) detail::copy_cast(*this, one.broadcast_to(shape()));
}

GpuArray GpuArray::copy() const { return copy_to(context()); }

GpuArray GpuArray::copy_to(const GpuContext& context) const {
  GpuArray made = empty(shape(), dtype(), context);
  made.write(*this);
  return made;
}

GpuArray GpuArray::astype(DType dtype) const {
  check_place("GpuArray::astype", dtype, context());
  GpuArray made = empty(shape(), dtype, context());
  if (size() > 0) detail::copy_cast(made, *this);
  return made;
}

GpuArray GpuArray::contiguous() const { return is_c_contiguous() ? *this : copy(); }

GpuArray GpuArray::slice(std::initializer_list<HostIndex> indices) const {
  return slice(std::span<const HostIndex>(indices.begin(), indices.size()));
}
GpuArray GpuArray::slice(std::span<const HostIndex> indices) const {
  const NDArray from = detail::shadow(*this);
  return detail::out_of_shadow(*this, from, from.slice(indices));
}
GpuArray GpuArray::transpose() const {
  const NDArray from = detail::shadow(*this);
  return detail::out_of_shadow(*this, from, from.transpose());
}
GpuArray GpuArray::transpose(const std::vector<int>& axes) const {
  const NDArray from = detail::shadow(*this);
  return detail::out_of_shadow(*this, from, from.transpose(axes));
}

GpuArray GpuArray::reshape(const Shape& wanted) const {
  const Shape dims = resolve_reshape(wanted, shape().data(), ndim(),
                                     static_cast<std::int64_t>(size()), "GpuArray::reshape");
  element_count(dims.data(), dims.size(), itemsize(dtype()), "GpuArray::reshape");
  const GpuArray packed = contiguous();
  return packed.view(dims, c_strides(dims, itemsize(dtype())));
}

GpuArray GpuArray::broadcast_to(const Shape& wanted) const {
  Shape steps(wanted.size(), 0);
  bool fits = wanted.size() >= ndim();
  for (std::size_t axis = 0; fits && axis < ndim(); ++axis) {
    const std::size_t to = wanted.size() - ndim() + axis;
    if (shape()[axis] == wanted[to]) {
      steps[to] = strides()[axis];
    } else {
      fits = shape()[axis] == 1;
    }
  }
  if (!fits) {
    throw ShapeError("GpuArray::broadcast_to: shape " + shape_text(shape()) +
                     " does not stretch to " + shape_text(wanted) +
                     "; lengths must be equal, or 1 in the array");
  }
  return view(wanted, steps);
}

GpuArray GpuArray::view(const Shape& shape, const Shape& strides, std::int64_t byte_offset) const {
  return make(buffer(), dtype(), shape, strides, offset() + byte_offset);
}

GpuContext GpuArray::context() const { return GpuContext(buffer()->context()); }

std::uintptr_t GpuArray::device_pointer() const {
  return buffer()->address() + static_cast<std::uintptr_t>(offset());
}

bool GpuArray::is_sole_owner() const {
  return get().buffer.use_count() == 1 && body_.use_count() == 1;
}

bool may_share_memory(const GpuArray& a, const GpuArray& b) {
  if (a.buffer() != b.buffer() || a.size() == 0 || b.size() == 0) return false;
  const auto [a_first, a_end] = range(a);
  const auto [b_first, b_end] = range(b);
  return a_first < b_end && b_first < a_end;
}

const ValueKind& GpuArray::kind_table() {
  static const ArrayElsewhere elsewhere{
      [](const void* a) { return static_cast<const GpuArray*>(a)->shape(); },
      [](const void* a) { return static_cast<const GpuArray*>(a)->dtype(); },
      [](const void* a) { return static_cast<const GpuArray*>(a)->to_host(); },
      [](const void* a, const NDArray& values) {
        GpuArray array = *static_cast<const GpuArray*>(a);
        array.write(values);
      },
      [](const void* a, std::int64_t index) -> std::shared_ptr<void> {
        return std::make_shared<GpuArray>(static_cast<const GpuArray*>(a)->slice({index}));
      },
      [](const void* a) -> void* {
        const auto& array = *static_cast<const GpuArray*>(a);
        const GpuContext context = array.context();
        if (context.kind() != "cuda" || !array.is_c_contiguous()) return nullptr;
        context.synchronize();
        return reinterpret_cast<void*>(array.device_pointer());
      }};
  static const ValueKind kind{
      "GpuArray",
      &typeid(GpuArray),
      [](const void* a) -> std::shared_ptr<void> {
        const auto& array = *static_cast<const GpuArray*>(a);
        return std::make_shared<GpuArray>(array ? array.copy() : array);
      },
      [](const void* a, const void* b) {
        const auto &x = *static_cast<const GpuArray*>(a), &y = *static_cast<const GpuArray*>(b);
        return x && y && gpuarray::may_share_memory(x, y);
      },
      [](const void* a) {
        const auto& array = *static_cast<const GpuArray*>(a);
        if (!array) return std::string("GpuArray(null)");
        return "GpuArray(" + ndarray::name(array.dtype()) + ", " + shape_text(array.shape()) +
               ", " + array.context().device() + ")";
      },
      [](const void* a) -> void* {
        return const_cast<Body*>(static_cast<const GpuArray*>(a)->body_.get());
      },
      &elsewhere};
  return kind;
}
}  // namespace kroton::gpuarray
