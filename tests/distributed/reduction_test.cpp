// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/reduction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>

using namespace kroton;
using namespace kroton::distributed;

namespace {
template <class T>
std::vector<T> combined(std::vector<T> a, std::vector<T> b, Reduction how) {
  NDArray x = array(a);
  distributed::detail::combine(x, array(b), how);
  return x.to_vector<T>();
}
}  // namespace

// NumPy: np.add, np.multiply, np.maximum, np.minimum.
TEST(Reduction, is_what_numpy_makes_of_two_arrays) {
  using Longs = std::vector<std::int64_t>;
  EXPECT_EQ(combined<std::int64_t>({1, -5}, {7, 2}, Reduction::sum), (Longs{8, -3}));
  EXPECT_EQ(combined<std::int64_t>({1, -5}, {7, 2}, Reduction::prod), (Longs{7, -10}));
  EXPECT_EQ(combined<std::int64_t>({1, -5}, {7, -9}, Reduction::max), (Longs{7, -5}));
  EXPECT_EQ(combined<std::int64_t>({1, -5}, {7, -9}, Reduction::min), (Longs{1, -9}));
  EXPECT_EQ(combined<std::int8_t>({100, -128}, {100, 1}, Reduction::sum),
            (std::vector<std::int8_t>{-56, -127}));
  EXPECT_EQ(combined<std::uint8_t>({200, 3}, {100, 5}, Reduction::max),
            (std::vector<std::uint8_t>{200, 5}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(combined<double>({nan}, {1}, Reduction::max)[0]));
  EXPECT_TRUE(std::isnan(combined<double>({1}, {nan}, Reduction::min)[0]));
  using Complex = std::complex<double>;
  EXPECT_EQ(combined<Complex>({{1, 2}}, {{3, -1}}, Reduction::prod),
            (std::vector<Complex>{{5, 5}}));
}

TEST(Reduction, booleans_and_narrow_floats) {
  NDArray x = NDArray::full({2}, 1, bool_), y = NDArray::zeros({2}, bool_);
  distributed::detail::combine(x, y, Reduction::sum);
  EXPECT_TRUE(x.at<bool>({0}));
  distributed::detail::combine(x, y, Reduction::prod);
  EXPECT_FALSE(x.at<bool>({0}));
  for (const DType dtype : {float16, bfloat16}) {
    NDArray a = NDArray::full({1}, 1.5, dtype);
    distributed::detail::combine(a, NDArray::full({1}, 2, dtype), Reduction::sum);
    EXPECT_EQ(a.astype(float64).item<double>(), 3.5);
    distributed::detail::divide(a, 7);
    EXPECT_EQ(a.astype(float64).item<double>(), 0.5);
  }
  NDArray z = NDArray::full({1}, 6, complex64);
  distributed::detail::divide(z, 4);
  EXPECT_EQ(z.item<std::complex<float>>(), std::complex<float>(1.5f));
}
