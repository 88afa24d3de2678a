// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/ndarray.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/ndarray/cast.h"
#include "kroton/ndarray/print.h"
#include "kroton/ndarray/view.h"

namespace kroton::inline ndarray {
namespace {
alignas(64) std::byte no_elements[64];

std::size_t body_size(std::size_t ndim) {
  return std::max(sizeof(detail::ArrayBody),
                  offsetof(detail::ArrayBody, dims) + 2 * ndim * sizeof(std::int64_t));
}

// Axes of length 1 have no say; an array without elements is contiguous either way.
void set_contiguity(detail::ArrayBody& body, std::int64_t itemsize) {
  const std::int64_t *shape = body.shape(), *strides = body.strides();
  body.c_contiguous = body.f_contiguous = true;
  if (body.size == 0) return;
  std::int64_t expected = itemsize;
  for (std::size_t axis = body.ndim; axis-- > 0;) {
    if (shape[axis] == 1) continue;
    body.c_contiguous &= strides[axis] == expected;
    expected *= shape[axis];
  }
  expected = itemsize;
  for (std::size_t axis = 0; axis < body.ndim; ++axis) {
    if (shape[axis] == 1) continue;
    body.f_contiguous &= strides[axis] == expected;
    expected *= shape[axis];
  }
}

detail::ArrayBody* new_body(std::size_t ndim, DType dtype) {
  auto* body = ::new (detail::take_block(body_size(ndim))) detail::ArrayBody;
  body->references.store(1, std::memory_order_relaxed);
  body->dtype = dtype;
  body->ndim = static_cast<std::uint32_t>(ndim);
  return body;
}
}  // namespace

namespace detail {
constinit ArrayBody empty_body{{1}, float64, 1, true, true, 0, no_elements, nullptr, {0, 8}};

NDArray array_from(const void* elements, std::size_t count, DType d, bool flat,
                   const Shape& shape) {
  const Shape dims = flat ? Shape{static_cast<std::int64_t>(count)} : shape;
  const std::int64_t wanted = element_count(dims.data(), dims.size(), itemsize(d), "array");
  if (wanted != static_cast<std::int64_t>(count)) {
    throw ValueError(fmt::format("array: {} values do not fill shape {}; it takes {}", count,
                                 shape_text(dims), wanted));
  }
  NDArray a = NDArray::empty(dims, d);
  if (count) std::memcpy(a.raw(), elements, count * itemsize(d));
  return a;
}

void item_into(const NDArray& a, DType to, void* out) {
  if (a.size() != 1) {
    throw ValueError(
        fmt::format("item: the array of shape {} has {} elements; it takes exactly one",
                    shape_text(a.shape()), a.size()));
  }
  const bool exact = with_element_type(a.dtype(), [&]<class From>(std::type_identity<From>) {
    From x;
    cast_elements(a.dtype(), a.raw(), 0, a.dtype(), &x, 0, 1);  // memory need not be aligned
    return with_element_type(to, [&]<class To>(std::type_identity<To>) {
      return convert_exactly(x, *static_cast<To*>(out));
    });
  });
  if (!exact) {
    throw TypeError(fmt::format("item: {} ({}) has no equal in {}; ask for {}, or use astype({})",
                                element_text(a.dtype(), a.raw()), name(a.dtype()), name(to),
                                name(a.dtype()), name(to)));
  }
}
}  // namespace detail

void NDArray::destroy(detail::ArrayBody* body) noexcept {
  body->buffer->release();
  detail::give_block(body, body_size(body->ndim));
}

NDArray NDArray::empty(std::size_t ndim, const std::int64_t* shape, DType dtype) {
  const std::size_t size_of_one = ndarray::itemsize(dtype);
  const std::int64_t count = element_count(shape, ndim, size_of_one, "NDArray");
  Buffer* buffer = Buffer::make(static_cast<std::size_t>(count) * size_of_one);
  detail::ArrayBody* body = nullptr;
  try {
    body = new_body(ndim, dtype);
  } catch (...) {
    buffer->release();
    throw;
  }
  body->size = count;
  body->data = static_cast<std::byte*>(buffer->data);
  body->buffer = buffer;
  std::int64_t stride = static_cast<std::int64_t>(size_of_one), long_axes = 0;
  for (std::size_t axis = ndim; axis-- > 0;) {
    body->dims[axis] = shape[axis];
    body->dims[ndim + axis] = stride;
    if (shape[axis] > 1) stride *= shape[axis], ++long_axes;
  }
  body->c_contiguous = true;
  body->f_contiguous = long_axes <= 1 || count == 0;
  return NDArray(body);
}
NDArray NDArray::empty(const Shape& shape, DType dtype) {
  return empty(shape.size(), shape.data(), dtype);
}

NDArray NDArray::adopt(Buffer* buffer, void* data, std::size_t ndim, const std::int64_t* shape,
                       const std::int64_t* strides, DType dtype) {
  detail::ArrayBody* body = nullptr;
  try {
    const std::int64_t count = element_count(shape, ndim, ndarray::itemsize(dtype), "NDArray");
    body = new_body(ndim, dtype);
    body->size = count;
  } catch (...) {
    buffer->release();
    throw;
  }
  body->data = static_cast<std::byte*>(data ? data : no_elements);
  body->buffer = buffer;
  std::copy_n(shape, ndim, body->dims);
  std::copy_n(strides, ndim, body->dims + ndim);
  set_contiguity(*body, static_cast<std::int64_t>(ndarray::itemsize(dtype)));
  return NDArray(body);
}

NDArray NDArray::wrap(void* data, Shape shape, Shape strides, DType dtype,
                      std::shared_ptr<void> owner) {
  const std::size_t size_of_one = ndarray::itemsize(dtype);
  const std::int64_t count = element_count(shape.data(), shape.size(), size_of_one, "wrap");
  if (shape.size() != strides.size()) {
    throw ValueError(
        fmt::format("wrap: shape {} and strides {} differ in length; give one stride "
                    "in bytes per axis",
                    shape_text(shape), shape_text(strides)));
  }
  if (!data && count > 0) {
    throw ValueError(
        fmt::format("wrap: the pointer is null for shape {}; only arrays without "
                    "elements have none",
                    shape_text(shape)));
  }
  Buffer* buffer =
      Buffer::make_foreign(data, static_cast<std::size_t>(count) * size_of_one, std::move(owner));
  return adopt(buffer, data, shape.size(), shape.data(), strides.data(), dtype);
}

NDArray NDArray::view(std::size_t ndim, const std::int64_t* shape, const std::int64_t* strides,
                      std::int64_t byte_offset) const {
  Buffer* buffer = body().buffer;
  if (buffer) {
    buffer->retain();
  } else {
    buffer = Buffer::make(0);
  }
  return adopt(buffer, body().data + byte_offset, ndim, shape, strides, dtype());
}

NDArray NDArray::zeros(Shape shape, DType dtype) {
  NDArray a = empty(shape, dtype);
  std::memset(a.raw(), 0, a.nbytes());
  return a;
}

NDArray NDArray::full(Shape shape, double value, DType dtype) {
  NDArray a = empty(shape, dtype);
  cast_elements(float64, &value, 0, dtype, a.raw(), static_cast<std::int64_t>(a.itemsize()),
                static_cast<std::int64_t>(a.size()));
  return a;
}

void NDArray::wrong_element(int dtype_number, const char* who) const {
  if (dtype_number < 0) {
    throw TypeError(
        fmt::format("{}: the array holds {}, and the type asked for is no dtype's; ask "
                    "for the C++ type of {}",
                    who, name(dtype()), name(dtype())));
  }
  const std::string asked = name(static_cast<DType>(dtype_number));
  throw TypeError(
      fmt::format("{}: the array holds {}, {} was asked for; use astype({}) or ask for "
                  "the C++ type of {}",
                  who, name(dtype()), asked, asked, name(dtype())));
}

void NDArray::check_contiguous(const char* who) const {
  if (is_c_contiguous()) return;
  throw ValueError(
      fmt::format("{}: the array of shape {} has strides {} and is not C-contiguous; "
                  "use copy() first",
                  who, shape_text(shape()), shape_text(strides())));
}

std::int64_t NDArray::offset_of(const Shape& index) const {
  if (index.size() != ndim()) {
    throw ValueError(fmt::format("at: index {} does not fit shape {}; give one index per axis",
                                 shape_text(index), shape_text(shape())));
  }
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    const std::int64_t length = shape_data()[axis];
    const std::int64_t i = index[axis] < 0 ? index[axis] + length : index[axis];
    if (i < 0 || i >= length) {
      throw ValueError(
          fmt::format("at: index {} is out of bounds for shape {}; axis {} has length {}",
                      shape_text(index), shape_text(shape()), axis, length));
    }
    offset += i * strides_data()[axis];
  }
  return offset;
}

