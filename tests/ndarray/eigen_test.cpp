// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#if __has_include(<Eigen/Core>)
#include "kroton/ndarray/eigen.h"
#include "reference.h"

namespace kroton {
TEST(Eigen, C0_3_a_matrix_maps_the_arrays_memory) {
  NDArray a = array({1., 2., 3., 4., 5., 6.}, {2, 3});
  eigen_matrix<double>(a) *= 2;
  EXPECT_EQ(a.at<double>({1, 2}), 12);
  NDArray t = a.transpose();
  eigen_matrix<double>(t)(2, 0) = 7;
  EXPECT_EQ(a.at<double>({0, 2}), 7);
  NDArray every_other = a.slice({slice(), slice({}, {}, 2)});
  EXPECT_EQ(eigen_matrix<double>(every_other).sum(), 2 + 7 + 8 + 12);
  const NDArray column = a.slice({slice(), 1});
  EXPECT_EQ(eigen_matrix<double>(column).rows(), 2);
  EXPECT_EQ(eigen_matrix<double>(column)(1, 0), 10);
}
TEST(Eigen, C0_3_expressions_become_arrays) {
  const Eigen::MatrixXf m = Eigen::MatrixXf::Identity(2, 3);
  const NDArray a = array_from_eigen(2 * m);
  EXPECT_EQ(a.dtype(), float32);
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.to_vector<float>(), (std::vector<float>{2, 0, 0, 0, 2, 0}));
  EXPECT_EQ(array_from_eigen(Eigen::Vector3d(1, 2, 3)).shape(), Shape{3});
}
TEST(Eigen, what_does_not_fit_is_an_error) {
  NDArray cube = NDArray::zeros({1, 2, 3}), back = NDArray::zeros({3}).slice({slice({}, {}, -1)});
  EXPECT_ERROR(ValueError, eigen_matrix<double>(cube),
               "eigen_matrix: the array has shape (1, 2, 3); a matrix takes 1 or 2 dimensions");
  EXPECT_ERROR(ValueError, eigen_matrix<double>(back),
               "eigen_matrix: Eigen cannot follow strides (-8,); use copy() first");
  EXPECT_ERROR(
      TypeError, eigen_matrix<float>(cube.slice({0}).copy()),
      "data: the array holds float64, float32 was asked for; use astype(float32) or ask for "
      "the C++ type of float64");
}
}  // namespace kroton
#else
TEST(Eigen, C0_3_needs_Eigen) { GTEST_SKIP() << "Eigen is not installed"; }
#endif
