// SPDX-License-Identifier: BSD-3-Clause
#include "measure.h"

#include <bit>
#include <cstdint>
#include <mutex>
#include <random>

#include "kroton/base/parallel.h"
#include "kroton/scalars/op.h"

namespace accuracy {
namespace {
using kroton::kernel::HostFunction;

template <class T>
T value(HostFunction host, T x, T y) {
  const void* arguments[] = {&x, &y};
  T z;
  host(arguments, &z);
  return z;
}

// Numbers of every exponent and sign, near 1, near multiples of pi/2, of ordinary size, and the
// ends.
template <class T>
std::vector<T> stratified(int per_exponent) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using L = std::numeric_limits<T>;
  constexpr int mantissa = L::digits - 1;
  constexpr U exponents = static_cast<U>(2 * L::max_exponent - 1);
  std::mt19937_64 random(11);
  std::vector<T> out;
  for (U e = 0; e < exponents; ++e) {
    for (int i = 0; i < 2 * per_exponent; ++i) {
      const U m = static_cast<U>(random()) & ((U{1} << mantissa) - 1);
      out.push_back(std::bit_cast<T>((U(i & 1) << (sizeof(T) * 8 - 1)) | (e << mantissa) | m));
    }
  }
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    for (double scale : {2.0, 30.0, 800.0}) out.push_back(static_cast<T>(unit(random) * scale));
    out.push_back(static_cast<T>(1 + unit(random) * std::ldexp(1, -(i % 52))));
    out.push_back(static_cast<T>(i * 1.57079632679489661923));
    out.push_back(std::nextafter(static_cast<T>(i * 1.57079632679489661923), T(0)));
  }
  for (double x : {0x1.6ac5b262ca1ffp+849, 0x1.921fb54442d18p+0, 0x1.a591acp+104, 0x1.4b2b2p+89,
                   16367173.0 * 0x1p72, 0x1.df666666c9d9ep+27, 0x1.f86f9fp+5, 0x1.d12eap+92})
    out.push_back(static_cast<T>(x));
  for (T x : {T(0), T(0.5), T(1), T(2), L::min(), L::denorm_min(), L::max(), L::infinity(),
              L::epsilon()}) {
    for (T y : {x, -x, std::nextafter(x, T(0)), std::nextafter(x, L::max())}) out.push_back(y);
  }
  out.push_back(L::quiet_NaN());
  return out;
}

// Pairs that mix special, ordinary and extreme numbers; and ordinary ones of both sizes.
template <class T>
std::vector<std::pair<T, T>> pairs(bool slow) {
  using L = std::numeric_limits<T>;
  std::vector<T> corners;
  for (T x : {T(0), L::denorm_min(), L::min(), T(1e-20), T(0.3), T(0.5), T(1),
              std::nextafter(T(1), T(2)), T(1.7), T(2), T(3), T(7.25), T(127), T(1e5), T(16777217),
              T(1e19), L::max(), L::infinity()}) {
    corners.push_back(x);
    corners.push_back(-x);
  }
  corners.push_back(L::quiet_NaN());
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(-1, 1);
  for (int i = 0; i < 60; ++i)
    corners.push_back(static_cast<T>(std::exp(unit(random) * (i % 2 ? 3 : 60))));
  std::vector<std::pair<T, T>> out;
  if (!slow) {
    for (T x : corners)
      for (T y : corners) out.emplace_back(x, y);
  }
  for (int i = 0; i < (slow ? 400 : 1500); ++i) {
    const double size = std::exp(unit(random) * 5 + 2), whole = std::floor(size);
    out.emplace_back(static_cast<T>(i % 3 == 0 ? whole : size),
                     static_cast<T>(size * std::exp(unit(random) * 2)));
    out.emplace_back(static_cast<T>(unit(random) * 20), static_cast<T>(std::exp(unit(random) * 5)));
    if (slow && i % 20 != 0) continue;
    out.emplace_back(static_cast<T>(std::exp(9.5 + 2 * unit(random))), T(0));
    out.back().second = static_cast<T>(out.back().first * (1 + 0.1 * unit(random)));
  }
  return out;
}

template <class T>
std::vector<std::pair<T, T>> arguments(const Subject& subject) {
  if (subject.inputs == 2) return pairs<T>(subject.slow);
  std::vector<std::pair<T, T>> out;
  const std::vector<T> all = stratified<T>(sizeof(T) == 8 ? 2 : 8);
  for (std::size_t i = 0; i < all.size(); i += subject.slow ? 29 : 1)
    out.emplace_back(all[i], T(0));
  return out;
}

