// SPDX-License-Identifier: BSD-3-Clause
// The memory behind arrays: reference-counted buffers, fresh ones from a caching allocator.
// Freed blocks are kept by size, first per thread, then for the process up to a limit; fresh data
// starts at a multiple of 64 bytes, of 2 MiB (with huge pages) from 2 MiB on.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kroton/base/api.h"

namespace kroton::inline ndarray {
struct MemoryStatistics {
  std::int64_t bytes_live = 0;          // asked for by arrays that exist, without foreign memory
  std::int64_t bytes_cached = 0;        // freed and kept for the next array
  std::int64_t allocations = 0;         // buffers handed out since the start, cached or not
  std::int64_t system_allocations = 0;  // blocks that had to come from the system
};
KROTON_API MemoryStatistics memory_statistics();
// The most bytes that are kept for reuse, besides up to 1 MiB per thread. Default: an eighth of the
// memory of the machine, at least 1 GiB.
KROTON_API void set_memory_cache_limit(std::size_t bytes);
// Gives the kept memory of the process and of this thread back to the system.
KROTON_API void release_cached_memory();

// One reference-counted piece of memory. Arrays use it; others see it as an array.
struct Buffer {
  enum class Kind : std::uint8_t { small, large, foreign, mapped };
  std::atomic<std::int32_t> references{1};
  std::uint16_t size_class = 0;
  Kind kind = Kind::small;
  void* data = nullptr;
  std::size_t bytes = 0;     // asked for
  std::size_t capacity = 0;  // of a large block
  std::shared_ptr<void> owner = {};

  // Fresh memory with undefined contents. Error when the system has none left.
  static KROTON_API Buffer* make(std::size_t bytes);
  // Memory of someone else; `owner` is released with the last reference.
  static KROTON_API Buffer* make_foreign(void* data, std::size_t bytes, std::shared_ptr<void> owner,
                                         bool mapped = false);
  static KROTON_API void destroy(Buffer*) noexcept;

  void retain() noexcept { references.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    // The sole holder needs no read-modify-write.
    if (references.load(std::memory_order_acquire) == 1 ||
        references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy(this);
    }
  }
};

namespace detail {
// Blocks for small headers from the same free lists; not counted in the statistics.
KROTON_API void* take_block(std::size_t bytes);
KROTON_API void give_block(void* block, std::size_t bytes) noexcept;
}  // namespace detail
}  // namespace kroton::inline ndarray
