// SPDX-License-Identifier: BSD-3-Clause
// Arrays as Eigen matrices, without copies.
#include "outsider.h"

#include <kroton/ndarray/eigen.h>

using namespace kroton;

TEST(Eigen, C0_3_a_map_reads_and_writes_the_array) {
  NDArray a = NDArray::arange(6, float64).reshape({2, 3});
  auto m = eigen_matrix<double>(a);
  EXPECT_EQ(m.rows(), 2);
  EXPECT_EQ(m.cols(), 3);
  EXPECT_EQ(m(1, 2), 5.0);
  m *= 2;
  EXPECT_EQ(a.at<double>({1, 2}), 10.0);
  const NDArray t = a.transpose();
  EXPECT_EQ(eigen_matrix<double>(t)(2, 1), 10.0);
  const Eigen::MatrixXd product = eigen_matrix<double>(a) * eigen_matrix<double>(t);
  NDArray back = array_from_eigen(product);
  EXPECT_EQ(back.shape(), (Shape{2, 2}));
  auto x = dmatrix("x");
  NDArray z = function({x}, x * 2)(array_from_eigen(product));
  EXPECT_EQ(z.at<double>({0, 0}), 2 * product(0, 0));
  EXPECT_THROW(eigen_matrix<float>(a), TypeError);
}
