// SPDX-License-Identifier: BSD-3-Clause
// The device array: a handle on a dtype, a shape, strides in bytes and shared memory of a context.
//   GpuArray a = GpuArray::from_host(array({1., 2., 3., 4.}, {2, 2}), get_context("dev0"));
//   GpuArray row = a.slice({1});                   // a view
//   row.write(array({5., 6.}));                    // a sees it
//   NDArray back = a.to_host();
// Work is queued in the context's order: only what gives values to the host waits. All dtypes but
// complex ones. Errors are ValueError, TypeError, ShapeError, and DeviceError for the device's own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/gpuarray/context.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::gpuarray {
class DeviceBuffer;

class KROTON_API GpuArray {
 public:
  GpuArray() = default;  // null: only assignment and `if (array)` work
  explicit operator bool() const { return body_ != nullptr; }

  static GpuArray from_host(const NDArray& values, const GpuContext& context);
  // Undefined contents. TypeError for complex dtypes and for a null context.
  static GpuArray empty(const Shape& shape, DType dtype, const GpuContext& context);
  static GpuArray zeros(const Shape& shape, DType dtype, const GpuContext& context);
  // Every element VALUE (0-d), converted as NumPy's astype converts.
  static GpuArray full(const Shape& shape, const NDArray& value, DType dtype,
                       const GpuContext& context);

  NDArray to_host() const;  // C-contiguous
  // All elements at once; TypeError for another dtype, ShapeError for another shape.
  void write(const NDArray& values);
  // The same from this or another context; the two may overlap.
  void write(const GpuArray& values);
  // Every element VALUE (0-d), converted as NumPy's astype converts.
  void fill(const NDArray& value);

  GpuArray copy() const;  // C-contiguous, own memory
  GpuArray copy_to(const GpuContext& context) const;
  // A copy with another dtype, by NumPy's astype.
  GpuArray astype(DType) const;
  GpuArray contiguous() const;  // itself where that is C-contiguous, else a copy

  // Views.
  GpuArray slice(std::initializer_list<HostIndex>) const;
  GpuArray slice(std::span<const HostIndex>) const;
  GpuArray transpose() const;                              // all axes reversed
  GpuArray transpose(const std::vector<int>& axes) const;  // axis i of the result is axes[i]
  // A view where the array is C-contiguous, else a copy; one length may be -1.
  GpuArray reshape(const Shape& shape) const;
  // Axes of length 1, and new ones in front, repeat their element: stride 0. ShapeError otherwise.
  GpuArray broadcast_to(const Shape& shape) const;
  // Of this memory; strides and offset in bytes, the caller answers for the bounds.
  GpuArray view(const Shape& shape, const Shape& strides, std::int64_t byte_offset = 0) const;

  const Shape& shape() const { return get().shape; }
  const Shape& strides() const { return get().strides; }
  std::size_t ndim() const { return get().shape.size(); }
  std::size_t size() const { return static_cast<std::size_t>(get().size); }
  std::size_t nbytes() const { return size() * itemsize(dtype()); }
  DType dtype() const { return get().dtype; }
  int typecode() const { return type_number(get().dtype); }
  GpuContext context() const;
  bool is_c_contiguous() const { return get().c_contiguous; }
  bool is_f_contiguous() const { return get().f_contiguous; }
  // Of the first element; stable while the memory lives. Devices of OpenCL have no addresses that
  // the host could use: there it is a number that distinct memory never shares, counted in bytes.
  std::uintptr_t device_pointer() const;
  // Whether no other handle or view shares this memory.
  bool is_sole_owner() const;

  // For this room: the memory, and where in it the first element lies, in bytes.
  const std::shared_ptr<DeviceBuffer>& buffer() const { return get().buffer; }
  std::int64_t offset() const { return get().offset; }

  // Whether the memory ranges of the two overlap.
  friend KROTON_API bool may_share_memory(const GpuArray&, const GpuArray&);
  friend const ValueKind& value_kind(const GpuArray&) { return kind_table(); }

 private:
  struct Body {
    std::shared_ptr<DeviceBuffer> buffer;
    DType dtype;
    Shape shape, strides;
    std::int64_t offset, size;
    bool c_contiguous, f_contiguous;
  };
  static GpuArray make(std::shared_ptr<DeviceBuffer>, DType, Shape shape, Shape strides,
                       std::int64_t offset);
  static const ValueKind& kind_table();
  const Body& get() const {
    if (!body_) null_array();
    return *body_;
  }
  [[noreturn]] static void null_array();
  std::shared_ptr<const Body> body_;
};
KROTON_API bool may_share_memory(const GpuArray&, const GpuArray&);
}  // namespace kroton::gpuarray
