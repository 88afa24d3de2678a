// SPDX-License-Identifier: BSD-3-Clause
// Reading and writing strided memory: View, an array as a C++ multi-dimensional view,
//   View<double, 2> v = view<double, 2>(a);   v(i, j) = v[i, j] in C++23's mdspan
// and loops over the elements of several strided operands of one shape at once.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <type_traits>

#include "kroton/base/api.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
// Does not own: the array has to outlive it. T may be const.
template <class T, std::size_t Rank>
class View {
 public:
  using element_type = T;
  View(T* data, const std::int64_t* shape, const std::int64_t* strides) : data_(data) {
    for (std::size_t i = 0; i < Rank; ++i) shape_[i] = shape[i], strides_[i] = strides[i];
  }
  static constexpr std::size_t rank() { return Rank; }
  std::int64_t extent(std::size_t axis) const { return shape_[axis]; }
  std::int64_t stride(std::size_t axis) const { return strides_[axis]; }  // in bytes
  T* data_handle() const { return data_; }
  std::size_t size() const {
    std::size_t n = 1;
    for (std::int64_t extent : shape_) n *= static_cast<std::size_t>(extent);
    return n;
  }
  // Unchecked.
  template <std::integral... I>
    requires(sizeof...(I) == Rank)
  T& operator()(I... index) const {
    std::int64_t offset = 0;
    std::size_t axis = 0;
    ((offset += static_cast<std::int64_t>(index) * strides_[axis++]), ...);
    using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    return *reinterpret_cast<T*>(reinterpret_cast<Byte*>(data_) + offset);
  }
#if defined(__cpp_multidimensional_subscript)
  template <std::integral... I>
    requires(sizeof...(I) == Rank)
  T& operator[](I... index) const {
    return (*this)(index...);
  }
#endif

 private:
  T* data_;
  std::array<std::int64_t, Rank> shape_{}, strides_{};
};

namespace detail {
KROTON_API void check_rank(const NDArray&, std::size_t rank);
}
// TypeError when T is not the dtype, ValueError when the rank differs.
template <class T, std::size_t Rank>
View<T, Rank> view(NDArray& a) {
  detail::check_rank(a, Rank);
  return {a.data<T>(), a.shape_data(), a.strides_data()};
}
template <class T, std::size_t Rank>
View<const T, Rank> view(const NDArray& a) {
  detail::check_rank(a, Rank);
  return {a.data<T>(), a.shape_data(), a.strides_data()};
}

// A shape and the strides of N operands, simplified: axes of length 1 dropped, the others ordered
// and merged so that the last one is the longest run of the first operand. Elements are visited in
// an order of memory, not of indices.
template <std::size_t N>
struct StridedLoop {
  std::size_t ndim = 0;
  bool empty = false;
  std::int64_t shape[max_ndim];
  std::int64_t strides[N][max_ndim];

  StridedLoop(std::size_t rank, const std::int64_t* dims,
              const std::array<const std::int64_t*, N>& steps) {
    for (std::size_t axis = 0; axis < rank; ++axis) {
      if (dims[axis] == 0) empty = true;
      if (dims[axis] != 1) insert(dims[axis], steps, axis);
    }
    merge();
  }

  // f(pointers, strides of the run, length of the run)
  template <class F>
  void for_each_run(std::array<std::byte*, N> at, F&& f) const {
    if (empty) return;
    std::array<std::int64_t, N> inner{};
    if (ndim == 0) return f(at, inner, std::int64_t{1});
    for (std::size_t k = 0; k < N; ++k) inner[k] = strides[k][ndim - 1];
    std::int64_t index[max_ndim] = {};
    while (true) {
      f(at, inner, shape[ndim - 1]);
      std::size_t axis = ndim - 1;
      while (true) {
        if (axis-- == 0) return;
        for (std::size_t k = 0; k < N; ++k) at[k] += strides[k][axis];
        if (++index[axis] < shape[axis]) break;
        index[axis] = 0;
        for (std::size_t k = 0; k < N; ++k) at[k] -= strides[k][axis] * shape[axis];
      }
    }
  }

 private:
  void insert(std::int64_t length, const std::array<const std::int64_t*, N>& steps,
              std::size_t axis) {
    std::size_t place = ndim++;
    while (place > 0 && std::llabs(strides[0][place - 1]) < std::llabs(steps[0][axis])) {
      shape[place] = shape[place - 1];
      for (std::size_t k = 0; k < N; ++k) strides[k][place] = strides[k][place - 1];
      --place;
    }
    shape[place] = length;
    for (std::size_t k = 0; k < N; ++k) strides[k][place] = steps[k][axis];
  }
  void merge() {
    if (ndim == 0) return;
    std::size_t kept = 0;
    for (std::size_t axis = 1; axis < ndim; ++axis) {
      bool joins = true;
      for (std::size_t k = 0; k < N; ++k) {
        joins &= strides[k][kept] == strides[k][axis] * shape[axis];
      }
      if (joins) {
        shape[kept] *= shape[axis];
      } else {
        shape[++kept] = shape[axis];
      }
      for (std::size_t k = 0; k < N; ++k) strides[k][kept] = strides[k][axis];
    }
    ndim = kept + 1;
  }
};

// From the first byte that an array can touch to behind the last one; {0, 0} without elements.
struct MemoryRange {
  std::uintptr_t low = 0, high = 0;
  bool overlaps(const MemoryRange& other) const { return low < other.high && other.low < high; }
};
KROTON_API MemoryRange memory_range(const NDArray& a);

// Copies elements of `itemsize` bytes between two strided places of one shape that do not overlap.
KROTON_API void copy_strided(std::size_t ndim, const std::int64_t* shape, std::size_t itemsize,
                             const void* source, const std::int64_t* source_strides, void* target,
                             const std::int64_t* target_strides);
// Writes `source` into `target`, converting; overlap is safe. ShapeError when the shapes differ,
// TypeError for complex to real.
KROTON_API void assign(const NDArray& target, const NDArray& source);
}  // namespace kroton::inline ndarray
