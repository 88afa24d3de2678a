// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/detail/allocator.h"

#include <iterator>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::gpuarray::detail {
namespace {
constexpr std::size_t granularity = 512, small = std::size_t{1} << 20, megabytes_2 = 2 * small,
                      medium = 10 * small, megabytes_20 = 20 * small;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Small blocks share segments, so that the driver is asked rarely.
std::size_t segment_size(std::size_t bytes) {
  if (bytes <= small) return megabytes_2;
  if (bytes < medium) return megabytes_20;
  return round_up(bytes, megabytes_2);
}
}  // namespace

Allocator::~Allocator() {
  for (const Block& block : blocks_) {
    if (block.first) driver_.release(block.memory);
  }
}

Allocator::Block* Allocator::new_segment(std::size_t bytes, std::string& failure) {
  const std::optional<Memory> memory = driver_.allocate(bytes, failure);
  if (!memory) return nullptr;
  blocks_.push_back({*memory, 0, bytes, true, true, true, {}});
  Block* block = &blocks_.back();
  block->self = std::prev(blocks_.end());
  block->owner = this;
  free_.insert(block);
  kept_ += bytes;
  return block;
}

bool Allocator::reserve(std::size_t bytes) {
  std::string failure;
  return new_segment(round_up(bytes, granularity), failure) != nullptr;
}

// ROUNDED bytes when there are so many, else exactly BYTES.
Allocator::Block* Allocator::get_segment(std::size_t bytes, std::size_t rounded) {
  std::string failure;
  Block* block = reuse_ ? new_segment(rounded, failure) : nullptr;
  if (!block) {
    release_free();
    if (beside_) beside_->release_free();
    block = new_segment(bytes, failure);
  }
  if (block) return block;
  const DeviceProperties& device = driver_.properties();
  throw DeviceError(device.kind + ": " + failure + " for " + base::format_bytes(bytes) + " on " +
                    device.device + " (" + base::format_bytes(driver_.free_memory()) + " free, " +
                    base::format_bytes(device.max_allocation) +
                    " at once); free arrays or use a smaller batch");
}

void Allocator::use(Block* block) {
  free_.erase(block);
  block->free = false;
  kept_ -= block->bytes;
  used_ += block->bytes;
}

Allocator::Block* Allocator::take(std::size_t bytes) {
  const std::size_t wanted = round_up(bytes ? bytes : 1, granularity);
  Block probe;
  probe.bytes = wanted;
  const auto found = free_.lower_bound(&probe);
  Block* block = found == free_.end() ? get_segment(wanted, segment_size(wanted)) : *found;
  split(block, wanted);
  use(block);
  return block;
}

Allocator::Block* Allocator::take_whole(std::size_t bytes) {
  Block* block = get_segment(bytes, bytes);
  use(block);
  return block;
}

void Allocator::split(Block* block, std::size_t bytes) {
  if (block->bytes == bytes) return;
  free_.erase(block);
  Block rest = *block;
  rest.offset += bytes;
  rest.bytes -= bytes;
  rest.first = false;
  block->bytes = bytes;
  block->last = false;
  const auto place = blocks_.insert(std::next(block->self), rest);
  place->self = place;
  free_.insert(&*place);
  free_.insert(block);
}

void Allocator::join(Block* block, Block* next) {
  block->bytes += next->bytes;
  block->last = next->last;
  blocks_.erase(next->self);
}

void Allocator::give(Block* block) noexcept {
  used_ -= block->bytes;
  kept_ += block->bytes;
  block->free = true;
  if (!block->last && std::next(block->self)->free) {
    Block* next = &*std::next(block->self);
    free_.erase(next);
    join(block, next);
  }
  if (!block->first && std::prev(block->self)->free) {
    Block* before = &*std::prev(block->self);
    free_.erase(before);
    join(before, block);
    block = before;
  }
  if (!reuse_) return drop_segment(block);
  free_.insert(block);
}

void Allocator::drop_segment(Block* whole) noexcept {
  kept_ -= whole->bytes;
  driver_.release(whole->memory);
  blocks_.erase(whole->self);
}

void Allocator::release_free() noexcept {
  for (auto it = free_.begin(); it != free_.end();) {
    Block* block = *it;
    if (block->first && block->last) {
      it = free_.erase(it);
      drop_segment(block);
    } else {
      ++it;
    }
  }
}
}  // namespace kroton::gpuarray::detail
