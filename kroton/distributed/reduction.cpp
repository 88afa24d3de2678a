// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/reduction.h"

#include <complex>
#include <type_traits>

#include "kroton/base/errors.h"
#include "kroton/ndarray/half.h"

namespace kroton::distributed::detail {
namespace {
template <class T>
constexpr bool is_narrow = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;
template <class T>
constexpr bool is_complex =
    std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;

// Of an ordered type; NaN wins, as in NumPy.
template <class T>
T extreme(T a, T b, bool greatest) {
  if (a != a) return a;
  if (b != b) return b;
  return (greatest ? a < b : b < a) ? b : a;
}

template <class T>
T reduced(T a, T b, Reduction how) {
  if constexpr (is_narrow<T>) {
    const float z = reduced(to_float(a), to_float(b), how);
    if constexpr (std::is_same_v<T, Half>) {
      return to_half(z);
    } else {
      return to_bfloat16(z);
    }
  } else if constexpr (is_complex<T>) {
    return how == Reduction::prod ? a * b : a + b;
  } else if constexpr (std::is_same_v<T, bool>) {
    return how == Reduction::prod || how == Reduction::min ? a && b : a || b;
  } else if constexpr (std::is_integral_v<T>) {
    // Wraps around, without the undefined behaviour of signed types.
    using U = std::make_unsigned_t<T>;
    if (how == Reduction::max || how == Reduction::min) return extreme(a, b, how == Reduction::max);
    const auto x = static_cast<std::uint64_t>(static_cast<U>(a)),
               y = static_cast<std::uint64_t>(static_cast<U>(b));
    return static_cast<T>(static_cast<U>(how == Reduction::prod ? x * y : x + y));
  } else {
    if (how == Reduction::max || how == Reduction::min) return extreme(a, b, how == Reduction::max);
    return how == Reduction::prod ? a * b : a + b;
  }
}

template <class T>
T divided(T a, int n) {
  if constexpr (std::is_same_v<T, Half>) {
    return to_half(to_float(a) / static_cast<float>(n));
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bfloat16(to_float(a) / static_cast<float>(n));
  } else if constexpr (is_complex<T>) {
    return a / static_cast<typename T::value_type>(n);
  } else {
    return static_cast<T>(a / static_cast<T>(n));
  }
}
}  // namespace

void combine(NDArray& into, const NDArray& from, Reduction how) {
  KROTON_CHECK(into.dtype() == from.dtype() && into.size() == from.size());
  with_element_type(into.dtype(), [&]<class T>(std::type_identity<T>) {
    T* const x = static_cast<T*>(into.raw());
    const T* const y = static_cast<const T*>(from.raw());
    for (std::size_t i = 0; i < into.size(); ++i) x[i] = reduced(x[i], y[i], how);
  });
}

void divide(NDArray& x, int n) {
  with_element_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    T* const data = static_cast<T*>(x.raw());
    for (std::size_t i = 0; i < x.size(); ++i) data[i] = divided(data[i], n);
  });
}
}  // namespace kroton::distributed::detail
