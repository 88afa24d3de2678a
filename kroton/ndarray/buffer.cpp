// SPDX-License-Identifier: BSD-3-Clause
// Small blocks (up to 2 MiB, header included) come in classes, four per doubling, and go through a
// cache of each thread that needs no lock; large ones are kept in one list, oldest first.
#include "kroton/ndarray/buffer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "kroton/base/errors.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace kroton::inline ndarray {
namespace {
constexpr std::size_t header_size = 64, huge_page = std::size_t{2} << 20;
static_assert(sizeof(Buffer) <= header_size);
constexpr int class_count = 56;

// 64, 128, 192, 256, then four sizes per doubling up to 2 MiB: all multiples of 64.
int class_of(std::size_t bytes) {
  if (bytes <= 256) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / 64);
  const int width = static_cast<int>(std::bit_width(bytes - 1));
  return 4 + (width - 9) * 4 + static_cast<int>((bytes - 1) >> (width - 3) & 3);
}
constexpr std::size_t class_size(int size_class) {
  if (size_class < 4) return static_cast<std::size_t>(size_class + 1) * 64;
  const int doubling = (size_class - 4) / 4, quarter = (size_class - 4) % 4;
  return (std::size_t{256} << doubling) + (static_cast<std::size_t>(quarter + 1) << (doubling + 6));
}
// How many blocks a thread keeps of a class.
constexpr std::uint32_t thread_limit(int size_class) {
  const std::size_t size = class_size(size_class);
  if (size > 64 * 1024) return 0;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(16 * 1024 / size, 1, 64));
}
constexpr auto thread_limits = [] {
  std::array<std::uint32_t, class_count> limits{};
  for (int c = 0; c < class_count; ++c) limits[static_cast<std::size_t>(c)] = thread_limit(c);
  return limits;
}();

struct Block {
  Block* next;
};
struct FreeList {
  Block* head = nullptr;
  std::uint32_t count = 0;
  void push(void* p) {
    head = ::new (p) Block{head};
    ++count;
  }
  void* pop() {
    Block* block = head;
    head = block->next;
    --count;
    return block;
  }
};
// Written by one thread (or under the lock), read by any.
struct Counter {
  std::atomic<std::int64_t> value{0};
  void add(std::int64_t n) {
    value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::int64_t get() const { return value.load(std::memory_order_relaxed); }
};
struct Counters {
  Counter live, cached, allocations, system_allocations;
  void add(const Counters& other) {
    live.add(other.live.get());
    cached.add(other.cached.get());
    allocations.add(other.allocations.get());
    system_allocations.add(other.system_allocations.get());
  }
};
struct ThreadCache {
  FreeList lists[class_count];
  Counters counters;
};
struct LargeBlock {
  void* data;
  std::size_t capacity;
};

std::size_t default_limit() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  const std::size_t memory =
      pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) : 0;
  return std::max(std::size_t{1} << 30, memory / 8);
}

// What all threads share. It is never destroyed: arrays in static objects outlive it otherwise.
struct Depot {
  std::mutex mutex;
  FreeList lists[class_count];
  std::vector<LargeBlock> large;  // oldest first
  std::size_t kept = 0, limit = default_limit();
  Counters counters;  // of threads that ended, and of what happens under the lock
  std::vector<ThreadCache*> threads;
};
Depot& depot() {
  static Depot* const the_depot = [] {
    auto* made = new Depot;
    pthread_atfork([] { depot().mutex.lock(); }, [] { depot().mutex.unlock(); },
                   [] { depot().mutex.unlock(); });
    return made;
  }();
  return *the_depot;
}

[[noreturn]] void out_of_memory(std::size_t bytes) {
  throw Error(fmt::format(
      "NDArray: the system has no memory for an array of {} bytes; free arrays or use smaller ones",
      bytes));
}

// Everything in the depot, to be freed outside its lock.
void free_depot(Depot& d) {
  std::vector<LargeBlock> large;
  FreeList lists[class_count];
  {
    const std::lock_guard lock(d.mutex);
    large.swap(d.large);
    std::swap(lists, d.lists);
    d.counters.cached.add(-static_cast<std::int64_t>(d.kept));
    d.kept = 0;
  }
  for (const LargeBlock& block : large) std::free(block.data);
  for (FreeList& list : lists) {
    while (list.count) std::free(list.pop());
  }
}

void* system_block(std::size_t alignment, std::size_t size, std::size_t asked) {
  if (size < asked) out_of_memory(asked);
  void* p = std::aligned_alloc(alignment, size);
  if (!p) {
    free_depot(depot());
    p = std::aligned_alloc(alignment, size);
  }
  if (!p) out_of_memory(asked);
  return p;
}

// Puts a small block into the depot, or frees it beyond the limit. The lock is held; the caller
// corrects the counters of cached bytes.
bool keep(Depot& d, int size_class, void* p) {
  const std::size_t size = class_size(size_class);
  if (d.kept + size > d.limit) {
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    std::free(p);
    return false;
  }
  d.kept += size;
  d.lists[size_class].push(p);
  return true;
}

