// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace {
using kroton::link::Block;
using kroton::link::place_blocks;
using Handovers = std::vector<std::pair<int, int>>;

Block temporary(int slot, std::int64_t bytes, int birth, int death) {
  return {slot, bytes, birth, death};
}
Block output(int slot, std::int64_t bytes, int birth) { return {slot, bytes, birth, 99, true}; }
Block given(int slot, std::int64_t bytes, int death) {
  Block block{slot, bytes, -1, death};
  block.is_given = true;
  return block;
}

TEST(Placement, what_dies_before_an_output_is_computed_lies_in_its_memory) {
  std::vector<Block> blocks{temporary(1, 640, 0, 1), temporary(2, 640, 1, 2), output(3, 1280, 3)};
  EXPECT_EQ(place_blocks(blocks, {}), 0);
  EXPECT_EQ(blocks[0].place.source, 3);
  EXPECT_EQ(blocks[1].place.source, 3);
  EXPECT_NE(blocks[0].place.offset, blocks[1].place.offset);
  EXPECT_TRUE(blocks[2].hosts);
  // What lives until the output is computed, or is larger, does not.
  blocks = {temporary(1, 640, 0, 3), temporary(2, 6400, 0, 1), output(3, 1280, 3)};
  EXPECT_EQ(place_blocks(blocks, {}), 7040);
  EXPECT_FALSE(blocks[2].hosts);
}

TEST(Placement, an_output_takes_over_the_memory_of_one_input_that_dies_there) {
  std::vector<Block> blocks{temporary(1, 640, 0, 2), temporary(2, 640, 1, 2), output(3, 640, 2)};
  EXPECT_EQ(place_blocks(blocks, Handovers{{0, 2}, {1, 2}}), 640);
  EXPECT_EQ(blocks[0].place.source, 3);
  EXPECT_EQ(blocks[1].place.source, -1);
  // A chain lies in the output from its beginning.
  blocks = {temporary(1, 640, 0, 1), temporary(2, 640, 1, 2), output(3, 640, 2)};
  EXPECT_EQ(place_blocks(blocks, Handovers{{0, 1}, {1, 2}}), 0);
}

TEST(Placement, nothing_lies_beyond_the_end_of_an_output) {
  std::vector<Block> blocks{temporary(1, 100, 0, 1), temporary(2, 4, 0, 1), output(3, 100, 2)};
  EXPECT_EQ(place_blocks(blocks, {}), 64);
  blocks = {temporary(1, 0, 0, 1), output(2, 0, 2)};
  EXPECT_EQ(place_blocks(blocks, {}), 64);
}

TEST(Placement, given_memory_takes_what_is_born_behind_its_death) {
  std::vector<Block> blocks{given(0, 640, 1), temporary(1, 640, 0, 2), temporary(2, 640, 2, 3),
                            output(3, 64, 4)};
  EXPECT_EQ(place_blocks(blocks, {}), 640);
  EXPECT_EQ(blocks[1].place.source, -1);
  EXPECT_EQ(blocks[2].place.source, 0);
  // At its death only where the two may be the same memory.
  blocks = {given(0, 640, 1), temporary(1, 640, 1, 2), output(2, 64, 3)};
  EXPECT_EQ(place_blocks(blocks, {}), 640);
  blocks = {given(0, 640, 1), temporary(1, 640, 1, 2), output(2, 64, 3)};
  EXPECT_EQ(place_blocks(blocks, Handovers{{0, 1}}), 0);
  EXPECT_EQ(blocks[1].place.source, 0);
  // Elements that need a stricter alignment do not lie there.
  blocks = {given(0, 640, 1), temporary(1, 640, 2, 3), output(2, 64, 4)};
  blocks[0].alignment = 4;
  blocks[1].alignment = 8;
  EXPECT_EQ(place_blocks(blocks, {}), 640);
}

TEST(Placement, an_output_lies_in_given_memory_that_it_may_take_over) {
  std::vector<Block> blocks{given(0, 640, 2), temporary(1, 640, 1, 2), output(2, 640, 2),
                            output(3, 640, 2)};
  EXPECT_EQ(place_blocks(blocks, Handovers{{0, 2}, {0, 3}, {1, 2}}), 640);
  EXPECT_EQ(blocks[2].place.source, 0);
  EXPECT_FALSE(blocks[2].is_fresh);
  EXPECT_EQ(blocks[3].place.source, 3);
  EXPECT_TRUE(blocks[3].is_fresh);
}

TEST(Placement, no_two_arrays_overlap_while_both_are_needed) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Block> blocks;
    Handovers handovers;
    for (int n = 0; n < 30; ++n) {
      const auto bytes = static_cast<std::int64_t>(random() % 5 * 300);
      if (n < round % 4) {
        blocks.push_back(given(n, bytes, n + 1 + static_cast<int>(random() % 12)));
      } else if (random() % 4 == 0) {
        blocks.push_back(output(n, bytes, n));
      } else {
        blocks.push_back(temporary(n, bytes, n, n + static_cast<int>(random() % 6)));
      }
      for (int b = 0; b < n; ++b) {
        const Block& old = blocks[static_cast<std::size_t>(b)];
        if (!old.is_fresh && !blocks.back().is_given && old.death == n && old.bytes == bytes &&
            random() % 2 == 0)
          handovers.emplace_back(b, n);
      }
    }
    std::sort(handovers.begin(), handovers.end());
    const std::int64_t arena = place_blocks(blocks, handovers);
    for (int a = 0; a < 30; ++a) {
      const Block& x = blocks[static_cast<std::size_t>(a)];
      const std::int64_t end = x.place.offset + x.bytes;
      const bool in_arena = x.place.source < 0;
      EXPECT_LE(end, in_arena ? arena : blocks[static_cast<std::size_t>(x.place.source)].bytes);
      EXPECT_EQ(x.place.offset % 64, 0);
      for (int b = a + 1; b < 30; ++b) {
        const Block& y = blocks[static_cast<std::size_t>(b)];
        const bool together = x.place.source == y.place.source &&
                              x.place.offset < y.place.offset + y.bytes && y.place.offset < end;
        if (!together) continue;
        const int x_death = x.is_fresh ? 99 : x.death;
        const bool handed_over =
            x_death == y.birth && x.place.offset == y.place.offset &&
            std::binary_search(handovers.begin(), handovers.end(), std::pair{a, b});
        EXPECT_TRUE(x_death < y.birth || handed_over) << round << ": " << a << " and " << b;
      }
    }
  }
}
}  // namespace
