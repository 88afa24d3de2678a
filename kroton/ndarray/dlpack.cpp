// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/dlpack.h"

#include <fmt/format.h>

#include <vector>

#include "kroton/base/errors.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
namespace {
struct Exported {
  DLManagedTensor tensor;
  NDArray array;
  std::vector<std::int64_t> shape, strides;
};

std::uint8_t type_code(DType d) {
  if (d == bfloat16) return kDLBfloat;
  switch (dtype_info(d).kind) {
    case DTypeKind::boolean:
      return kDLBool;
    case DTypeKind::signed_integer:
      return kDLInt;
    case DTypeKind::unsigned_integer:
      return kDLUInt;
    case DTypeKind::floating:
      return kDLFloat;
    case DTypeKind::complex:
      return kDLComplex;
  }
  __builtin_unreachable();
}

DType dtype_of_dlpack(DLDataType type) {
  for (const DTypeInfo& row : dtype_table) {
    if (type.lanes == 1 && type.code == type_code(row.dtype) && type.bits == row.size * 8) {
      return row.dtype;
    }
  }
  throw UnsupportedError(
      fmt::format("from_dlpack: the tensor's type (code {}, {} bits, {} lanes) is "
                  "no dtype; convert it first",
                  type.code, type.bits, type.lanes));
}
}  // namespace

DLManagedTensor* NDArray::to_dlpack() const {
  auto exported = std::make_unique<Exported>();
  exported->array = *this;
  exported->shape = shape();
  exported->strides = strides();
  const auto size_of_one = static_cast<std::int64_t>(itemsize());
  for (std::size_t axis = 0; axis < ndim(); ++axis) {
    if (exported->strides[axis] % size_of_one != 0) {
      throw UnsupportedError(
          fmt::format("to_dlpack: strides {} are no multiples of {} bytes; use "
                      "copy() first",
                      shape_text(strides()), size_of_one));
    }
    exported->strides[axis] /= size_of_one;
  }
  DLTensor& tensor = exported->tensor.dl_tensor;
  tensor.data = raw();
  tensor.device = {kDLCPU, 0};
  tensor.ndim = static_cast<std::int32_t>(ndim());
  tensor.dtype = {type_code(dtype()), static_cast<std::uint8_t>(itemsize() * 8), 1};
  tensor.shape = exported->shape.data();
  tensor.strides = exported->strides.data();
  tensor.byte_offset = 0;
  exported->tensor.manager_ctx = exported.get();
  exported->tensor.deleter = [](DLManagedTensor* self) {
    delete static_cast<Exported*>(self->manager_ctx);
  };
  return &exported.release()->tensor;
}

NDArray NDArray::from_dlpack(DLManagedTensor* managed) {
  if (!managed) throw ValueError("from_dlpack: the tensor is null; pass a tensor");
  const DLTensor& tensor = managed->dl_tensor;
  const int device = static_cast<int>(tensor.device.device_type);
  if (device != kDLCPU && device != kDLCUDAHost) {
    throw UnsupportedError(
        fmt::format("from_dlpack: the tensor lives on device type {}, not on the "
                    "CPU; copy it to the host first",
                    device));
  }
  const DType d = dtype_of_dlpack(tensor.dtype);
  if (tensor.ndim < 0 || (tensor.ndim > 0 && !tensor.shape)) {
    throw ValueError(
        fmt::format("from_dlpack: the tensor has {} dimensions and {} shape; it is "
                    "damaged",
                    tensor.ndim, tensor.shape ? "a" : "no"));
  }
  const Shape shape(tensor.shape, tensor.shape + tensor.ndim);
  element_count(shape.data(), shape.size(), ndarray::itemsize(d), "from_dlpack");
  Shape steps = c_strides(shape, ndarray::itemsize(d));
  for (std::size_t axis = 0; tensor.strides && axis < shape.size(); ++axis) {
    steps[axis] = tensor.strides[axis] * static_cast<std::int64_t>(ndarray::itemsize(d));
  }
  void* data = tensor.data ? static_cast<std::byte*>(tensor.data) + tensor.byte_offset : nullptr;
  NDArray a = wrap(data, shape, steps, d, nullptr);
  // Last, so that nothing is taken over when something throws.
  a.body_->buffer->owner = std::shared_ptr<void>(managed, [](void* p) {
    auto* self = static_cast<DLManagedTensor*>(p);
    if (self->deleter) self->deleter(self);
  });
  return a;
}
}  // namespace kroton::inline ndarray
