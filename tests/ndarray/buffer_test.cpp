// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/ndarray/buffer.h"

#include <cstdint>
#include <thread>
#include <vector>

#include "reference.h"

namespace kroton {
namespace {
bool aligned(const void* p, std::uintptr_t to) {
  return reinterpret_cast<std::uintptr_t>(p) % to == 0;
}
}  // namespace

TEST(Buffer, data_is_aligned_to_64_bytes_and_large_data_to_2_MiB) {
  for (std::size_t bytes :
       {0, 1, 63, 64, 65, 200, 256, 257, 1000, 5000, 70000, 1 << 20, (2 << 20) - 64}) {
    Buffer* b = Buffer::make(bytes);
    EXPECT_TRUE(aligned(b->data, 64)) << bytes;
    std::memset(b->data, 1, bytes);
    b->release();
  }
  for (std::size_t bytes : {(2 << 20) - 63, 2 << 20, (2 << 20) + 1, 9 << 20}) {
    Buffer* b = Buffer::make(bytes);
    EXPECT_TRUE(aligned(b->data, 2 << 20)) << bytes;
    static_cast<char*>(b->data)[bytes - 1] = 1;
    b->release();
  }
}
TEST(Buffer, a_freed_block_serves_the_next_request_of_its_size) {
  for (std::size_t bytes : {80, 4000, 100000, 5 << 20}) {
    Buffer::make(bytes)->release();
    const auto before = memory_statistics();
    Buffer* b = Buffer::make(bytes);
    const auto held = memory_statistics();
    EXPECT_EQ(held.system_allocations, before.system_allocations);
    EXPECT_EQ(held.allocations, before.allocations + 1);
    EXPECT_EQ(held.bytes_live, before.bytes_live + static_cast<std::int64_t>(bytes));
    EXPECT_LT(held.bytes_cached, before.bytes_cached);
    b->release();
    const auto after = memory_statistics();
    EXPECT_EQ(after.bytes_live, before.bytes_live);
    EXPECT_EQ(after.bytes_cached, before.bytes_cached);
  }
}
TEST(Buffer, releasing_the_cache_leaves_nothing_of_this_thread) {
  {
    NDArray a = NDArray::empty(Shape{1000000}), b = NDArray::empty(Shape{10});
  }
  EXPECT_GT(memory_statistics().bytes_cached, 8000000);
  release_cached_memory();
  EXPECT_EQ(memory_statistics().bytes_cached, 0);
}
TEST(Buffer, the_limit_holds) {
  release_cached_memory();
  set_memory_cache_limit(10 << 20);
  {
    NDArray a = NDArray::empty(Shape{4 << 20}, uint8), b = NDArray::empty(Shape{6 << 20}, uint8),
            c = NDArray::empty(Shape{8 << 20}, uint8), d = NDArray::empty(Shape{20 << 20}, uint8);
  }
  EXPECT_LE(memory_statistics().bytes_cached, 11 << 20);
  EXPECT_GT(memory_statistics().bytes_cached, 0);
  set_memory_cache_limit(0);
  EXPECT_LE(memory_statistics().bytes_cached, 1 << 20);
  set_memory_cache_limit(std::size_t{1} << 30);
}
TEST(Buffer, memory_may_be_freed_by_another_thread) {
  std::vector<NDArray> arrays;
  for (int i = 0; i < 1000; ++i) arrays.push_back(NDArray::zeros({i}));
  const auto before = memory_statistics();
  std::thread([&] { arrays.clear(); }).join();
  const auto after = memory_statistics();
  EXPECT_EQ(before.bytes_live - after.bytes_live, 8 * 1000 * 999 / 2);
}
TEST(Buffer, many_threads_share_the_allocator) {
  const auto before = memory_statistics();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      std::vector<NDArray> kept(64);
      std::uint32_t random = static_cast<std::uint32_t>(t) + 1;
      for (int i = 0; i < 20000; ++i) {
        random = random * 1664525u + 1013904223u;
        const std::int64_t n = random >> 8 & 0xfff;
        NDArray& slot = kept[random >> 24 & 63];
        slot = NDArray::full({n}, t, int32);
        if (n > 0) {
          ASSERT_EQ(slot.at<std::int32_t>({n - 1}), t);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(memory_statistics().bytes_live, before.bytes_live);
}
TEST(Buffer, a_request_that_the_system_cannot_meet_is_an_Error) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_ERROR(Error, NDArray::empty(Shape{std::int64_t{1} << 59}),
               "NDArray: the system has no memory for an array of 4611686018427387904 bytes; free "
               "arrays or use smaller ones");
  EXPECT_EQ(NDArray::zeros({2}).size(), 2u);
#endif
}
}  // namespace kroton
