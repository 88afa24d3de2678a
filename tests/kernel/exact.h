// SPDX-License-Identifier: BSD-3-Clause
// Arguments that reach every corner of a floating-point function, and errors in ULP against MPFR.
#pragma once
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace kroton::test {
class Exact {  // an MPFR number that frees itself
 public:
  Exact() { mpfr_init2(value, 200); }
  explicit Exact(double x) : Exact() { mpfr_set_d(value, x, MPFR_RNDN); }
  ~Exact() { mpfr_clear(value); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  mpfr_t value;
};

// The distance of y from the exact result, in ULP of the exact result in T.
template <class T>
double ulps(T y, const Exact& exact) {
  const T nearest = sizeof(T) == 4 ? static_cast<T>(mpfr_get_flt(exact.value, MPFR_RNDN))
                                   : static_cast<T>(mpfr_get_d(exact.value, MPFR_RNDN));
  if (std::isnan(nearest) || std::isnan(y)) {
    return std::isnan(nearest) && std::isnan(y) ? 0 : 1e9;
  }
  if (y == nearest) return std::signbit(y) == std::signbit(nearest) || y != 0 ? 0.5 : 1e9;
  if (std::isinf(y) || std::isinf(nearest)) {
    const T most = std::numeric_limits<T>::max();
    return std::abs(std::isinf(y) ? nearest : y) == most ? 1 : 1e9;
  }
  const int digits = std::numeric_limits<T>::digits;
  const int least = std::numeric_limits<T>::min_exponent;
  const int exponent = mpfr_zero_p(exact.value)
                           ? least
                           : std::max<int>(static_cast<int>(mpfr_get_exp(exact.value)), least);
  Exact difference;
  mpfr_sub_d(difference.value, exact.value, static_cast<double>(y), MPFR_RNDN);
  mpfr_mul_2si(difference.value, difference.value, digits - exponent, MPFR_RNDN);
  return std::abs(mpfr_get_d(difference.value, MPFR_RNDN));
}

template <class T>
struct Bits;
template <>
struct Bits<float> {
  using type = std::uint32_t;
  static constexpr int mantissa = 23, exponents = 255, per_exponent = 24;
};
template <>
struct Bits<double> {
  using type = std::uint64_t;
  static constexpr int mantissa = 52, exponents = 2047, per_exponent = 3;
};

// Numbers of every exponent and sign, numbers near 1, near multiples of pi/2, of ordinary size, and
// the ends.
template <class T>
std::vector<T> arguments() {
  using B = Bits<T>;
  using U = typename B::type;
  std::mt19937_64 random(7);
  std::vector<T> out;
  for (U e = 0; e < static_cast<U>(B::exponents); ++e) {
    for (int i = 0; i < 2 * B::per_exponent; ++i) {
      const U m = static_cast<U>(random()) & ((U{1} << B::mantissa) - 1);
      out.push_back(std::bit_cast<T>((U(i & 1) << (sizeof(T) * 8 - 1)) | (e << B::mantissa) | m));
    }
  }
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 4000; ++i) {
    out.push_back(static_cast<T>(unit(random) * 2));
    out.push_back(static_cast<T>(unit(random) * 30));
    out.push_back(static_cast<T>(unit(random) * 800));
    out.push_back(static_cast<T>(1 + unit(random) * std::ldexp(1, -(i % 52))));
    out.push_back(static_cast<T>(i * 1.57079632679489661923));
    out.push_back(std::nextafter(static_cast<T>(i * 1.57079632679489661923), T(0)));
  }
  // the doubles and floats that lie nearest to multiples of pi/2
  for (double x : {0x1.6ac5b262ca1ffp+849, 0x1.921fb54442d18p+0, 0x1.a591acp+104, 0x1.4b2b2p+89,
                   16367173.0 * 0x1p72, 0x1.df666666c9d9ep+27, 0x1.f86f9fp+5, 0x1.d12eap+92}) {
    out.push_back(static_cast<T>(x));
  }
  using L = std::numeric_limits<T>;
  for (T x : {T(0), T(0.5), T(1), T(2), L::min(), L::denorm_min(), L::max(), L::infinity(),
              L::epsilon()}) {
    out.push_back(x);
    out.push_back(-x);
    out.push_back(std::nextafter(x, T(0)));
    out.push_back(std::nextafter(x, L::max()));
  }
  out.push_back(L::quiet_NaN());
  return out;
}
}  // namespace kroton::test
