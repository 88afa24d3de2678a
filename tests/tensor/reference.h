// SPDX-License-Identifier: BSD-3-Clause
// Arrays that tools/make_reference.py wrote, and comparisons with them.
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <string>

#include "kroton/ndarray/npy.h"

namespace kroton::support {
inline NDArray reference(const std::string& name) {
  return load_npy(std::string(KROTON_TEST_DATA) + "/tensor/" + name + ".npy");
}

// Same dtype and number of elements; floats within RTOL, NaN where NaN is. The shape is compared
// when SHAPED.
inline void expect_like(const NDArray& got, const NDArray& wanted, double rtol = 0,
                        bool shaped = true) {
  ASSERT_EQ(name(got.dtype()), name(wanted.dtype()));
  if (shaped) {
    ASSERT_EQ(got.shape(), wanted.shape());
  }
  ASSERT_EQ(got.size(), wanted.size());
  const auto a = got.astype(complex128).to_vector<std::complex<double>>();
  const auto b = wanted.astype(complex128).to_vector<std::complex<double>>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto near = [&](double x, double y) {
      return (std::isnan(x) && std::isnan(y)) || x == y || std::abs(x - y) <= rtol * std::abs(b[i]);
    };
    EXPECT_TRUE(near(a[i].real(), b[i].real()) && near(a[i].imag(), b[i].imag()))
        << "element " << i << ": " << a[i] << " is not " << b[i];
  }
}
}  // namespace kroton::support