void flush(ThreadCache& cache, int size_class, std::uint32_t count) {
  Depot& d = depot();
  FreeList& list = cache.lists[size_class];
  const auto size = static_cast<std::int64_t>(class_size(size_class));
  const std::lock_guard lock(d.mutex);
  while (count-- > 0 && list.count > 0) {
    cache.counters.cached.add(-size);
    if (keep(d, size_class, list.pop())) d.counters.cached.add(size);
  }
}

// initial-exec: one instruction to reach, and a word of static TLS is always there.
[[gnu::tls_model("initial-exec")]] constinit thread_local ThreadCache* thread_cache = nullptr;
[[gnu::tls_model("initial-exec")]] constinit thread_local bool thread_ended = false;

struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    ThreadCache* cache = std::exchange(thread_cache, nullptr);
    thread_ended = true;
    if (!cache) return;
    for (int c = 0; c < class_count; ++c) flush(*cache, c, cache->lists[c].count);
    Depot& d = depot();
    {
      const std::lock_guard lock(d.mutex);
      d.counters.add(cache->counters);
      std::erase(d.threads, cache);
    }
    delete cache;
  }
};
thread_local ThreadEnd thread_end;

// Null once the thread's own objects are being destroyed.
[[gnu::noinline]] ThreadCache* make_thread_cache() {
  if (thread_ended) return nullptr;
  auto cache = std::make_unique<ThreadCache>();
  {
    Depot& d = depot();
    const std::lock_guard lock(d.mutex);
    d.threads.push_back(cache.get());
  }
  thread_end.armed = true;  // touching it registers its destructor
  return thread_cache = cache.release();
}
inline ThreadCache* this_thread() { return thread_cache ? thread_cache : make_thread_cache(); }

// A block for a thread whose list is empty, and some more for the list.
[[gnu::noinline]] void* refill(ThreadCache* cache, int size_class) {
  Depot& d = depot();
  const auto size = static_cast<std::int64_t>(class_size(size_class));
  {
    const std::lock_guard lock(d.mutex);
    FreeList& list = d.lists[size_class];
    const auto fetch = [&] {
      d.kept -= static_cast<std::size_t>(size);
      d.counters.cached.add(-size);
      return list.pop();
    };
    if (list.count) {
      void* p = fetch();
      for (std::uint32_t n = thread_limits[static_cast<std::size_t>(size_class)] / 2;
           cache && n > 0 && list.count; --n) {
        cache->lists[size_class].push(fetch());
        cache->counters.cached.add(size);
      }
      return p;
    }
    if (!cache) d.counters.system_allocations.add(1);
  }
  if (cache) cache->counters.system_allocations.add(1);
  void* p = system_block(64, static_cast<std::size_t>(size), static_cast<std::size_t>(size));
  ASAN_POISON_MEMORY_REGION(p, static_cast<std::size_t>(size));
  return p;
}

inline void* take(ThreadCache* cache, int size_class) {
  if (cache && cache->lists[size_class].count) [[likely]] {
    cache->counters.cached.add(-static_cast<std::int64_t>(class_size(size_class)));
    return cache->lists[size_class].pop();
  }
  return refill(cache, size_class);
}

inline void give(ThreadCache* cache, int size_class, void* p) {
  const std::size_t size = class_size(size_class);
  ASAN_POISON_MEMORY_REGION(static_cast<std::byte*>(p) + sizeof(Block), size - sizeof(Block));
  const std::uint32_t limit = thread_limits[static_cast<std::size_t>(size_class)];
  if (cache && limit) [[likely]] {
    if (cache->lists[size_class].count >= limit) flush(*cache, size_class, (limit + 1) / 2);
    cache->lists[size_class].push(p);
    cache->counters.cached.add(static_cast<std::int64_t>(size));
    return;
  }
  Depot& d = depot();
  const std::lock_guard lock(d.mutex);
  if (keep(d, size_class, p)) d.counters.cached.add(static_cast<std::int64_t>(size));
}

void count_buffer(ThreadCache* cache, std::int64_t bytes, int allocations) {
  if (cache) {
    cache->counters.live.add(bytes);
    cache->counters.allocations.add(allocations);
    return;
  }
  Depot& d = depot();
  const std::lock_guard lock(d.mutex);
  d.counters.live.add(bytes);
  d.counters.allocations.add(allocations);
}

