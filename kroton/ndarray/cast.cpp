// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/cast.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "kroton/base/errors.h"

namespace kroton::inline ndarray {
namespace {
template <class T>
T load(const std::byte* p) {
  if constexpr (std::is_same_v<T, bool>) {
    return *p != std::byte{0};
  } else {
    T x;
    std::memcpy(&x, p, sizeof(T));
    return x;
  }
}

template <class To, class From>
void loop(const std::byte* source, std::int64_t source_stride, std::byte* target,
          std::int64_t target_stride, std::int64_t count) {
  constexpr auto from_size = static_cast<std::int64_t>(sizeof(From));
  constexpr auto to_size = static_cast<std::int64_t>(sizeof(To));
  if (source_stride == from_size && target_stride == to_size) {
    for (std::int64_t i = 0; i < count; ++i) {
      const To x = convert_element<To>(load<From>(source + i * from_size));
      std::memcpy(target + i * to_size, &x, sizeof(To));
    }
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const To x = convert_element<To>(load<From>(source));
    std::memcpy(target, &x, sizeof(To));
    source += source_stride;
    target += target_stride;
  }
}

template <class From>
constexpr std::array<CastLoop, dtype_count> loops_from = {
#define DTYPE(id, type, ...) &loop<type, From>,
#include "kroton/ndarray/dtypes.def"
#undef DTYPE
};
constexpr std::array<std::array<CastLoop, dtype_count>, dtype_count> loops = {
#define DTYPE(id, type, ...) loops_from<type>,
#include "kroton/ndarray/dtypes.def"
#undef DTYPE
};
}  // namespace

CastLoop cast_loop(DType from, DType to) {
  return loops[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

void cast_elements(DType from, const void* source, std::int64_t source_stride, DType to,
                   void* target, std::int64_t target_stride, std::int64_t count) {
  cast_loop(from, to)(static_cast<const std::byte*>(source), source_stride,
                      static_cast<std::byte*>(target), target_stride, count);
}

void check_cast(DType from, DType to, const char* who) {
  if (!is_complex(from) || is_complex(to) || is_bool(to)) return;
  throw TypeError(
      fmt::format("{}: {} to {} would drop the imaginary part; take the real part first", who,
                  name(from), name(to)));
}
}  // namespace kroton::inline ndarray