NDArray NDArray::astype(DType to) const {
  check_cast(dtype(), to, "astype");
  NDArray result = empty(ndim(), shape_data(), to);
  assign(result, *this);
  return result;
}

NDArray NDArray::copy() const {
  NDArray result = empty(ndim(), shape_data(), dtype());
  copy_strided(ndim(), shape_data(), itemsize(), raw(), strides_data(), result.raw(),
               result.strides_data());
  return result;
}

MemoryRange memory_range(const NDArray& a) {
  if (a.size() == 0) return {};
  auto low = reinterpret_cast<std::uintptr_t>(a.raw()), high = low + a.itemsize();
  for (std::size_t axis = 0; axis < a.ndim(); ++axis) {
    const std::int64_t reach = (a.shape_data()[axis] - 1) * a.strides_data()[axis];
    (reach < 0 ? low : high) += static_cast<std::uintptr_t>(reach);
  }
  return {low, high};
}

bool may_share_memory(const NDArray& a, const NDArray& b) {
  return memory_range(a).overlaps(memory_range(b));
}

NDArray array(std::initializer_list<int> values) {
  return array(values, Shape{static_cast<std::int64_t>(values.size())});
}
NDArray array(std::initializer_list<int> values, Shape shape) {
  return detail::array_from(values.begin(), values.size(), int32, false, shape).astype(int64);
}
}  // namespace kroton::inline ndarray