// The best fit among the kept blocks that wastes at most an eighth, or a new one.
LargeBlock take_large(std::size_t bytes) {
  const std::size_t capacity = (bytes + huge_page - 1) / huge_page * huge_page;
  Depot& d = depot();
  {
    const std::lock_guard lock(d.mutex);
    auto best = d.large.end();
    for (auto it = d.large.begin(); it != d.large.end(); ++it) {
      if (it->capacity < capacity || it->capacity - capacity > capacity / 8) continue;
      if (best == d.large.end() || it->capacity <= best->capacity) best = it;
    }
    if (best != d.large.end()) {
      const LargeBlock block = *best;
      d.large.erase(best);
      d.kept -= block.capacity;
      d.counters.cached.add(-static_cast<std::int64_t>(block.capacity));
      return block;
    }
    d.counters.system_allocations.add(1);
  }
  void* data = system_block(huge_page, capacity, bytes);
  madvise(data, capacity, MADV_HUGEPAGE);  // a wish: kernels without huge pages say no
  return {data, capacity};
}

void give_large(LargeBlock block) {
  Depot& d = depot();
  std::vector<void*> dropped;
  {
    const std::lock_guard lock(d.mutex);
    if (block.capacity > d.limit) {
      dropped.push_back(block.data);
    } else {
      std::size_t oldest = 0;
      while (oldest < d.large.size() && d.kept + block.capacity > d.limit) {
        d.kept -= d.large[oldest].capacity;
        d.counters.cached.add(-static_cast<std::int64_t>(d.large[oldest].capacity));
        dropped.push_back(d.large[oldest++].data);
      }
      d.large.erase(d.large.begin(), d.large.begin() + static_cast<std::ptrdiff_t>(oldest));
      d.large.push_back(block);
      d.kept += block.capacity;
      d.counters.cached.add(static_cast<std::int64_t>(block.capacity));
    }
  }
  for (void* p : dropped) std::free(p);
}
}  // namespace

namespace detail {
void* take_block(std::size_t bytes) {
  void* p = take(this_thread(), class_of(bytes));
  ASAN_UNPOISON_MEMORY_REGION(p, bytes);
  return p;
}
void give_block(void* block, std::size_t bytes) noexcept {
  give(this_thread(), class_of(bytes), block);
}
}  // namespace detail

Buffer* Buffer::make(std::size_t bytes) {
  ThreadCache* cache = this_thread();
  if (bytes > huge_page - header_size) {
    const LargeBlock block = take_large(bytes);
    Buffer* buffer = nullptr;
    try {
      buffer = ::new (detail::take_block(header_size)) Buffer;
    } catch (...) {
      give_large(block);
      throw;
    }
    buffer->kind = Kind::large;
    buffer->data = block.data;
    buffer->bytes = bytes;
    buffer->capacity = block.capacity;
    count_buffer(cache, static_cast<std::int64_t>(bytes), 1);
    return buffer;
  }
  const int size_class = class_of(bytes + header_size);
  void* block = take(cache, size_class);
  ASAN_UNPOISON_MEMORY_REGION(block, header_size + bytes);
  auto* buffer = ::new (block) Buffer;
  buffer->size_class = static_cast<std::uint16_t>(size_class);
  buffer->data = static_cast<std::byte*>(block) + header_size;
  buffer->bytes = bytes;
  count_buffer(cache, static_cast<std::int64_t>(bytes), 1);
  return buffer;
}

Buffer* Buffer::make_foreign(void* data, std::size_t bytes, std::shared_ptr<void> owner,
                             bool mapped) {
  auto* buffer = ::new (detail::take_block(header_size)) Buffer;
  buffer->kind = mapped ? Kind::mapped : Kind::foreign;
  buffer->data = data;
  buffer->bytes = bytes;
  buffer->owner = std::move(owner);
  return buffer;
}

void Buffer::destroy(Buffer* buffer) noexcept {
  ThreadCache* cache = this_thread();
  if (buffer->kind == Kind::small) {
    count_buffer(cache, -static_cast<std::int64_t>(buffer->bytes), 0);
    give(cache, buffer->size_class, buffer);
    return;
  }
  if (buffer->kind == Kind::large) {
    count_buffer(cache, -static_cast<std::int64_t>(buffer->bytes), 0);
    give_large({buffer->data, buffer->capacity});
  }
  buffer->~Buffer();
  detail::give_block(buffer, header_size);
}

MemoryStatistics memory_statistics() {
  Depot& d = depot();
  const std::lock_guard lock(d.mutex);
  Counters sum;
  sum.add(d.counters);
  for (const ThreadCache* cache : d.threads) sum.add(cache->counters);
  return {sum.live.get(), sum.cached.get(), sum.allocations.get(), sum.system_allocations.get()};
}

void set_memory_cache_limit(std::size_t bytes) {
  Depot& d = depot();
  bool over = false;
  {
    const std::lock_guard lock(d.mutex);
    d.limit = bytes;
    over = d.kept > bytes;
  }
  if (over) free_depot(d);
}

void release_cached_memory() {
  if (ThreadCache* cache = thread_cache) {
    for (int c = 0; c < class_count; ++c) flush(*cache, c, cache->lists[c].count);
  }
  free_depot(depot());
}
}  // namespace kroton::inline ndarray
