// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kroton/base/errors.h"
#include "kroton/ndarray/cast.h"

namespace kroton::inline ndarray {
namespace {
struct Bytes16 {
  std::uint64_t low, high;
};
// One element of a size known to the compiler, so that it is a move and not a call.
template <class Word>
void copy_run(const std::byte* source, std::int64_t source_stride, std::byte* target,
              std::int64_t target_stride, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(target, source, sizeof(Word));
    source += source_stride;
    target += target_stride;
  }
}
using CopyRun = decltype(&copy_run<std::uint8_t>);
CopyRun copy_run_of(std::size_t itemsize) {
  switch (itemsize) {
    case 1:
      return &copy_run<std::uint8_t>;
    case 2:
      return &copy_run<std::uint16_t>;
    case 4:
      return &copy_run<std::uint32_t>;
    case 8:
      return &copy_run<std::uint64_t>;
    default:
      return &copy_run<Bytes16>;
  }
}

using Loop = StridedLoop<2>;  // target, source
// Of the last two axes the target runs along the last and the source along the other one: squares
// that fit the first cache keep both sides' lines in use.
void copy_transposed(const Loop& loop, CopyRun run, const std::byte* source, std::byte* target) {
  constexpr std::int64_t tile = 16;
  const std::size_t x = loop.ndim - 1, y = loop.ndim - 2;
  for (std::int64_t i = 0; i < loop.shape[y]; i += tile) {
    const std::int64_t rows = std::min(tile, loop.shape[y] - i);
    for (std::int64_t j = 0; j < loop.shape[x]; j += tile) {
      const std::int64_t columns = std::min(tile, loop.shape[x] - j);
      for (std::int64_t r = i; r < i + rows; ++r) {
        run(source + r * loop.strides[1][y] + j * loop.strides[1][x], loop.strides[1][x],
            target + r * loop.strides[0][y] + j * loop.strides[0][x], loop.strides[0][x], columns);
      }
    }
  }
}

// Moves the axis along which the source is dense next to the last one; false when there is none.
bool make_transposing(Loop& loop, std::int64_t itemsize) {
  if (loop.ndim < 2 || std::llabs(loop.strides[1][loop.ndim - 1]) <= itemsize) return false;
  for (std::size_t axis = 0; axis + 1 < loop.ndim; ++axis) {
    if (std::llabs(loop.strides[1][axis]) != itemsize) continue;
    for (std::size_t i = axis; i + 2 < loop.ndim; ++i) {
      std::swap(loop.shape[i], loop.shape[i + 1]);
      std::swap(loop.strides[0][i], loop.strides[0][i + 1]);
      std::swap(loop.strides[1][i], loop.strides[1][i + 1]);
    }
    return true;
  }
  return false;
}
}  // namespace

namespace detail {
void check_rank(const NDArray& a, std::size_t rank) {
  if (a.ndim() == rank) return;
  throw ValueError(fmt::format("view: the array has {} dimensions, the view {}; they must agree",
                               a.ndim(), rank));
}
}  // namespace detail

void copy_strided(std::size_t ndim, const std::int64_t* shape, std::size_t itemsize,
                  const void* source, const std::int64_t* source_strides, void* target,
                  const std::int64_t* target_strides) {
  Loop loop(ndim, shape, {target_strides, source_strides});
  if (loop.empty) return;
  auto* to = static_cast<std::byte*>(target);
  auto* from = const_cast<std::byte*>(static_cast<const std::byte*>(source));  // only read
  const CopyRun run = copy_run_of(itemsize);
  const auto size = static_cast<std::int64_t>(itemsize);
  if (make_transposing(loop, size)) {
    Loop outer = loop;
    outer.ndim -= 2;
    std::int64_t index[max_ndim] = {};
    while (true) {
      copy_transposed(loop, run, from, to);
      std::size_t axis = outer.ndim;
      while (true) {
        if (axis-- == 0) return;
        to += outer.strides[0][axis];
        from += outer.strides[1][axis];
        if (++index[axis] < outer.shape[axis]) break;
        index[axis] = 0;
        to -= outer.strides[0][axis] * outer.shape[axis];
        from -= outer.strides[1][axis] * outer.shape[axis];
      }
    }
  }
  loop.for_each_run({to, from}, [&](const auto& at, const auto& strides, std::int64_t count) {
    if (strides[0] == size && strides[1] == size) {
      std::memcpy(at[0], at[1], static_cast<std::size_t>(count) * itemsize);
    } else {
      run(at[1], strides[1], at[0], strides[0], count);
    }
  });
}

void assign(const NDArray& target, const NDArray& source) {
  if (target.ndim() != source.ndim() ||
      !std::equal(target.shape_data(), target.shape_data() + target.ndim(), source.shape_data())) {
    throw ShapeError(fmt::format("assign: the target has shape {}, the source {}; they must agree",
                                 shape_text(target.shape()), shape_text(source.shape())));
  }
  check_cast(source.dtype(), target.dtype(), "assign");
  if (may_share_memory(target, source)) {
    if (target.raw() == source.raw() && target.dtype() == source.dtype() &&
        std::equal(target.strides_data(), target.strides_data() + target.ndim(),
                   source.strides_data())) {
      return;
    }
    return assign(target, source.copy());
  }
  if (target.dtype() == source.dtype()) {
    return copy_strided(target.ndim(), target.shape_data(), target.itemsize(), source.raw(),
                        source.strides_data(), target.raw(), target.strides_data());
  }
  const CastLoop cast = cast_loop(source.dtype(), target.dtype());
  const Loop loop(target.ndim(), target.shape_data(),
                  {target.strides_data(), source.strides_data()});
  loop.for_each_run({static_cast<std::byte*>(target.raw()), static_cast<std::byte*>(source.raw())},
                    [&](const auto& at, const auto& strides, std::int64_t count) {
                      cast(at[1], strides[1], at[0], strides[0], count);
                    });
}
}  // namespace kroton::inline ndarray
