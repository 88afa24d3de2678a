// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/cast.h"

#include <cmath>
#include <limits>

#include "reference.h"

namespace kroton {
namespace {
bool bytes_equal_or_nan(DType d, const std::byte* a, const std::byte* b) {
  if (std::memcmp(a, b, itemsize(d)) == 0) return true;
  std::complex<double> x, y;
  cast_elements(d, a, 0, complex128, &x, 0, 1);
  cast_elements(d, b, 0, complex128, &y, 0, 1);
  const auto same = [](double p, double q) {
    return (std::isnan(p) && std::isnan(q)) || (p == q && std::signbit(p) == std::signbit(q));
  };
  return same(x.real(), y.real()) && same(x.imag(), y.imag());
}
}  // namespace

TEST(Cast, every_pair_of_dtypes_agrees_with_NumPy) {
  int pairs = 0;
  for (const DTypeInfo& from : dtype_table) {
    const NDArray source = load_npy(reference(std::string("cast/") + from.name + ".npy"));
    const NDArray expected = load_npy(reference(std::string("cast/") + from.name + "_cast.npy"));
    ASSERT_EQ(source.dtype(), from.dtype);
    const auto* at = static_cast<const std::byte*>(expected.raw());
    for (const DTypeInfo& to : dtype_table) {
      if (is_complex(from.dtype) && !is_complex(to.dtype) && !is_bool(to.dtype)) continue;
      ++pairs;
      const NDArray result = source.astype(to.dtype);
      for (std::size_t i = 0; i < source.size(); ++i, at += to.size) {
        if (is_integer(to.dtype) && !is_discrete(from.dtype)) {
          double x = 0;  // NumPy leaves what is out of range open: the reference has 0 there
          cast_elements(from.dtype, static_cast<std::byte*>(source.raw()) + i * from.size, 0,
                        float64, &x, 0, 1);
          const double low =
              is_unsigned(to.dtype) ? 0 : -std::ldexp(1, static_cast<int>(to.size) * 8 - 1);
          const double high = std::ldexp(1, static_cast<int>(to.size) * 8 - !is_unsigned(to.dtype));
          if (!(std::trunc(x) >= low && std::trunc(x) < high)) continue;
        }
        EXPECT_TRUE(
            bytes_equal_or_nan(to.dtype, at, static_cast<std::byte*>(result.raw()) + i * to.size))
            << from.name << " to " << to.name << ", element " << i;
      }
    }
    EXPECT_EQ(at, static_cast<const std::byte*>(expected.raw()) + expected.nbytes());
  }
  EXPECT_EQ(pairs, 13 * 15 + 2 * 3);
}
TEST(Cast, halves_and_bfloat16_are_rounded_to_nearest_even) {
  const NDArray x = load_npy(reference("cast/random.npy"));
  const NDArray half = load_npy(reference("cast/random_half.npy"));
  const NDArray brain = load_npy(reference("cast/random_bfloat16.npy"));
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.size()); ++i) {
    ASSERT_EQ(to_half(x.at<float>({i})).bits, half.at<std::uint16_t>({i})) << x.at<float>({i});
    ASSERT_EQ(to_half(static_cast<double>(x.at<float>({i}))).bits, half.at<std::uint16_t>({i}));
    ASSERT_EQ(to_bfloat16(x.at<float>({i})).bits, brain.at<std::uint16_t>({i}));
  }
}
TEST(Cast, every_half_and_bfloat16_survives_a_float) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half h{static_cast<std::uint16_t>(bits)};
    const BFloat16 b{static_cast<std::uint16_t>(bits)};
    if (std::isnan(to_float(h))) {
      ASSERT_TRUE(std::isnan(to_float(to_half(to_float(h)))));
    } else {
      ASSERT_EQ(to_half(to_float(h)).bits, bits);
    }
    if (std::isnan(to_float(b))) {
      ASSERT_TRUE(std::isnan(to_float(to_bfloat16(to_float(b)))));
    } else {
      ASSERT_EQ(to_bfloat16(to_float(b)).bits, bits);
    }
  }
}
TEST(Cast, floats_out_of_range_become_the_lowest_integer) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = INFINITY;
  for (double x : {nan, inf, -inf, 1e300}) {
    EXPECT_EQ(convert_element<std::int64_t>(x), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(convert_element<std::int32_t>(x), std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ(convert_element<std::int8_t>(x), 0);
    EXPECT_EQ(convert_element<std::int64_t>(static_cast<float>(x)),
              std::numeric_limits<std::int64_t>::min());
  }
  EXPECT_EQ(convert_element<std::uint64_t>(-1.0), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(convert_element<std::uint64_t>(0x1p63), std::uint64_t{1} << 63);
  EXPECT_EQ(convert_element<std::uint64_t>(0x1p64), std::uint64_t{1} << 63);
  EXPECT_EQ(convert_element<std::uint8_t>(-1.5), 255);
  EXPECT_EQ(convert_element<std::int8_t>(300.7f), 44);
  EXPECT_EQ(convert_element<std::int32_t>(2147483647.9), 2147483647);
  EXPECT_EQ(convert_element<std::int32_t>(-2147483648.9), std::numeric_limits<std::int32_t>::min());
  EXPECT_FALSE(convert_element<bool>(0.0));
  EXPECT_TRUE(convert_element<bool>(nan));
}
TEST(Cast, complex_to_real_is_a_TypeError_and_to_bool_is_not) {
  const NDArray z = array({std::complex<double>(0, 1), std::complex<double>(0, 0)});
  EXPECT_ERROR(TypeError, z.astype(float32),
               "astype: complex128 to float32 would drop the imaginary part; take the real part "
               "first");
  EXPECT_TRUE(z.astype(bool_).at<bool>({0}));
  EXPECT_FALSE(z.astype(bool_).at<bool>({1}));
  EXPECT_EQ(z.astype(complex64).at<std::complex<float>>({0}), std::complex<float>(0, 1));
}
TEST(Cast, strided_and_contiguous_casts_agree) {
  const NDArray a = NDArray::arange(24, int16).reshape({2, 3, 4});
  const NDArray t = a.transpose(), b = t.astype(float32);
  EXPECT_EQ(b.shape(), (Shape{4, 3, 2}));
  EXPECT_TRUE(b.is_c_contiguous());
  EXPECT_EQ(b.at<float>({3, 1, 0}), 7.f);
  EXPECT_EQ(a.slice({ellipsis, slice({}, {}, -3)}).astype(int64).at<std::int64_t>({1, 2, 1}), 20);
}
}  // namespace kroton