void keep(Worst& worst, double error, double x, double y) {
  ++worst.count;
  if (!(error > worst.error)) return;
  worst.error = error;
  worst.x = x;
  worst.y = y;
}

// MPFR keeps constants for each thread.
struct Caches {
  ~Caches() { mpfr_free_cache(); }
};

template <class T>
std::vector<Worst> against_mpfr(const Subject& subject) {
  const HostFunction host =
      kroton::scalars::find(subject.row)->host(sizeof(T) == 4 ? kroton::float32 : kroton::float64);
  const auto at = arguments<T>(subject);
  std::vector<Worst> all(subject.intervals.size());
  std::mutex mutex;
  kroton::base::parallel_for(
      0, static_cast<std::int64_t>(at.size()), 64, [&](std::int64_t begin, std::int64_t end) {
        static thread_local const Caches freed_when_the_thread_ends;
        for (std::int64_t n = begin; n < end; ++n) {
          const auto [x, y] = at[static_cast<std::size_t>(n)];
          for (std::size_t i = 0; i < all.size(); ++i) {
            const Interval& interval = subject.intervals[i];
            const double a = static_cast<double>(x), b = static_cast<double>(y);
            if (!interval.holds(a, b)) continue;
            const double floor = interval.floor == nullptr ? 0 : interval.floor(a, b);
            const double error = ulps(value(host, x, y), subject.exact(Real(a), Real(b)), floor);
            const std::lock_guard lock(mutex);
            keep(all[i], error, a, b);
          }
        }
      });
  return all;
}

// As ulps() of a float, against a value with 64 bits or with 53.
double ulps_of_float(float y, long double exact, double floor) {
  const float nearest = static_cast<float>(exact);
  if (nearest == y && (y != 0 || std::signbit(y) == std::signbit(nearest)) && std::isinf(y))
    return 0;
  if (std::isnan(nearest) || std::isnan(y)) return std::isnan(nearest) == std::isnan(y) ? 0 : 1e12;
  if (std::isinf(nearest) || std::isinf(y))
    return std::abs(std::isinf(y) ? nearest : y) == std::numeric_limits<float>::max() ? 1 : 1e12;
  if (y == 0 && nearest == 0) return std::signbit(y) == std::signbit(nearest) ? 0 : 1e12;
  int exponent = 0;
  std::frexp(std::max(static_cast<double>(std::abs(exact)), floor), &exponent);
  return static_cast<double>(
      std::ldexp(std::abs(exact - static_cast<long double>(y)), 24 - std::max(exponent, -125)));
}

std::vector<Worst> bit_patterns(const Subject& subject, unsigned stride) {
  const auto* row = kroton::scalars::find(subject.row);
  const HostFunction host = row->host(kroton::float32), twice = row->host(kroton::float64);
  std::vector<Worst> all(subject.intervals.size());
  std::mutex mutex;
  const std::int64_t count = (std::int64_t{1} << 32) / stride;
  kroton::base::parallel_for(0, count, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Worst> mine(all.size());
    for (std::int64_t n = begin; n < end; ++n) {
      // a stride that is a power of two would leave the same low bits in all of them
      const auto offset = stride == 1 ? 0u : static_cast<std::uint32_t>(n * 2654435761u) % stride;
      const float x = std::bit_cast<float>(static_cast<std::uint32_t>(n * stride) + offset);
      const double wide = static_cast<double>(x);
      const long double exact =
          subject.wide != nullptr ? subject.wide(x, 0) : value(twice, wide, 0.0);
      for (std::size_t i = 0; i < mine.size(); ++i) {
        const Interval& interval = subject.intervals[i];
        if (!interval.holds(wide, 0)) continue;
        const double floor = interval.floor == nullptr ? 0 : interval.floor(wide, 0);
        keep(mine[i], ulps_of_float(value(host, x, 0.0f), exact, floor), wide, 0);
      }
    }
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const long long counted = all[i].count + mine[i].count;
      if (mine[i].error > all[i].error) all[i] = mine[i];
      all[i].count = counted;
    }
  });
  return all;
}
}  // namespace

std::vector<Worst> measure_double(const Subject& subject) { return against_mpfr<double>(subject); }
std::vector<Worst> measure_float(const Subject& subject, unsigned stride) {
  return subject.inputs == 1 ? bit_patterns(subject, stride) : against_mpfr<float>(subject);
}
}  // namespace accuracy
