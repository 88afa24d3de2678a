// SPDX-License-Identifier: BSD-3-Clause
// Device memory that is kept for reuse: segments from the driver are cut into blocks, free blocks
// join their neighbours, the smallest that fits is taken. A context's work runs in one order, so a
// block may be handed out again while what used it before is still queued.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <set>

#include "kroton/gpuarray/driver.h"

namespace kroton::gpuarray::detail {
class Allocator {
 public:
  struct Block {
    Memory memory;  // of the segment
    std::uint64_t offset = 0, bytes = 0;
    bool free = true, first = false, last = false;  // in its segment
    std::list<Block>::iterator self = {};
    Allocator* owner = nullptr;
    Place place() const { return {memory, offset}; }
    std::uintptr_t address() const { return memory.address + offset; }
  };

  // REUSE false: each block is the driver's own. What BESIDE keeps goes back, too, before memory is
  // missing.
  Allocator(Driver& driver, bool reuse, Allocator* beside = nullptr)
      : driver_(driver), reuse_(reuse), beside_(beside) {}
  ~Allocator();
  // A segment of so many bytes, for later; false when there is not so much.
  bool reserve(std::size_t bytes);
  // DeviceError that says how much was asked for and how much is free; kept memory went back first.
  Block* take(std::size_t bytes);
  // The same at the start of memory of its own.
  Block* take_whole(std::size_t bytes);
  void give(Block* block) noexcept;
  // Segments without a block in use go back to the driver.
  void release_free() noexcept;
  void set_beside(Allocator* beside) { beside_ = beside; }
  std::size_t bytes_used() const { return used_; }
  std::size_t bytes_kept() const { return kept_; }

 private:
  struct Smaller {
    bool operator()(const Block* a, const Block* b) const {
      return a->bytes != b->bytes ? a->bytes < b->bytes : a->address() < b->address();
    }
  };
  Block* get_segment(std::size_t bytes, std::size_t rounded);
  Block* new_segment(std::size_t bytes, std::string& failure);
  void drop_segment(Block* whole) noexcept;
  void use(Block* block);
  void split(Block* block, std::size_t bytes);
  void join(Block* block, Block* next);

  Driver& driver_;
  bool reuse_;
  Allocator* beside_;
  std::list<Block> blocks_;  // of a segment side by side, by offset
  std::set<Block*, Smaller> free_;
  std::size_t used_ = 0, kept_ = 0;
};
}  // namespace kroton::gpuarray::detail
