// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "reference.h"

namespace kroton {
TEST(Arange, C0_2_counts_in_every_dtype) {
  EXPECT_EQ(NDArray::arange(4).to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(NDArray::arange(3, bfloat16).astype(float64).to_vector<double>(),
            (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(NDArray::arange(-3).size(), 0u);
  EXPECT_EQ(NDArray::arange(5, 0, -2, int8).to_vector<std::int8_t>(),
            (std::vector<std::int8_t>{5, 3, 1}));
}
TEST(Arange, it_gives_NumPys_digits) {
  const NDArray expected = load_npy(reference("arange.npy"));
  std::vector<double> got = NDArray::arange(-1, 2, 0.1).to_vector<double>();
  for (const NDArray& part :
       {NDArray::arange(0, 1, 0.1, float32), NDArray::arange(0, 30, 0.7, float16)}) {
    for (double x : part.astype(float64).to_vector<double>()) got.push_back(x);
  }
  EXPECT_EQ(got, expected.to_vector<double>());
}
TEST(Arange, it_refuses_what_has_no_length) {
  EXPECT_ERROR(
      ValueError, NDArray::arange(0, 1, 0),
      "arange: start 0, stop 1 and step 0 give no number of values; use finite numbers and "
      "a step other than 0");
  EXPECT_ERROR(ValueError, NDArray::arange(0, INFINITY, 1),
               "arange: start 0, stop inf and step 1 give no number of values; use finite numbers "
               "and a step other than 0");
  EXPECT_ERROR(TypeError, NDArray::arange(3, bool_),
               "arange: 3 values of dtype bool; there are only two, use int8");
}
}  // namespace kroton
