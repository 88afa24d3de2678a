// SPDX-License-Identifier: BSD-3-Clause
// The tree of every reduction, fixed by the number of elements alone. Elements are numbered
// row-major over the reduce axes. A block is 4096 of them; in a block, lane l combines elements l,
// l + 64, l + 128,
// ... in order, starting from the identity; the lanes are combined by halving (lane l with lane
// l + 32, then l + 16, ...); the blocks are combined pairwise: 0 with 1, 2 with 3, then those.
#pragma once
#include <cstdint>

namespace kroton::kernel {
inline constexpr std::int64_t lane_count = 64;
inline constexpr std::int64_t block_size = 4096;
inline constexpr std::int64_t block_count(std::int64_t n) {
  return (n + block_size - 1) / block_size;
}
// Lanes of a block of n elements: the power of two that holds min(n, 64).
inline constexpr std::int64_t live_lanes(std::int64_t n) {
  std::int64_t lanes = 1;
  while (lanes < lane_count && lanes < n) lanes *= 2;
  return lanes;
}
// More blocks than 2^48 do not exist.
inline constexpr int tree_depth = 48;
}  // namespace kroton::kernel
