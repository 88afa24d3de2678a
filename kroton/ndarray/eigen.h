// SPDX-License-Identifier: BSD-3-Clause
// Arrays as Eigen matrices and back, for programs that use Eigen (Kroton itself does not):
//   eigen_matrix<double>(a) *= 2;                  // a Map on the array's own memory
//   NDArray b = array_from_eigen(m);               // a copy
#pragma once
#include <Eigen/Core>

#include <cstddef>
#include <memory>

#include "kroton/base/errors.h"
#include "kroton/ndarray/ndarray.h"

namespace kroton::inline ndarray {
using EigenStride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using EigenMatrixMap = Eigen::Map<
    std::conditional_t<std::is_const_v<T>,
                       const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic,
                                           Eigen::RowMajor>,
                       Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>,
    Eigen::Unaligned, EigenStride>;

namespace detail {
template <class T, class Array>
EigenMatrixMap<T> map_eigen(Array& a) {
  if (a.ndim() != 1 && a.ndim() != 2) {
    throw ValueError("eigen_matrix: the array has shape " + shape_text(a.shape()) +
                     "; a matrix takes 1 or 2 dimensions");
  }
  const auto size = static_cast<std::int64_t>(sizeof(T));
  std::int64_t steps[2] = {size, 0};  // of the inner and the outer axis, in elements
  for (std::size_t i = 0; i < a.ndim(); ++i) {
    const std::int64_t stride = a.strides_data()[a.ndim() == 2 ? 1 - i : i];
    if (stride % size != 0 || (stride < 0 && a.size() > 1)) {
      throw ValueError("eigen_matrix: Eigen cannot follow strides " + shape_text(a.strides()) +
                       "; use copy() first");
    }
    steps[a.ndim() == 2 ? i : 1] = stride / size;
  }
  const std::int64_t rows = a.shape_data()[0], columns = a.ndim() == 2 ? a.shape_data()[1] : 1;
  return EigenMatrixMap<T>(a.template data<std::remove_const_t<T>>(), rows, columns,
                           EigenStride(steps[1], a.ndim() == 2 ? steps[0] : 1));
}
}  // namespace detail

// The memory of a matrix, or of a vector as one column. TypeError when T is not the dtype,
// ValueError for other ranks and for strides that Eigen cannot follow (negative ones).
template <class T>
EigenMatrixMap<T> eigen_matrix(NDArray& a) {
  return detail::map_eigen<T>(a);
}
template <class T>
EigenMatrixMap<const T> eigen_matrix(const NDArray& a) {
  return detail::map_eigen<const T>(a);
}

// A copy of any dense expression: shape (rows, columns), of a vector type (n,).
template <class Derived>
NDArray array_from_eigen(const Eigen::DenseBase<Derived>& expression) {
  using T = typename Derived::Scalar;
  NDArray a = Derived::IsVectorAtCompileTime
                  ? NDArray::empty(Shape{expression.size()}, dtype_of<T>)
                  : NDArray::empty(Shape{expression.rows(), expression.cols()}, dtype_of<T>);
  Eigen::Map<Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      a.data<T>(), expression.rows(), expression.cols()) = expression.derived().array();
  return a;
}
}  // namespace kroton::inline ndarray
