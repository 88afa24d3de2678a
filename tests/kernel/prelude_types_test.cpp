// SPDX-License-Identifier: BSD-3-Clause
// The prelude beyond real functions: integers, Python's division, 16-bit floats, conversions,
// complex numbers. Expected values are NumPy's.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <random>

#include "kroton/kernel/prelude/math.h"

namespace {
namespace p = kroton::kernel::prelude;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(PreludeIntegers, C6_4_wrap_at_their_own_width) {
  EXPECT_EQ(p::add_i8(127, 1), -128);
  EXPECT_EQ(p::mul_u16(65535, 65535), 1);
  EXPECT_EQ(p::neg_i32(INT32_MIN), INT32_MIN);
  EXPECT_EQ(p::abs_i64(INT64_MIN), INT64_MIN);
  EXPECT_EQ(p::sub_u8(0, 1), 255);
  EXPECT_EQ(p::sqr_i16(-32768), 0);
}

TEST(PreludeIntegers, C6_4_divide_toward_minus_infinity_without_signals) {
  EXPECT_EQ(p::floor_div_i32(-7, 2), -4);
  EXPECT_EQ(p::floor_div_i32(7, -2), -4);
  EXPECT_EQ(p::floor_div_i32(-7, -2), 3);
  EXPECT_EQ(p::floor_div_i32(7, 0), 0);
  EXPECT_EQ(p::mod_i32(7, 0), 0);
  EXPECT_EQ(p::floor_div_i64(INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(p::mod_i64(INT64_MIN, -1), 0);
  EXPECT_EQ(p::floor_div_i8(-128, -1), -128);
  EXPECT_EQ(p::mod_i8(-7, 3), 2);
  EXPECT_EQ(p::mod_i8(7, -3), -2);
  EXPECT_EQ(p::floor_div_u32(7, 0xffffffffu), 0u);
  EXPECT_EQ(p::mod_u64(7, ~0ull), 7u);
}

TEST(PreludeIntegers, pow_wraps_and_takes_negative_exponents) {
  EXPECT_EQ(p::pow_i64(3, 39), 4052555153018976267);
  EXPECT_EQ(p::pow_i8(2, 7), -128);
  EXPECT_EQ(p::pow_u8(3, 200), 161);
  EXPECT_EQ(p::pow_i32(0, 0), 1);
  EXPECT_EQ(p::pow_i32(-1, -3), -1);
  EXPECT_EQ(p::pow_i32(-1, -4), 1);
  EXPECT_EQ(p::pow_i32(5, -1), 0);
  EXPECT_EQ(p::pow_i32(0, -1), 0);
}

TEST(PreludeReals, floor_div_and_mod_follow_python) {
  EXPECT_EQ(p::mod_f64(-7.5, 2), 0.5);
  EXPECT_EQ(p::mod_f64(7.5, -2), -0.5);
  EXPECT_EQ(p::floor_div_f64(-7.5, 2), -4);
  EXPECT_EQ(p::floor_div_f64(1, 0.1), 9);
  EXPECT_EQ(p::floor_div_f64(1, 0), inf);
  EXPECT_EQ(p::floor_div_f64(-1, 0), -inf);
  EXPECT_TRUE(std::isnan(p::floor_div_f64(0, 0)));
  EXPECT_TRUE(std::isnan(p::mod_f64(1, 0)));
  EXPECT_TRUE(std::isnan(p::floor_div_f64(inf, 1)));
  EXPECT_EQ(p::floor_div_f64(-1, inf), -1);
  EXPECT_EQ(p::mod_f64(-1, inf), inf);
  EXPECT_TRUE(std::signbit(p::mod_f64(-4, -2)));
  EXPECT_FALSE(std::signbit(p::mod_f64(-4, 2)));
  EXPECT_EQ(p::mod_f32(5.25f, 0.5f), 0.25f);
}

TEST(PreludeReals, C6_4_maximum_and_minimum_propagate_nan_and_order_zeros) {
  EXPECT_TRUE(std::isnan(p::maximum_f64(nan, 1)));
  EXPECT_TRUE(std::isnan(p::maximum_f64(1, nan)));
  EXPECT_TRUE(std::isnan(p::minimum_f32(1.0f, static_cast<float>(nan))));
  EXPECT_EQ(p::maximum_f64(-inf, 3), 3);
  EXPECT_FALSE(std::signbit(p::maximum_f64(-0.0, 0.0)));
  EXPECT_FALSE(std::signbit(p::maximum_f64(0.0, -0.0)));
  EXPECT_TRUE(std::signbit(p::minimum_f64(0.0, -0.0)));
  EXPECT_TRUE(std::signbit(p::minimum_f64(-0.0, 0.0)));
}

TEST(PreludeReals, clip_tests_the_lower_bound_first) {
  EXPECT_EQ(p::clip_f64(0, 3, 1), 3);
  EXPECT_EQ(p::clip_f64(5, 3, 1), 1);
  EXPECT_TRUE(std::isnan(p::clip_f64(nan, 0, 1)));
}

TEST(PreludeReals, sign_and_tests) {
  EXPECT_EQ(p::sgn_f64(-3), -1);
  EXPECT_EQ(p::sgn_f64(inf), 1);
  EXPECT_FALSE(std::signbit(p::sgn_f64(-0.0)));
  EXPECT_TRUE(std::isnan(p::sgn_f64(nan)));
  EXPECT_EQ(p::isinf_f64(-inf), 1);
  EXPECT_EQ(p::isinf_f64(nan), 0);
  EXPECT_EQ(p::isinf_f64(1e308), 0);
  EXPECT_EQ(p::isnan_f32(static_cast<float>(nan)), 1);
}

TEST(PreludeConversions, to_integers_are_those_of_x86) {
  EXPECT_EQ(p::i32_from_f64(-2.9), -2);
  EXPECT_EQ(p::i32_from_f64(2147483647.5), 2147483647);
  EXPECT_EQ(p::i32_from_f64(2147483648.0), INT32_MIN);
  EXPECT_EQ(p::i32_from_f32(-2147483648.0f), INT32_MIN);
  EXPECT_EQ(p::i32_from_f64(nan), INT32_MIN);
  EXPECT_EQ(p::i64_from_f64(1e300), INT64_MIN);
  EXPECT_EQ(p::i64_from_f64(-0x1p63), INT64_MIN);
  EXPECT_EQ(p::i8_from_f32(300.0f), 44);
  EXPECT_EQ(p::u8_from_f64(-1.0), 255);
  EXPECT_EQ(p::u8_from_f64(nan), 0);
  EXPECT_EQ(p::u16_from_f32(65536.0f), 0);
  EXPECT_EQ(p::u32_from_f64(4294967295.0), 4294967295u);
  EXPECT_EQ(p::u32_from_f64(-1.0), 4294967295u);
  EXPECT_EQ(p::u64_from_f64(0x1p63), 0x8000000000000000u);
  EXPECT_EQ(p::u64_from_f64(-1.0), ~0ull);
  EXPECT_EQ(p::b1_from_f64(nan), 1);
  EXPECT_EQ(p::b1_from_f64(-0.0), 0);
}

// The value of a finite float16 by its definition.
double half_value(unsigned h) {
  const int exponent = static_cast<int>((h >> 10) & 31);
  const double m = h & 1023;
  const double a = exponent == 0 ? std::ldexp(m, -24) : std::ldexp(1024 + m, exponent - 25);
  return h & 0x8000 ? -a : a;
}

TEST(PreludeConversions, float16_goes_both_ways_for_every_value_and_every_tie) {
  for (unsigned h = 0; h < 0x7c00; ++h) {
    const float x = p::f32_from_f16(static_cast<std::uint16_t>(h));
    ASSERT_EQ(x, half_value(h));
    ASSERT_EQ(p::f16_from_f32(x), h);
    ASSERT_EQ(p::f16_from_f32(-x), h | 0x8000);
    if (h == 0x7bff) break;
    const float middle = static_cast<float>((half_value(h) + half_value(h + 1)) / 2);
    ASSERT_EQ(p::f16_from_f32(middle), h + (h & 1));
    ASSERT_EQ(p::f16_from_f32(std::nextafterf(middle, 0)), h);
    ASSERT_EQ(p::f16_from_f32(std::nextafterf(middle, 1e9f)), h + 1);
    ASSERT_EQ(p::f16_from_f64(std::nextafter(static_cast<double>(middle), 1e9)), h + 1);
    ASSERT_EQ(p::f16_from_f64(std::nextafter(static_cast<double>(middle), 0)), h);
  }
  EXPECT_EQ(p::f16_from_f32(65519.996f), 0x7bff);
  EXPECT_EQ(p::f16_from_f32(65520.0f), 0x7c00);
  EXPECT_EQ(p::f16_from_f64(1e300), 0x7c00);
  EXPECT_EQ(p::f16_from_f32(static_cast<float>(nan)) & 0x7fff, 0x7e00);
  EXPECT_TRUE(std::isnan(p::f32_from_f16(0x7c01)));
  EXPECT_EQ(p::f32_from_f16(0xfc00), -inf);
}

TEST(PreludeConversions, bfloat16_rounds_to_nearest_even_once) {
  EXPECT_EQ(p::bf16_from_f32(1.0f), 0x3f80);
  EXPECT_EQ(p::bf16_from_f32(0x1.01p0f), 0x3f80);
  EXPECT_EQ(p::bf16_from_f32(0x1.03p0f), 0x3f82);
  EXPECT_EQ(p::bf16_from_f64(0x1.0100000000001p0), 0x3f81);
  EXPECT_EQ(p::bf16_from_f32(3.4e38f), 0x7f80);
  EXPECT_TRUE(std::isnan(p::f32_from_bf16(p::bf16_from_f32(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_EQ(p::f32_from_bf16(0xc040), -3.0f);
}

// Complex functions against the C++ library's in long double, as a whole number.
using Long = std::complex<long double>;
struct ComplexRow {
  const char* name;
  p::k_c64 (*single)(p::k_c64);
  p::k_c128 (*twice)(p::k_c128);
  Long (*exact)(const Long&);
};
#define ROW(name, exact)                                                              \
  ComplexRow {                                                                        \
    #name, p::name##_c64, p::name##_c128, [](const Long& z) -> Long { return exact; } \
  }
const ComplexRow complex_rows[] = {ROW(exp, std::exp(z)),
                                   ROW(log, std::log(z)),
                                   ROW(sqrt, std::sqrt(z)),
                                   ROW(sin, std::sin(z)),
                                   ROW(cos, std::cos(z)),
                                   ROW(tan, std::tan(z)),
                                   ROW(sinh, std::sinh(z)),
                                   ROW(cosh, std::cosh(z)),
                                   ROW(tanh, std::tanh(z)),
                                   ROW(arcsin, std::asin(z)),
                                   ROW(arccos, std::acos(z)),
                                   ROW(arctan, std::atan(z)),
                                   ROW(arcsinh, std::asinh(z)),
                                   ROW(arccosh, std::acosh(z)),
                                   ROW(arctanh, std::atanh(z)),
                                   ROW(sqr, z* z),
                                   ROW(inv, Long(1) / z),
                                   ROW(log2, std::log(z) / std::log(Long(2))),
                                   ROW(log10, std::log10(z)),
                                   ROW(log1p, std::log(Long(1) + z)),
                                   ROW(expm1, std::exp(z) - Long(1)),
                                   ROW(exp2, std::pow(Long(2), z))};
#undef ROW

template <class Z, class T>
void check_complex(const ComplexRow& row, Z (*function)(Z)) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    const double size = i % 3 == 0 ? 0.6 : i % 3 == 1 ? 4 : 18;
    const T re = static_cast<T>(unit(random) * size);
    const T im = static_cast<T>(unit(random) * size);
    const Long z(re, im);
    const Long want = row.exact(z);
    const Z got = function(Z{re, im});
    const long double error = std::abs(Long(got.re, got.im) - want) /
                              (std::abs(want) * std::numeric_limits<T>::epsilon());
    ASSERT_LE(error, 8) << row.name << " of (" << re << ", " << im << "): (" << got.re << ", "
                        << got.im << ")";
  }
}

TEST(PreludeComplex, functions_agree_with_long_double) {
  for (const ComplexRow& row : complex_rows) {
    check_complex<p::k_c64, float>(row, row.single);
    check_complex<p::k_c128, double>(row, row.twice);
  }
}

TEST(PreludeComplex, divide_and_abs_do_not_overflow_needlessly) {
  EXPECT_EQ(p::divide_c128({1e300, 1e300}, {1e300, 1e300}).re, 1);
  EXPECT_EQ(p::abs_c128({3e300, 4e300}), 5e300);
  EXPECT_EQ(p::abs_c64({3e-30f, 4e-30f}), 5e-30f);
  EXPECT_EQ(p::abs_c128({-inf, nan}), inf);
  EXPECT_TRUE(std::isnan(p::abs_c128({1, nan})));
}

TEST(PreludeComplex, pow_is_exact_for_small_whole_exponents) {
  const p::k_c128 z = p::pow_c128({1, 2}, {3, 0});
  EXPECT_EQ(z.re, -11);
  EXPECT_EQ(z.im, -2);
  const p::k_c128 w = p::pow_c128({2, 0}, {0.5, 0});
  EXPECT_NEAR(w.re, std::sqrt(2.0), 1e-15);
  EXPECT_EQ(p::pow_c128({0, 0}, {0, 0}).re, 1);
  EXPECT_EQ(p::pow_c128({0, 0}, {1.5, 0}).re, 0);
  EXPECT_EQ(p::pow_c128({2, 0}, {-1, 0}).re, 0.5);
}

TEST(PreludeComplex, square_root_keeps_the_branch_cut) {
  EXPECT_EQ(p::sqrt_c128({-4, 0.0}).im, 2);
  EXPECT_EQ(p::sqrt_c128({-4, -0.0}).im, -2);
  EXPECT_EQ(p::sqrt_c128({0, 1e-320}).re, std::sqrt(1e-320 / 2));
}
}  // namespace
