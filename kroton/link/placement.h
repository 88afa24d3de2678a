// SPDX-License-Identifier: BSD-3-Clause
// Where the arrays of a plan lie. Looked at from the end of a segment, the memory of its outputs is
// free until they are computed: intermediates that die before lie there, the rest shares an arena.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "kroton/base/api.h"

namespace kroton::link {
// Where an array begins: SOURCE is a slot with memory of its own, or -1 for the arena.
struct Place {
  int source = -1;
  std::int64_t offset = 0;
};

// Memory that a node writes first and a node reads last.
struct Block {
  int slot = 0;
  std::int64_t bytes = 0;
  int birth = 0, death = 0;  // nodes
  bool is_fresh = false;     // memory of its own, which outlives the segment
  Place place = {};          // found by place_blocks()
  bool hosts = false;        // others lie in it before its birth
  // Memory that is there already and is free behind its death; it stands before the others.
  bool is_given = false;
  std::int64_t alignment = 1;  // what a given one has, and what others need in it
};

// Finds the places of BLOCKS, which stand in the order of their births; the bytes of the arena. Two
// blocks overlap only when one dies before the birth of the other, or at it where HANDOVERS, pairs
// (dying, born) in ascending order, says that the two may be the same memory. A fresh block that
// takes over given memory is fresh no more.
KROTON_API std::int64_t place_blocks(std::vector<Block>& blocks,
                                     const std::vector<std::pair<int, int>>& handovers);
}  // namespace kroton::link
