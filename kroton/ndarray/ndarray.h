// SPDX-License-Identifier: BSD-3-Clause
// The host array: a handle on a dtype, a shape, strides in bytes and shared memory.
//   NDArray a = array({1., 2., 3., 4.}, {2, 2});
//   a.at<double>({0, 1}) = 5;                     // copies of `a` and its views see it
//   NDArray row = a.slice({1}), b = a.astype(float32);
// Copying a handle copies nothing; copy() does. Errors are ValueError and TypeError; a default
// NDArray is float64 of shape (0,). Distinct handles may be used from distinct threads.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/ndarray/buffer.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/ndarray/shape.h"

struct DLManagedTensor;  // of dlpack.h, the user's or kroton/ndarray/dlpack.h

namespace kroton::inline ndarray {
namespace detail {
// What a handle points to: immutable but for its count. Shape and strides follow in the same block.
struct ArrayBody {
  std::atomic<std::int32_t> references;
  DType dtype;
  std::uint32_t ndim;
  bool c_contiguous, f_contiguous;
  std::int64_t size;
  std::byte* data;
  Buffer* buffer;
  std::int64_t dims[2];  // shape, then strides; 2 * ndim of them

  const std::int64_t* shape() const { return dims; }
  const std::int64_t* strides() const { return dims + ndim; }
};
KROTON_API extern ArrayBody empty_body;  // of a default NDArray
}  // namespace detail

class KROTON_API NDArray {
 public:
  NDArray() noexcept = default;
  NDArray(const NDArray& other) noexcept : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  NDArray(NDArray&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  NDArray& operator=(const NDArray& other) noexcept {
    NDArray(other).swap(*this);
    return *this;
  }
  NDArray& operator=(NDArray&& other) noexcept {
    NDArray(std::move(other)).swap(*this);
    return *this;
  }
  ~NDArray() {
    if (body_ && (body_->references.load(std::memory_order_acquire) == 1 ||
                  body_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      destroy(body_);
    }
  }
  void swap(NDArray& other) noexcept { std::swap(body_, other.body_); }

  static NDArray zeros(Shape shape, DType = float64);
  static NDArray full(Shape shape, double value, DType = float64);
  static NDArray arange(std::int64_t stop, DType = int64);
  static NDArray arange(double start, double stop, double step, DType = float64);
  // Undefined contents.
  static NDArray empty(const Shape& shape, DType = float64);
  static NDArray empty(std::size_t ndim, const std::int64_t* shape, DType);
  // Memory of someone else, strides in bytes; `owner` lives as long as any view (null: the caller
  // sees to that). ValueError for a null pointer with elements, a negative length, strides that do
  // not pair with the shape.
  static NDArray wrap(void* data, Shape shape, Shape strides, DType, std::shared_ptr<void> owner);

  Shape shape() const { return {shape_data(), shape_data() + ndim()}; }
  Shape strides() const { return {strides_data(), strides_data() + ndim()}; }
  std::size_t ndim() const { return body().ndim; }
  std::size_t size() const { return static_cast<std::size_t>(body().size); }
  std::size_t nbytes() const { return size() * itemsize(); }
  std::size_t itemsize() const { return ndarray::itemsize(body().dtype); }
  DType dtype() const { return body().dtype; }
  // Without a copy, for loops: valid while this handle (or a copy of it) holds the array.
  const std::int64_t* shape_data() const { return body().shape(); }
  const std::int64_t* strides_data() const { return body().strides(); }
  // The first element, of any dtype; never null.
  void* raw() const { return body().data; }

  // The first element; TypeError when T is not the dtype.
  template <class T>
  T* data() {
    check_element(detail::dtype_number_of<T>(), "data");
    return reinterpret_cast<T*>(body().data);
  }
  template <class T>
  const T* data() const {
    check_element(detail::dtype_number_of<T>(), "data");
    return reinterpret_cast<const T*>(body().data);
  }
  // The element at an index, negative ones from the end; ValueError out of bounds.
  template <class T>
  T& at(const Shape& index) {
    check_element(detail::dtype_number_of<T>(), "at");
    return *reinterpret_cast<T*>(body().data + offset_of(index));
  }
  template <class T>
  const T& at(const Shape& index) const {
    check_element(detail::dtype_number_of<T>(), "at");
    return *reinterpret_cast<const T*>(body().data + offset_of(index));
  }
  // All elements of a C-contiguous array; ValueError when it is not.
  template <class T>
  std::span<T> span() {
    check_element(detail::dtype_number_of<T>(), "span");
    check_contiguous("span");
    return {reinterpret_cast<T*>(body().data), size()};
  }
  template <class T>
  std::span<const T> span() const {
    check_element(detail::dtype_number_of<T>(), "span");
    check_contiguous("span");
    return {reinterpret_cast<const T*>(body().data), size()};
  }
  // All elements in C order, whatever the strides.
  template <Element T>
  std::vector<T> to_vector() const;

  // Hands the array out; the receiver calls the deleter. The memory is shared.
  DLManagedTensor* to_dlpack() const;
  // Takes the tensor over (its deleter is called with the last view). Nothing is taken over when it
  // throws: UnsupportedError for devices other than the CPU and for types that are no DType.
  static NDArray from_dlpack(DLManagedTensor*);

  // The one element, converted; TypeError when its value would change, ValueError when there is not
  // exactly one.
  template <class T>
  T item() const;
  // A copy with another dtype, by NumPy's astype; complex to real is a TypeError.
  NDArray astype(DType) const;
  NDArray copy() const;  // C-contiguous, own memory
  // A view when the strides allow it, else a copy; one length may be -1.
  NDArray reshape(Shape) const;
  NDArray transpose() const;                              // all axes reversed, a view
  NDArray transpose(const std::vector<int>& axes) const;  // axis i of the result is axes[i]
  NDArray slice(std::initializer_list<HostIndex>) const;  // a view
  NDArray slice(std::span<const HostIndex>) const;
  // A view of this memory; strides and offset in bytes, the caller answers for the bounds.
  NDArray view(std::size_t ndim, const std::int64_t* shape, const std::int64_t* strides,
               std::int64_t byte_offset = 0) const;

  bool is_c_contiguous() const { return body().c_contiguous; }
  bool is_f_contiguous() const { return body().f_contiguous; }
  bool is_mapped() const { return body().buffer && body().buffer->kind == Buffer::Kind::mapped; }
  // Whether no other handle or view shares this memory, so that it may be reused. HANDLES: of this
  // array, all of which the caller knows.
  bool is_sole_owner(int handles = 1) const {
    return body_ && body_->references.load(std::memory_order_acquire) == handles &&
           body_->buffer->references.load(std::memory_order_acquire) == 1 &&
           body_->buffer->kind <= Buffer::Kind::large;
  }
  // Identity of the memory, the same for all views of it.
  const Buffer* buffer() const { return body().buffer; }

  // For makers of arrays: takes over one reference of the buffer.
  static NDArray adopt(Buffer*, void* data, std::size_t ndim, const std::int64_t* shape,
                       const std::int64_t* strides, DType);

 private:
  explicit NDArray(detail::ArrayBody* body) noexcept : body_(body) {}
  const detail::ArrayBody& body() const { return body_ ? *body_ : detail::empty_body; }
  static void destroy(detail::ArrayBody*) noexcept;
  void check_element(int dtype_number, const char* who) const {
    if (dtype_number != static_cast<int>(dtype())) [[unlikely]]
      wrong_element(dtype_number, who);
  }
  [[noreturn]] void wrong_element(int dtype_number, const char* who) const;
  void check_contiguous(const char* who) const;
  std::int64_t offset_of(const Shape& index) const;

  detail::ArrayBody* body_ = nullptr;
};

// As NumPy's print(a).
KROTON_API std::ostream& operator<<(std::ostream&, const NDArray&);
// Whether the memory ranges of the two overlap.
KROTON_API bool may_share_memory(const NDArray&, const NDArray&);

namespace detail {
// A fresh array of these elements; `shape` empty with `flat`: one axis.
KROTON_API NDArray array_from(const void* elements, std::size_t count, DType, bool flat,
                              const Shape& shape);
// Checks that there is one element and converts it to `to` without loss, into `out`.
KROTON_API void item_into(const NDArray&, DType to, void* out);
}  // namespace detail

// array({1, 2, 3}) is int64 as in NumPy; array<int>({1, 2, 3}) is int32, array({1., 2.}) float64.
KROTON_API NDArray array(std::initializer_list<int> values);
KROTON_API NDArray array(std::initializer_list<int> values, Shape shape);
template <class T>
NDArray array(std::initializer_list<T> values) {
  static_assert(Element<T>, "array: T is not the C++ type of a DType");
  return detail::array_from(values.begin(), values.size(), dtype_of<T>, true, {});
}
template <class T>
NDArray array(std::initializer_list<T> values, Shape shape) {
  static_assert(Element<T>, "array: T is not the C++ type of a DType");
  return detail::array_from(values.begin(), values.size(), dtype_of<T>, false, shape);
}
template <class T, std::size_t N>
NDArray array(std::span<T, N> values) {
  return detail::array_from(values.data(), values.size(), dtype_of<std::remove_const_t<T>>, true,
                            {});
}
template <class T>
NDArray array(const std::vector<T>& values, Shape shape) {
  static_assert(Element<T>, "array: T is not the C++ type of a DType");
  if constexpr (std::is_same_v<T, bool>) {
    std::unique_ptr<bool[]> flags(new bool[values.size()]);
    for (std::size_t i = 0; i < values.size(); ++i) flags[i] = values[i];
    return detail::array_from(flags.get(), values.size(), bool_, false, shape);
  } else {
    return detail::array_from(values.data(), values.size(), dtype_of<T>, false, shape);
  }
}
template <class T>
NDArray array(const std::vector<T>& values) {
  return array(values, Shape{static_cast<std::int64_t>(values.size())});
}

template <class T>
T NDArray::item() const {
  static_assert(Element<T>, "item: T is not the C++ type of a DType");
  T value;
  detail::item_into(*this, dtype_of<T>, &value);
  return value;
}
template <Element T>
std::vector<T> NDArray::to_vector() const {
  check_element(detail::dtype_number_of<T>(), "to_vector");
  const NDArray flat = is_c_contiguous() ? *this : copy();
  const T* first = reinterpret_cast<const T*>(flat.raw());
  return std::vector<T>(first, first + size());  // braces would make a list of two bools
}
}  // namespace kroton::inline ndarray
